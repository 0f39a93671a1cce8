// The tree of categories moved by drag or by arrows: rows change place and depth, and the two fields of each row, by
// which the form works without this, say the same.

const DEEPEST = 4;
const table = document.querySelector("[data-tree]");
const body = table.tBodies[0];
const rows = () => [...body.rows];
const depth = (row) => Number(row.dataset.depth);
const name = (row) => row.querySelector("a").textContent;
const rtl = getComputedStyle(table).direction === "rtl";
const STEP = 28;

// A row with all that stands below it.
const branch = (row) => {
  const found = [row];
  for (let next = row.nextElementSibling; next && depth(next) > depth(row); next = next.nextElementSibling) found.push(next);
  return found;
};

const write = () => {
  const line = [];
  const places = new Map();
  for (const row of rows()) {
    const level = Math.min(depth(row), line.length);
    row.dataset.depth = level;
    line.length = level;
    const parent = line.at(-1) ?? "";
    const place = (places.get(parent) ?? 0) + 1;
    places.set(parent, place);
    row.querySelector("[name^=parent-]").value = parent;
    row.querySelector("[name^=position-]").value = place;
    line.push(row.dataset.slug);
  }
};

const deepen = (moved, by) => {
  const most = Math.max(...moved.map(depth)) + by;
  if (depth(moved[0]) + by < 0 || most > DEEPEST) return;
  for (const row of moved) row.dataset.depth = depth(row) + by;
};

const moves = {
  up(row) {
    let above = row.previousElementSibling;
    while (above && depth(above) > depth(row)) above = above.previousElementSibling;
    if (above) above.before(...branch(row));
  },
  down(row) {
    const moved = branch(row);
    const below = moved.at(-1).nextElementSibling;
    if (below) branch(below).at(-1).after(...moved);
  },
  in(row) {
    const above = row.previousElementSibling;
    if (above && depth(above) >= depth(row)) deepen(branch(row), 1);
  },
  out(row) {
    // What follows at its level would become its own; so it goes behind them.
    const parent = rows().slice(0, rows().indexOf(row)).findLast((other) => depth(other) < depth(row));
    if (!parent) return;
    const moved = branch(row);
    branch(parent).at(-1).after(...moved);
    deepen(moved, -1);
  },
};

const signs = { up: "↑", down: "↓", in: rtl ? "←" : "→", out: rtl ? "→" : "←" };
for (const row of rows()) {
  const cell = row.cells[0];
  const buttons = document.createElement("span");
  buttons.className = "tree-moves";
  for (const [move, sign] of Object.entries(signs)) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign, className: "move-up" });
    button.setAttribute("aria-label", table.dataset[move].replace("NAME", name(row)));
    button.addEventListener("click", () => {
      moves[move](row);
      write();
      button.focus();
    });
    buttons.append(button);
  }
  cell.append(buttons);
  row.draggable = true;
}

// Dragging: above or below a row by its middle, deeper or less deep by the pointer's place along the line.
let dragged = null;
body.addEventListener("dragstart", (event) => {
  const row = event.target.closest("tr");
  if (!row || event.target.closest("input")) return;
  dragged = branch(row);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", name(row));
  for (const part of dragged) part.classList.add("dragged");
});
body.addEventListener("dragover", (event) => {
  const row = event.target.closest("tr");
  if (!dragged || !row || dragged.includes(row)) return;
  event.preventDefault();
});
body.addEventListener("drop", (event) => {
  const row = event.target.closest("tr");
  if (!dragged || !row || dragged.includes(row)) return;
  event.preventDefault();
  const box = row.getBoundingClientRect();
  const isAfter = event.clientY > box.top + box.height / 2;
  if (isAfter) row.after(...dragged);
  else row.before(...dragged);
  const above = dragged[0].previousElementSibling;
  const along = rtl ? box.right - event.clientX : event.clientX - box.left;
  const wanted = Math.max(0, Math.round(along / STEP) - 1);
  const least = dragged.at(-1).nextElementSibling ? Math.min(depth(dragged.at(-1).nextElementSibling), above ? depth(above) + 1 : 0) : 0;
  const level = Math.max(least, Math.min(wanted, above ? depth(above) + 1 : 0));
  deepen(dragged, level - depth(dragged[0]));
  write();
});
body.addEventListener("dragend", () => {
  for (const row of dragged ?? []) row.classList.remove("dragged");
  dragged = null;
});
table.classList.add("live");
