// What may be meant while somebody types into a search box, in a list below it. The form works without.
//
// The list is our own: a browser's datalist hides what does not hold the very letters that were typed, and search finds
// words in other letters (hamza, yeh, accents) and in any order.

const WAIT = 150;

for (const [number, input] of document.querySelectorAll("input[data-suggest]").entries()) {
  const list = document.createElement("ul");
  Object.assign(list, { id: `suggestions-${number}`, className: "suggestions", hidden: true, role: "listbox" });
  list.ariaLabel = input.labels[0].textContent;
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  const known = new Map();
  let timer = 0;
  let typed = "";
  let chosen = -1;

  const open = (isOpen) => {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", isOpen);
    if (!isOpen) choose(-1);
  };

  const choose = (place) => {
    chosen = place;
    for (const [at, option] of [...list.children].entries()) option.setAttribute("aria-selected", at === place);
    const option = list.children[place];
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };

  const show = ({ suggestions, addresses }) => {
    list.replaceChildren(
      ...suggestions.map((text, place) => {
        const option = document.createElement("li");
        Object.assign(option, { id: `${list.id}-${place}`, textContent: text, dir: "auto", role: "option" });
        option.dataset.address = addresses[place];
        return option;
      }),
    );
    open(suggestions.length > 0);
    choose(-1);
  };

  const ask = async (text) => {
    try {
      if (!known.has(text)) {
        const answer = await fetch(`${input.dataset.suggest}?${new URLSearchParams({ q: text })}`);
        if (!answer.ok) return;
        known.set(text, await answer.json());
      }
      if (input.value.trim() === text && document.activeElement === input) show(known.get(text));
    } catch {
      // Away from the network the box is a plain one.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    typed = input.value;
    const text = typed.trim();
    choose(-1);
    if (text.length < 2) open(false);
    else timer = setTimeout(ask, WAIT, text);
  });

  // The arrows put a suggestion into the box and Enter opens its page; Escape brings back what was typed.
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.children.length) {
      event.preventDefault();
      const last = list.children.length - 1;
      const next = list.hidden ? (step > 0 ? 0 : last) : chosen + step;
      open(true);
      choose(next > last ? -1 : next < -1 ? last : next);
      input.value = chosen < 0 ? typed : list.children[chosen].textContent;
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(list.children[chosen].dataset.address);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      input.value = typed;
      open(false);
    }
  });

  input.addEventListener("blur", () => open(false));
  // Keep the focus in the box, so that the list stands until the click has come.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    if (target.dataset.address) location.assign(target.dataset.address);
  });
}
