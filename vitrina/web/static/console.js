// Comforts of the console: the quick look in a dialog, words that stay in a form. Without this script all pages work.
"use strict";

// What was fetched for a quick look is shown; if it was no look (a log-in page, an error), the page itself is opened.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "look-at") return;
  const dialog = event.target.closest("dialog");
  if (!event.target.firstElementChild) return location.assign(event.detail.requestConfig.path);
  if (!dialog.open) dialog.showModal();
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.target.id === "look-at") location.assign(event.detail.requestConfig.path);
});
const look = document.querySelector("#look");
if (look) {
  look.addEventListener("close", () => { look.firstElementChild.replaceChildren(); });  // a film stops
  look.addEventListener("click", (event) => { if (event.target === look) look.close(); });
}

// What was written into a form is there again when the page was changed meanwhile, until it is sent.
for (const form of document.querySelectorAll("form[data-keep]")) {
  const fields = [...form.querySelectorAll("input:not([type=hidden])")];
  const kept = JSON.parse(sessionStorage.getItem(form.dataset.keep) || "{}");
  for (const field of fields) field.value ||= kept[field.name] || "";
  form.addEventListener("input", () => {
    sessionStorage.setItem(form.dataset.keep, JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));
  });
}
if (document.querySelector("[data-licensed]")) sessionStorage.removeItem("licensing");
