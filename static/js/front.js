// The front page by drag or by arrows: rows change their group, and slot and number of each row say the same. Without
// this, slot and number are chosen and typed.

const table = document.querySelector("[data-front]");
const groups = [...table.tBodies];
const stories = (group) => [...group.rows].filter((row) => !row.classList.contains("front-slot"));
const name = (row) => row.querySelector("a").textContent;

const write = () => {
  for (const group of groups) {
    stories(group).forEach((row, place) => {
      row.querySelector("select").value = group.dataset.slot;
      row.querySelector("[name^=place-]").value = group.dataset.slot ? place + 1 : "";
    });
  }
};

const move = (row, by) => {
  const all = groups.flatMap((group) => [...group.rows]);
  const place = all.indexOf(row);
  const other = all[place + by];
  if (!other || (by < 0 && place < 2)) return;
  const isHeading = other.classList.contains("front-slot");
  if (by > 0) other.after(row);
  else if (isHeading) other.parentElement.previousElementSibling.append(row);
  else other.before(row);
  write();
};

for (const row of groups.flatMap(stories)) {
  const buttons = document.createElement("span");
  buttons.className = "tree-moves";
  for (const [by, sign, word] of [[-1, "↑", "up"], [1, "↓", "down"]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign, className: "move-up" });
    button.setAttribute("aria-label", table.dataset[word].replace("NAME", name(row)));
    button.addEventListener("click", () => {
      move(row, by);
      button.focus();
    });
    buttons.append(button);
  }
  row.cells[0].append(buttons);
  row.draggable = true;
  // A slot that is chosen by hand moves the row as well, to the end of its group.
  row.querySelector("select").addEventListener("change", (event) => {
    groups.find((group) => group.dataset.slot === event.target.value)?.append(row);
    write();
  });
}

let dragged = null;
table.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("tr");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged ? name(dragged) : "");
});
table.addEventListener("dragover", (event) => {
  const row = event.target.closest("tbody tr");
  if (dragged && row && row !== dragged) event.preventDefault();
});
table.addEventListener("drop", (event) => {
  const row = event.target.closest("tbody tr");
  if (!dragged || !row || row === dragged) return;
  event.preventDefault();
  const box = row.getBoundingClientRect();
  if (row.classList.contains("front-slot") || event.clientY > box.top + box.height / 2) row.after(dragged);
  else row.before(dragged);
  write();
});
table.addEventListener("dragend", () => {
  dragged = null;
});
table.classList.add("live");
