/** Open a menu from a button: light dismissal by the popover API, arrow keys as in any menu. */

import { icon, make } from "./dom.js";

const GAP_PX = 6;

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {string} [icon]
 * @property {string} [hint]  said small at the end of the row
 * @property {boolean} [checked]  makes it a choice
 * @property {boolean} [danger]
 * @property {() => void} run
 */

/**
 * Make *button* open a menu whose items are asked for each time.
 *
 * @param {HTMLButtonElement} button
 * @param {string} label
 * @param {() => Item[]} items
 */
export function attachMenu(button, label, items) {
  const menu = make("div", { class: "menu", role: "menu", popover: "auto", "aria-label": label });
  button.after(menu);
  button.popoverTargetElement = menu;
  button.setAttribute("aria-haspopup", "menu");
  menu.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") menu.replaceChildren(...items().map((item) => makeItem(item, menu)));
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    placeBelow(menu, button);
    step(menu, 1);
  });
  menu.addEventListener("keydown", (event) => onKey(menu, event));
}

/**
 * @param {Item} item
 * @param {HTMLElement} menu
 */
function makeItem(item, menu) {
  const choice = item.checked !== undefined;
  const button = make(
    "button",
    {
      class: item.danger ? "menu-item danger" : "menu-item",
      type: "button",
      role: choice ? "menuitemradio" : "menuitem",
      "aria-checked": choice ? String(item.checked) : undefined,
      tabindex: -1,
    },
    icon(item.icon ?? (item.checked ? "check" : "blank")),
    make("span", { dir: "auto" }, item.label),
    item.hint ? make("small", {}, item.hint) : null,
  );
  button.addEventListener("click", () => {
    menu.hidePopover();
    item.run();
  });
  return button;
}

/**
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
function placeBelow(menu, button) {
  const anchor = button.getBoundingClientRect();
  const left = Math.min(anchor.right - menu.offsetWidth, innerWidth - menu.offsetWidth - GAP_PX);
  menu.style.left = `${Math.max(GAP_PX, left)}px`;
  menu.style.top = `${anchor.bottom + GAP_PX}px`;
  menu.classList.add("placed");
}

/**
 * @param {HTMLElement} menu
 * @param {KeyboardEvent} event
 */
function onKey(menu, event) {
  const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
  if (event.key in steps) step(menu, steps[event.key]);
  else if (event.key === "Home") focusItem(menu, 0);
  else if (event.key === "End") focusItem(menu, -1);
  else if (event.key === "Tab") menu.hidePopover();
  else return;
  event.preventDefault();
}

/**
 * Move the focus by one item, around the ends.
 *
 * @param {HTMLElement} menu
 * @param {number} by
 */
function step(menu, by) {
  const at = [...menu.children].indexOf(/** @type {Element} */ (document.activeElement));
  focusItem(menu, (at + by + menu.children.length) % menu.children.length);
}

/**
 * @param {HTMLElement} menu
 * @param {number} index
 */
function focusItem(menu, index) {
  const item = [...menu.children].at(index);
  if (item instanceof HTMLElement) item.focus();
}
