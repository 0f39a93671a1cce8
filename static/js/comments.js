// The comment form: the small sum that a site may ask of it; and, on the article's page, its own place there together
// with the reader's comments that wait. Without this the links lead to the same form on a page of its own.

// A number with which the SHA-256 of the form's token begins with so many zero bits.
const work = async (token, bits) => {
  const encoder = new TextEncoder();
  for (let answer = 0; ; answer += 1) {
    const digest = new DataView(await crypto.subtle.digest("SHA-256", encoder.encode(`${token}:${answer}`)));
    if (digest.getUint32(0) >>> (32 - bits) === 0) return String(answer);
  }
};

const prepare = async (form) => {
  const bits = Number(form.dataset.work);
  if (!bits || bits > 31 || !globalThis.crypto?.subtle) return;
  form.elements.work.value = await work(form.elements.token.value, bits);
};

for (const form of document.querySelectorAll("form[data-work]")) prepare(form);

const place = document.querySelector("[data-comments]");

if (place) {
  const address = place.dataset.comments;

  // What is typed stays when another comment is answered.
  const typed = () => Object.fromEntries(["name", "email", "body"].map((name) => [name, field(name)?.value]));
  const field = (name) => place.querySelector(`form [name="${name}"]`);
  const keep = (values) => {
    for (const [name, value] of Object.entries(values)) if (value && field(name)) field(name).value = value;
  };

  const show = async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Anything but the part that was asked for, such as an error page, is left to the plain way.
    if (!page.querySelector("[data-comment-form], .flash")) throw new Error(answer.status);
    place.replaceChildren(...page.body.childNodes);
    const shown = place.querySelector("form[data-work]");
    if (shown) prepare(shown);
  };

  const load = async (reply = "") => {
    const values = typed();
    await show(await fetch(`${address}?fragment=1&reply=${reply}`, { credentials: "same-origin" }));
    keep(values);
  };

  // The form is far down the page, so it is fetched when somebody comes near: a page read halfway asks for nothing.
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    load().catch(() => {});
  }, { rootMargin: "600px" });
  watcher.observe(place);

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-reply]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    try {
      watcher.disconnect();
      await load(link.dataset.reply);
      place.scrollIntoView();
      field("body")?.focus({ preventScroll: true });
    } catch {
      location.assign(link.href);
    }
  });

  place.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector("button");
    button.disabled = true; // a second press would only be told that the form was sent
    try {
      if (form.dataset.work && !form.elements.work.value) await prepare(form);
      await show(await fetch(`${address}?fragment=1`, { method: "POST", body: new FormData(form), credentials: "same-origin" }));
      place.querySelector("[role=alert], [role=status]")?.scrollIntoView({ block: "center" });
    } catch {
      form.submit(); // the same token, so that nothing is written twice
    }
  });
}
