// Comforts of lists of licences: tick all of a page, and how many are ticked. Without this script forms still work.
"use strict";

for (const form of document.querySelectorAll("form[data-ticks]")) {
  const boxes = [...form.querySelectorAll("input[name=licence]:not(:disabled)")];
  const all = form.querySelector("[data-all]");
  const picked = form.querySelector("[data-picked]");
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    picked.textContent = picked.dataset.text.replace("{n}", count);
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  };
  form.querySelector("[data-all-text]").hidden = false;
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; show(); });
  form.addEventListener("change", show);
  addEventListener("pageshow", show);
  show();
}
