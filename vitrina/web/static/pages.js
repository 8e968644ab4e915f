// Small comforts on every page; without this script all pages work the same.
"use strict";

// Times in the visitor's own time zone.
const inWords = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
const showTimes = (within) => {
  for (const time of within.querySelectorAll("time[data-local]")) {
    time.title = time.textContent;
    time.textContent = inWords.format(new Date(time.dateTime));
    time.removeAttribute("data-local");
  }
};
showTimes(document);
document.addEventListener("htmx:afterSwap", (event) => showTimes(event.target));

// Buttons that copy what stands elsewhere: <button type="button" data-copy="#id" data-copied="…" hidden>.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    // Told to those who do not see the button.
    for (const said of document.querySelectorAll("[data-copy-said]")) said.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

// Forms that are sent as soon as a choice is made; their button is for those without script.
for (const form of document.querySelectorAll("form[data-submit]")) {
  form.classList.add("quick");
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, [type=checkbox], [type=radio]")) form.requestSubmit();
  });
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
