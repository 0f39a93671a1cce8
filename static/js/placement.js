// For the body editor: alignment and direction of paragraphs and headings, as the classes and the attribute that the
// sanitiser lets through; never a style.

import { Extension } from "django-prose-editor/editor";

const PLACED = ["paragraph", "heading", "listItem", "tableCell", "tableHeader"];
const DIRECTED = [...PLACED, "bulletList", "orderedList", "blockquote", "table"];
const SET = ["paragraph", "heading"];

// What pasted text calls right is the end only where lines run from the left.
const placed = (element) => {
  const named = [...element.classList].find((word) => /^align-(start|center|end)$/.test(word));
  if (named) return named.slice(6);
  const said = element.style.textAlign;
  const isRtl = (element.dir || element.closest("[dir]")?.dir) === "rtl";
  if (said === "center" || said === "end") return said;
  return said === (isRtl ? "left" : "right") ? "end" : null;
};

const directed = (element) => (["ltr", "rtl", "auto"].includes(element.dir) ? element.dir : null);

const set = (editor, name, value) =>
  editor
    .chain()
    .focus()
    .command(({ tr, state }) => {
      const { from, to } = state.selection;
      state.doc.nodesBetween(from, to, (node, place) => {
        if (SET.includes(node.type.name)) tr.setNodeAttribute(place, name, value);
      });
      return true;
    })
    .run();

const has = (editor, attributes) => SET.some((type) => editor.isActive(type, attributes));

export const Placement = Extension.create({
  name: "placement",

  addOptions: () => ({ words: {} }),

  addGlobalAttributes() {
    return [
      {
        types: PLACED,
        attributes: {
          placed: {
            default: null,
            parseHTML: placed,
            renderHTML: (attributes) => (attributes.placed ? { class: `align-${attributes.placed}` } : {}),
          },
        },
      },
      {
        types: DIRECTED,
        attributes: {
          dir: { default: null, parseHTML: directed, renderHTML: ({ dir }) => (dir ? { dir } : {}) },
        },
      },
    ];
  },

  addMenuItems({ buttons, menu }) {
    const { words } = this.options;
    const items = [
      ["placed", "center", "format_align_center", words.center],
      ["placed", "end", "format_align_right", words.end],
      ["dir", "ltr", "format_textdirection_l_to_r", words.ltr],
      ["dir", "rtl", "format_textdirection_r_to_l", words.rtl],
    ];
    for (const [name, value, icon, title] of items) {
      const isOn = (editor) => has(editor, { [name]: value });
      menu.defineItem({
        name: `${this.name}:${name}:${value}`,
        groups: "textAlign",
        button: buttons.material(icon, title),
        active: isOn,
        command: (editor) => set(editor, name, isOn(editor) ? null : value),
      });
    }
  },
});
