/** Show a short notice over the chat for a few seconds. */

import { make } from "./dom.js";

const SHORTEST_MS = 2500;
const READING_MS_PER_CHARACTER = 45;

/**
 * Replace the column's toast.
 *
 * @param {HTMLElement} place  the column's .toasts
 * @param {string} text
 */
export function toast(place, text) {
  const node = make("div", { class: "toast", dir: "auto" }, text);
  place.replaceChildren(node);
  setTimeout(() => {
    node.classList.add("leaving");
    setTimeout(() => node.remove(), 300);
  }, SHORTEST_MS + READING_MS_PER_CHARACTER * text.length);
}
