// The form of an article keeps what is typed after a pause, says who else has it open, and lets a person whose session
// has ended sign in beside it. Without this script the form is as ever.

const ASK_EVERY = 15_000;
const LOOK_EVERY = 1_000;
const PAUSE = 3_000;

const status = document.querySelector("[data-autosave]");
const form = document.getElementById("article_form");

const end = document.querySelector("[data-signed-in]");
if (end && window.opener) {
  window.opener.postMessage("newsroom-signed-in", location.origin);
  window.close();
}

if (status && form) {
  const words = status.dataset;
  const others = status.querySelector("[data-others]");
  const said = status.querySelector("[data-said]");
  const door = status.querySelector("[data-door]");
  let address = words.autosave;
  let isNew = words.isNew === "1";
  const content = () => {
    const data = new FormData(form);
    data.delete("csrfmiddlewaretoken");
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    return data;
  };
  const text = () => new URLSearchParams(content()).toString();
  let kept = text();
  let seen = kept;
  let isTouched = false;
  let quietSince = 0;
  let isBusy = false;
  let isLeaving = false;

  const send = async (withText) => {
    if (isBusy || isLeaving) return;
    isBusy = true;
    const now = text();
    const data = withText ? content() : new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    try {
      const answer = await fetch(address, { method: "POST", body: data, redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        door.hidden = false;
        return;
      }
      if (!answer.ok) throw new Error(answer.status);
      door.hidden = true;
      const { token, saved, others: names, url, autosave, version } = await answer.json();
      for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
      if (withText) kept = now;
      if (saved) said.textContent = saved;
      if (names) others.textContent = names.length ? `${words.here} ${names.join(", ")}` : "";
      if (url) {
        isNew = false;
        address = autosave;
        form.action = url;
        form.elements.started_from.value = version;
        history.replaceState(null, "", url);
      }
    } catch {
      said.textContent = words.failed;
    } finally {
      isBusy = false;
    }
  };

  form.addEventListener("submit", () => {
    isLeaving = true;
  });
  door.querySelector("button").addEventListener("click", () => {
    window.open(words.door, "newsroom_door", "width=560,height=720");
  });
  window.addEventListener("message", ({ origin, data }) => {
    if (origin === location.origin && data === "newsroom-signed-in") renew();
  });
  // A token of the new session comes with the page itself; then what waits is sent.
  const renew = async () => {
    const page = await fetch(location.href, { redirect: "manual" });
    if (!page.ok) return;
    const token = new DOMParser()
      .parseFromString(await page.text(), "text/html")
      .querySelector("input[name=csrfmiddlewaretoken]")?.value;
    if (!token) return;
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
    await send(true);
  };

  for (const name of ["input", "change", "keydown", "pointerdown"]) {
    document.addEventListener(name, () => (isTouched = true), { capture: true, once: true });
  }
  // Editors of rich text settle first: what they make of the text is no change of it, unless a person was quicker.
  setTimeout(() => {
    if (!isTouched) kept = seen = text();
    setInterval(() => {
      const now = text();
      if (now !== seen) {
        seen = now;
        quietSince = Date.now();
      } else if (now !== kept && Date.now() - quietSince >= PAUSE) {
        send(true);
      }
    }, LOOK_EVERY);
    if (!isNew) send(false);
    setInterval(() => {
      if (!isNew) send(false);
    }, ASK_EVERY);
  }, LOOK_EVERY);
}
