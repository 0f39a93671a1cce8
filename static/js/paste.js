// For the body editor: what comes from Word, from Google's documents and from web pages is brought to what a body may
// hold before the editor reads it. No picture of another host is asked for, and no handler ever runs.

import { Extension } from "django-prose-editor/editor";

const GONE = "script,style,meta,link,title,xml,noscript,template,iframe,object,embed,svg,math,form,input,button,select,textarea,audio,video,canvas";
const KEPT = new Set(["href", "src", "alt", "title", "colspan", "rowspan", "scope", "start", "dir", "lang", "hreflang", "cite"]);
const RENAMED = { H1: "h2", H5: "h4", H6: "h4" };

const rename = (element, name) => {
  const renamed = element.ownerDocument.createElement(name);
  for (const { name: attribute, value } of element.attributes) renamed.setAttribute(attribute, value);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
  return renamed;
};

const isSafe = (href) => /^(https?:|mailto:|\/(?!\/)|#)/i.test(href.trim());
const isOurs = (src) => {
  try {
    return new URL(src, location.href).origin === location.origin;
  } catch {
    return false;
  }
};

// Word writes the items of a list as paragraphs, each with its mark in a span that it says to ignore.
const makeLists = (root) => {
  for (const item of [...root.querySelectorAll("p[style*='mso-list'], p[class*='MsoListParagraph']")]) {
    const mark = [...item.querySelectorAll("span")].find((span) => /mso-list:\s*ignore/i.test(span.getAttribute("style") ?? ""));
    if (!mark) continue;
    const tag = /^\s*[\p{L}\p{N}]{1,4}[.)]/u.test(mark.textContent) ? "ol" : "ul";
    mark.remove();
    const before = item.previousElementSibling;
    const list = before?.dataset.made === tag ? before : root.ownerDocument.createElement(tag);
    if (list !== before) {
      list.dataset.made = tag;
      item.before(list);
    }
    const line = root.ownerDocument.createElement("li");
    line.append(...item.childNodes);
    list.append(line);
    item.remove();
  }
};

// Google's documents say by a style what others say by an element, and wrap everything in a bold that is none.
const makeMarks = (root) => {
  for (const element of [...root.querySelectorAll("b, strong")]) {
    if (/^(normal|400)$/.test(element.style.fontWeight)) element.replaceWith(...element.childNodes);
  }
  for (const span of [...root.querySelectorAll("span[style]")]) {
    for (const [name, isSo] of [["strong", /^(bold|[6-9]00)$/.test(span.style.fontWeight)], ["em", span.style.fontStyle === "italic"]]) {
      if (!isSo) continue;
      const mark = root.ownerDocument.createElement(name);
      mark.append(...span.childNodes);
      span.append(mark);
    }
  }
};

export const cleaned = (html) => {
  // Handlers never run here; without them the browser has nothing to complain of either.
  const quiet = html.replace(/<[^>]*>/g, (tag) => tag.replace(/\son\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi, " "));
  const document = new DOMParser().parseFromString(quiet, "text/html");
  const root = document.body;
  if (root.querySelector("[data-pm-slice]")) return html; // copied within the editor
  for (const element of root.querySelectorAll(GONE)) element.remove();
  const comments = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (comments.nextNode()) found.push(comments.currentNode);
  for (const comment of found) comment.remove();
  makeLists(root);
  makeMarks(root);
  for (const element of [...root.querySelectorAll("*")]) {
    if (element.localName.includes(":") || element.localName === "font") {
      element.replaceWith(...element.childNodes);
      continue;
    }
    if (element.localName === "img" && !isOurs(element.getAttribute("src") ?? "")) {
      element.remove();
      continue;
    }
    const align = element.style.textAlign;
    const href = element.getAttribute("href");
    for (const { name } of [...element.attributes]) if (!KEPT.has(name)) element.removeAttribute(name);
    if (href && !isSafe(href)) element.removeAttribute("href");
    if (["center", "left", "right", "end"].includes(align)) element.setAttribute("style", `text-align:${align}`);
    if (RENAMED[element.tagName]) rename(element, RENAMED[element.tagName]);
  }
  return root.innerHTML;
};

export const Paste = Extension.create({
  name: "cleanPaste",

  onCreate() {
    this.editor.view.setProps({ transformPastedHTML: cleaned });
  },
});
