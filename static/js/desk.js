// The desk with scripts: the picker of pictures, the focal point by a click, the order of a byline, and a name for the
// body editor. Without them every field can be filled by hand.

const words = document.getElementById("desk-words")?.dataset ?? {};

// The body editor's own words, in its bar and its dialogs; what is written in it is left alone.
const editorWords = JSON.parse(document.getElementById("editor-words")?.textContent ?? "{}");
const translate = (root) => {
  for (const part of [root, ...root.querySelectorAll("*")]) {
    if (part.closest("[contenteditable], textarea")) continue;
    for (const name of ["title", "aria-label"]) {
      const said = part.getAttribute(name);
      if (Object.hasOwn(editorWords, said)) part.setAttribute(name, editorWords[said]);
    }
    if (part.matches(".material-icons, .material-icons *")) continue; // letters that the font draws as a sign
    for (const node of part.childNodes) {
      const said = node.nodeType === Node.TEXT_NODE ? node.data.trim() : "";
      if (Object.hasOwn(editorWords, said)) node.data = editorWords[said];
    }
  }
};

// The body editor takes the name of the field that it stands for, and runs in the direction of its words.
document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  translate(textarea.closest(".prose-editor") ?? textarea);
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  const editable = editor.view?.dom;
  if (!label || !editable) return;
  for (const part of ["dir", "lang"]) {
    if (textarea.hasAttribute(part)) editable.setAttribute(part, textarea.getAttribute(part));
  }
  label.id ||= `${textarea.id}_label`;
  editable.setAttribute("aria-labelledby", label.id);
  textarea.setAttribute("aria-labelledby", label.id);
  label.addEventListener("click", () => editable.focus());
});

// Names for what Django's own widgets leave without: parts of a date, cells of a table of rows, search boxes.
const text = (element) => element?.firstChild?.textContent?.trim() || element?.textContent?.trim() || "";
const headings = (cell) => cell.closest("table")?.querySelectorAll("thead th")[cell.cellIndex];
const fieldName = (element) => {
  const row = element.closest("td, .form-row");
  return row?.tagName === "TD" ? text(headings(row)) : text(row?.querySelector("label, legend"));
};
const name = (element, words) => {
  if (words && !element.labels?.length && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", words);
};
const nameAll = (root) => {
  for (const part of root.querySelectorAll(".datetime input")) name(part, `${fieldName(part)} ${text(part.previousSibling)}`);
  for (const field of root.querySelectorAll("td :is(input, select, textarea):not([type=hidden])")) name(field, fieldName(field));
  for (const field of root.querySelectorAll(".select2-selection, .select2-selection__rendered, .select2-search__field")) {
    const words = fieldName(field);
    if (!words) continue;
    field.removeAttribute("aria-labelledby");
    field.setAttribute("aria-label", words);
  }
  for (const heading of root.querySelectorAll("thead th:empty")) {
    heading.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: "–" }));
  }
};
nameAll(document);
document.addEventListener("formset:added", (event) => nameAll(event.target.parentElement ?? event.target));
// Select2 builds its boxes when it pleases: before this script, after the page has loaded, or with a row that is added.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      const box = node instanceof Element && node.closest(".select2");
      if (box) nameAll(box.parentElement);
      if (node instanceof Element && node.closest(".prose-editor")) translate(node);
    }
  }
}).observe(document.body, { childList: true, subtree: true });

// In a list of rows to edit, a select holds the one option that is chosen until somebody comes near it.
const fill = ({ target }) => {
  const select = target instanceof Element && target.closest("select[data-choices]");
  if (!select) return;
  const choices = document.querySelector(`template[data-choices-of="${select.dataset.choices}"]`);
  const [chosen] = select.selectedOptions;
  delete select.dataset.choices;
  if (!choices || !chosen) return;
  select.replaceChildren(choices.content.cloneNode(true));
  const same = [...select.options].find(({ value }) => value === chosen.value);
  if (same) same.selected = true;
  else select.prepend(chosen);
};
for (const coming of ["focusin", "pointerover", "pointerdown"]) document.addEventListener(coming, fill);

// Fields that name a picture get a button that opens the library.
for (const select of document.querySelectorAll("select[data-image-picker]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button pick-open";
  button.textContent = words.choose || "…";
  button.addEventListener("click", () => {
    const address = `${select.dataset.imagePicker}?field=${encodeURIComponent(select.id)}`;
    window.open(address, `pick_${select.id}`, "width=960,height=720,resizable=yes,scrollbars=yes");
  });
  (select.closest(".related-widget-wrapper") ?? select).append(button);
}

window.newsroomPicked = (id, { pk, name, thumbnail }) => {
  const select = document.getElementById(id);
  if (!select) return;
  let option = [...select.options].find((known) => known.value === pk);
  if (!option) select.append((option = new Option(name, pk)));
  option.selected = true;
  window.django?.jQuery?.(select).trigger("change");
  const row = select.closest(".form-row") ?? select.parentElement;
  let picture = row.querySelector("img.picked");
  if (!picture) {
    picture = Object.assign(document.createElement("img"), { className: "picked preview", alt: "" });
    row.append(picture);
  }
  picture.src = thumbnail;
};

// In the library's window: hand the picture over to whoever opened it, and close.
document.querySelector("[data-pick]")?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !window.opener) return;
  const { pk, name, address, thumbnail, alternative, caption } = button.dataset;
  const asked = new URLSearchParams(location.search);
  if (asked.has("field")) window.opener.newsroomPicked?.(asked.get("field"), { pk, name, thumbnail });
  else window.opener.CKEDITOR?.tools.callFunction(asked.get("CKEditorFuncNum"), address, { alternative_text: alternative, caption });
  window.close();
});

// The focal point: a click on the picture writes the two numbers, and they move the mark.
for (const frame of document.querySelectorAll("[data-focal]")) {
  const across = document.getElementById("id_focal_x");
  const down = document.getElementById("id_focal_y");
  if (!across || !down) continue;
  const mark = document.createElement("i");
  frame.append(mark);
  const place = () => {
    mark.style.insetInlineStart = "auto";
    mark.style.left = `${across.value * 100}%`;
    mark.style.top = `${down.value * 100}%`;
    for (const crop of document.querySelectorAll(".crop img")) {
      crop.style.objectPosition = `${across.value * 100}% ${down.value * 100}%`;
    }
  };
  frame.addEventListener("click", (event) => {
    const box = frame.getBoundingClientRect();
    const inside = (part) => Math.min(1, Math.max(0, part)).toFixed(2);
    across.value = inside((event.clientX - box.left) / box.width);
    down.value = inside((event.clientY - box.top) / box.height);
    place();
  });
  across.addEventListener("input", place);
  down.addEventListener("input", place);
  frame.classList.add("live");
  place();
}

// The order of a byline: a button that moves a name up, a handle to drag it by; the numbers follow.
const rows = (group) => [...group.querySelectorAll("tr.form-row:not(.empty-form)")];
const number = (group) => {
  rows(group).forEach((row, place) => {
    const field = row.querySelector('input[name$="-position"]');
    if (field && (row.classList.contains("has_original") || row.querySelector("select")?.value)) field.value = place + 1;
  });
};
const group = document.getElementById("bylines-group");
if (group && group.querySelector('input[name$="-position"]')) {
  let dragged = null;
  const addButton = (row) => {
    const cell = row.querySelector("td.field-position");
    if (!cell || cell.querySelector("button")) return;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "↑", className: "move-up" });
    button.setAttribute("aria-label", words.up || "↑");
    button.addEventListener("click", () => {
      const above = rows(group)[rows(group).indexOf(row) - 1];
      if (!above) return;
      above.before(row);
      number(group);
      button.focus();
    });
    const handle = Object.assign(document.createElement("span"), { draggable: true, textContent: "⠿", className: "handle" });
    handle.setAttribute("aria-hidden", "true");
    handle.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      event.dataTransfer.setDragImage(row, 0, 0);
    });
    cell.append(button, handle);
  };
  const under = (event) => event.target.closest("tr.form-row:not(.empty-form)");
  group.addEventListener("dragover", (event) => {
    if (dragged && under(event) && under(event) !== dragged) event.preventDefault();
  });
  group.addEventListener("drop", (event) => {
    const row = under(event);
    if (!dragged || !row || row === dragged) return;
    event.preventDefault();
    const box = row.getBoundingClientRect();
    if (event.clientY > box.top + box.height / 2) row.after(dragged);
    else row.before(dragged);
    number(group);
  });
  group.addEventListener("dragend", () => {
    dragged = null;
  });
  rows(group).forEach(addButton);
  document.addEventListener("formset:added", (event) => {
    if (event.target.closest?.("#bylines-group")) addButton(event.target);
  });
}
