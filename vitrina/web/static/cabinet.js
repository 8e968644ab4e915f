// Comforts of the cabinet: many offers or keys at once, pictures, keys out of a file. Without this script forms still work.
"use strict";

for (const form of document.querySelectorAll("form[data-many]")) {
  const boxes = [...form.querySelectorAll("input[type=checkbox][name]")];
  const all = form.querySelector("[data-all]");
  const picked = form.querySelector("[data-picked]");
  const action = form.querySelector("select[name=action]");
  const amount = form.querySelector("[data-amount-field]");
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    picked.textContent = picked.dataset.text.replace("{n}", count);
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    if (!amount) return;
    amount.hidden = !("amount" in action.selectedOptions[0].dataset);
    amount.firstElementChild.nextElementSibling.required = !amount.hidden;
  };
  all.hidden = form.querySelector("[data-all-text]").hidden = false;
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; show(); });
  form.addEventListener("change", show);
  addEventListener("pageshow", show);
  show();
}

// Pictures go as they are, one after another; then the page is shown anew.
for (const place of document.querySelectorAll("[data-send]")) {
  const input = place.querySelector("input[type=file]");
  const said = place.querySelector("[data-said]");
  place.hidden = false;
  input.addEventListener("change", async () => {
    said.className = "hint";
    said.textContent = said.dataset.busy;
    input.disabled = true;
    const problems = [];
    for (const file of input.files) {
      try {
        const answer = await fetch(place.dataset.send, {
          method: "PUT", body: file,
          headers: { "Content-Type": file.type || "application/octet-stream", "X-Form-Token": place.dataset.token, Accept: "application/json" },
        });
        if (!answer.ok) problems.push(`${file.name}: ${(await answer.json()).problem}`);
      } catch {
        problems.push(place.dataset.failed);
      }
    }
    if (!problems.length) return location.reload();
    said.className = "wrong";
    said.textContent = problems.join(" ");
    input.disabled = false;
    input.value = "";
  });
}

// A file of keys is read into the field, so that it is looked over like a paste.
for (const form of document.querySelectorAll("form[data-keys]")) {
  const place = form.querySelector("[data-file]");
  place.hidden = false;
  place.querySelector("input").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    const bytes = await file.slice(0, 4 * 1024 * 1024).arrayBuffer();
    let text;
    try { text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); } catch { text = new TextDecoder("windows-1251").decode(bytes); }
    form.elements.keys.value = text;
    form.elements.kind.value = /\.csv$/i.test(file.name) ? "table" : "lines";
    place.querySelector("[data-said]").textContent = file.name;
    event.target.value = "";
  });
}
