// Many pictures at once with progress: each goes by itself, so that a broken one is named while the others go on.
// Without this the form sends them all together, and its answer names those that were refused.

for (const form of document.querySelectorAll("form[data-upload]")) {
  const words = form.dataset;
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("input[type=submit]");
  const list = Object.assign(document.createElement("ul"), { className: "upload-list" });
  list.setAttribute("aria-live", "polite");
  form.querySelector("fieldset").append(list);

  const send = (file, progress) =>
    new Promise((resolve) => {
      const data = new FormData(form);
      data.delete(input.name);
      data.append(input.name, file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        progress.max = total || 1;
        progress.value = loaded;
      });
      request.addEventListener("load", () => {
        try {
          resolve(JSON.parse(request.responseText));
        } catch {
          resolve({ refused: [words.failed.replace("NAME", file.name)] });
        }
      });
      request.addEventListener("error", () => resolve({ refused: [words.failed.replace("NAME", file.name)] }));
      request.send(data);
    });

  form.addEventListener("submit", async (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    button.disabled = true;
    list.replaceChildren();
    const waiting = [...input.files].map((file) => {
      const item = document.createElement("li");
      const name = Object.assign(document.createElement("bdi"), { textContent: file.name });
      const progress = document.createElement("progress");
      progress.setAttribute("aria-label", file.name);
      progress.value = 0;
      item.append(name, progress);
      list.append(item);
      return { file, item, progress };
    });
    let isAllIn = true;
    for (const { file, item, progress } of waiting) {
      const { added, known, refused = [] } = await send(file, progress);
      progress.value = progress.max;
      const said = document.createElement("span");
      said.className = refused.length ? "said refused" : "said";
      said.textContent = refused.join(" ") || (added ? words.added : known ? words.known : "");
      item.append(said);
      isAllIn &&= !refused.length;
    }
    button.disabled = false;
    input.value = "";
    if (isAllIn) location.assign(form.querySelector("[name=next]")?.value || words.after);
  });
}
