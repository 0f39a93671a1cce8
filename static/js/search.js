// What may be meant while somebody types into a search box, as the browser's own list below it. The form works without.

const WAIT = 150;

for (const [number, input] of document.querySelectorAll("input[data-suggest]").entries()) {
  const list = document.createElement("datalist");
  list.id = `suggestions-${number}`;
  input.after(list);
  input.setAttribute("list", list.id);
  const known = new Map();
  let timer = 0;

  const show = (texts) => {
    list.replaceChildren(...texts.map((text) => Object.assign(document.createElement("option"), { value: text })));
  };

  const ask = async (text) => {
    try {
      if (!known.has(text)) {
        const answer = await fetch(`${input.dataset.suggest}?${new URLSearchParams({ q: text })}`);
        if (!answer.ok) return;
        known.set(text, (await answer.json()).suggestions);
      }
      if (input.value.trim() === text) show(known.get(text));
    } catch {
      // Away from the network the box is a plain one.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    const text = input.value.trim();
    if (text.length < 2) show([]);
    else timer = setTimeout(ask, WAIT, text);
  });
}
