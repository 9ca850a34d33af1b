/**
 * Show an inline keyboard under its message.
 *
 * An edit reuses the buttons that are there: a finger already on a button still presses it, and the
 * keyboard focus stays where it was.
 *
 * @import {Key, Markup} from "./protocol.js"
 */

import { make } from "./dom.js";
import { safeUrl } from "./entities.js";

/**
 * Make *keyboard* show *markup*.
 *
 * @param {HTMLElement} keyboard  a div of rows
 * @param {Markup} [markup]  without inline buttons: the keyboard empties
 */
export function showKeyboard(keyboard, markup) {
  const rows = markup?.inline_keyboard ?? [];
  const hadFocus = keyboard.contains(document.activeElement);
  fit(keyboard, rows.length, () => make("div", { class: "keys" }));
  rows.forEach((keys, index) => showRow(/** @type {HTMLElement} */ (keyboard.children[index]), keys));
  keyboard.hidden = rows.length === 0;
  if (hadFocus && !keyboard.contains(document.activeElement)) keyboard.querySelector("button")?.focus();
}

/**
 * @param {HTMLElement} row
 * @param {Key[]} keys
 */
function showRow(row, keys) {
  fit(row, keys.length, () => make("button", { class: "key", type: "button" }, make("span", { dir: "auto" })));
  keys.forEach((key, index) => showKey(/** @type {HTMLElement} */ (row.children[index]), key));
}

/**
 * @param {HTMLElement} button
 * @param {Key} key
 */
function showKey(button, key) {
  const label = /** @type {HTMLElement} */ (button.firstElementChild);
  if (label.textContent !== key.text) {
    label.textContent = key.text;
    button.title = key.text;
  }
  const { callback_data: data, copy_text: copy, style } = key;
  const url = key.url === undefined ? null : safeUrl(key.url);
  // Another action under the finger has not been pressed yet, whatever the former one waits for.
  if (button.getAttribute("data-callback-data") !== (data ?? null)) button.removeAttribute("aria-busy");
  const idle = data === undefined && url === null && copy === undefined;
  set(button, "data-callback-data", data);
  set(button, "data-url", url ?? undefined);
  set(button, "data-copy", copy?.text);
  set(button, "data-style", style);
  set(button, "aria-disabled", idle ? "true" : undefined);
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 * @param {string} [value]  absent removes the attribute
 */
function set(node, name, value) {
  if (value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/**
 * Give *parent* exactly *count* children, adding or removing at the end.
 *
 * @param {HTMLElement} parent
 * @param {number} count
 * @param {() => HTMLElement} create
 */
function fit(parent, count, create) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(create());
}
