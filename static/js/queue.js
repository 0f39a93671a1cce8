// The moderators' queue with scripts: one key for each thing to do, and who reads which comment now. Everything that a
// key does is a button, a link or a field of the page.

const main = document.getElementById("main");
const keys = document.getElementById("keys");
const isTyping = (element) => element.matches("input:not([type=checkbox]), textarea, select") || element.isContentEditable;

const press = (element) => {
  if (element.matches("input:not([type=checkbox])")) {
    element.closest("details")?.setAttribute("open", "");
    element.focus();
    return;
  }
  if (element.matches("summary")) {
    element.parentElement.open = true;
    element.parentElement.querySelector("textarea, input:not([type=hidden])")?.focus();
    return;
  }
  element.click();
};

let isGone = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || isGone) return;
  if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
  if (keys.open || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "?") {
    keys.showModal();
  } else if (/^[1-9]$/.test(key)) {
    const grounds = document.getElementById("ground");
    if (!grounds || !grounds.options[key]) return;
    grounds.selectedIndex = Number(key);
  } else {
    const element = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!element || element.closest("[hidden]")) return;
    press(element);
  }
  event.preventDefault();
});
// One key pressed twice decides one comment, not the next one as well.
document.addEventListener("submit", (event) => { isGone ||= event.target.method === "post"; });
addEventListener("pageshow", () => { isGone = false; });

// Claims: ours is held while the page is open and seen; those of others are shown.
const links = [...document.querySelectorAll("a[data-number]")];
const claim = async () => {
  if (document.hidden) return;
  const body = new URLSearchParams(links.map((link) => ["listed", link.dataset.number]));
  if (main.dataset.comment) body.set("comment", main.dataset.comment);
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!token) return;
  try {
    const answer = await fetch(main.dataset.claims, { method: "POST", body, headers: { "X-CSRFToken": token } });
    if (!answer.ok) return;
    const { taken } = await answer.json();
    for (const link of links) link.querySelector("[data-taken]").textContent = taken[link.dataset.number] ?? "";
    const here = document.querySelector("[data-taken-here]");
    if (here) {
      const words = here.querySelector("span");
      words.textContent = taken[main.dataset.comment] ?? "";
      here.hidden = !words.textContent;
    }
  } catch {
    // The line is down: decisions say so themselves.
  }
};
claim();
setInterval(claim, 10_000);
document.addEventListener("visibilitychange", claim);
