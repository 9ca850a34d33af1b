/** Ask and tell in modal dialogs: alerts, confirmations, the enlarged picture, the new learner. */

import { icon, make } from "./dom.js";

/**
 * Show *dialog* until it closes.
 *
 * @param {HTMLDialogElement} dialog
 * @returns {Promise<string>} the value of the button that closed it; empty if it was dismissed
 */
function ask(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}

/**
 * @param {string} label
 * @param {string} value
 * @param {string} [kind]  danger or quiet
 */
function closer(label, value, kind = "") {
  return make("button", { class: `dialog-button ${kind}`, value, formnovalidate: value === "" }, label);
}

/**
 * Tell something that must be read, as answerCallbackQuery with show_alert does.
 *
 * @param {string} title
 * @param {string} text
 */
export async function alertDialog(title, text) {
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", {}, title),
    make("p", { dir: "auto" }, text),
    make("div", { class: "dialog-buttons" }, closer("OK", "ok")),
  );
  await ask(make("dialog", { class: "dialog alert", role: "alertdialog", "aria-label": title }, form));
}

/**
 * @param {string} title
 * @param {string} text
 * @param {string} action  the label of the button that does it
 * @returns {Promise<boolean>}
 */
export async function confirmDialog(title, text, action) {
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", {}, title),
    make("p", {}, text),
    make("div", { class: "dialog-buttons" }, closer("Cancel", "", "quiet"), closer(action, "yes", "danger")),
  );
  return (await ask(make("dialog", { class: "dialog", "aria-label": title }, form))) === "yes";
}

/**
 * Ask for a new test learner.
 *
 * @returns {Promise<{first_name: string, language_code: string} | null>}
 */
export async function learnerDialog() {
  const name = make("input", { name: "first_name", required: true, maxlength: 64, autocomplete: "off", placeholder: "Emma" });
  const language = make("input", {
    name: "language", required: true, maxlength: 8, pattern: "[a-zA-Z]{2,3}(-[a-zA-Z]+)?", autocomplete: "off", value: "en",
  });
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", {}, "New test learner"),
    make("label", {}, "First name", name),
    make("label", {}, "Language code", language),
    make("div", { class: "dialog-buttons" }, closer("Cancel", "", "quiet"), closer("Add", "add")),
  );
  // Enter in a field presses the first submit button of a form, which is Cancel here.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    form.requestSubmit(/** @type {HTMLElement} */ (form.querySelector("[value=add]")));
  });
  const chosen = await ask(make("dialog", { class: "dialog", "aria-label": "New test learner" }, form));
  return chosen === "add" ? { first_name: name.value.trim(), language_code: language.value.toLowerCase() } : null;
}

/**
 * Show a picture as large as the window allows; a tap anywhere closes it.
 *
 * @param {HTMLImageElement} image
 */
export function enlarge(image) {
  const close = make("button", { class: "icon-button", type: "button", "aria-label": "Close the picture" }, icon("close"));
  const dialog = make("dialog", { class: "lightbox", "aria-label": "Picture" }, make("img", { src: image.src, alt: "Picture" }), close);
  dialog.addEventListener("click", () => dialog.close());
  return ask(dialog);
}
