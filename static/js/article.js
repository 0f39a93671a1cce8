// The article page's conveniences: it counts a reading and sends a rating without leaving the page.
// Without it the form posts as it stands and only the reading goes uncounted.

const beacon = document.querySelector("[data-read]");
if (beacon) {
  const count = () => fetch(beacon.dataset.read, { method: "POST", keepalive: true }).catch(() => {});
  // A page opened in the background or rendered ahead has not been read yet.
  if (document.prerendering || document.visibilityState === "hidden") {
    const once = () => {
      if (document.visibilityState === "hidden") return;
      document.removeEventListener("visibilitychange", once);
      count();
    };
    document.addEventListener("visibilitychange", once);
  } else {
    count();
  }
}

const box = document.querySelector("[data-rating]");
const form = box?.querySelector("form");
if (form) {
  const address = box.dataset.rating;
  const status = box.querySelector("[data-rating-status]");
  const headers = { Accept: "application/json" };

  const show = (facts) => {
    status.textContent = facts.error || facts.thanks;
    for (const radio of form.elements.stars) radio.checked = Number(radio.value) === facts.stars;
    const rated = box.querySelector(".rated");
    const meter = rated.querySelector("meter");
    meter.value = facts.mean ?? 0;
    rated.replaceChildren(meter, ` ${facts.summary}`);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(address, { method: "POST", headers, body: new FormData(form) });
      show(await answer.json());
    } catch {
      form.submit(); // the plain way says what is wrong
    }
  });
}
