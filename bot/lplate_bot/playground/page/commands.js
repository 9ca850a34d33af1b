/**
 * Offer the bot's commands above the composer, while a "/" is typed or from the menu button.
 *
 * The text field keeps the focus; the list follows the combobox pattern.
 *
 * @import {Command} from "./protocol.js"
 */

import { make } from "./dom.js";

let lists = 0;

export class CommandList {
  /** @type {Command[]} */
  #commands = [];
  /** @type {Command[]} */
  #offered = [];
  #active = 0;
  #field;
  #onChoose;
  #prefix;

  /**
   * @param {HTMLElement} element  the empty listbox
   * @param {HTMLTextAreaElement} field
   * @param {(command: string) => void} onChoose  called with "/command"
   */
  constructor(element, field, onChoose) {
    this.element = element;
    this.#field = field;
    this.#onChoose = onChoose;
    this.#prefix = `commands-${(lists += 1)}`;
    element.id = this.#prefix;
    field.setAttribute("aria-controls", element.id);
    // Pointer down, not click: a click would first take the focus from the text field.
    element.addEventListener("pointerdown", (event) => event.preventDefault());
    element.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (row) this.#choose(Number(row.getAttribute("data-index")));
    });
  }

  /** @param {Command[]} commands */
  setCommands(commands) {
    this.#commands = commands;
    if (this.isOpen) this.offer(this.#field.value);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  get isEmpty() {
    return this.#commands.length === 0;
  }

  /**
   * Offer what fits *text*, or nothing if it is no command being typed.
   *
   * @param {string} text
   */
  offer(text) {
    const typed = /^\/(\w*)$/.exec(text);
    this.#offered = typed ? this.#commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : [];
    this.element.hidden = this.#offered.length === 0;
    this.element.replaceChildren(...this.#offered.map((command, index) => this.#makeRow(command, index)));
    this.#activate(Math.max(0, this.#offered.findIndex(({ command }) => command === typed?.[1])));
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.offer("/");
  }

  close() {
    this.offer("");
  }

  /**
   * Handle a key typed in the text field.
   *
   * @param {KeyboardEvent} event
   * @returns {boolean} true if it was for the list
   */
  onKey(event) {
    if (!this.isOpen) return false;
    if (event.key === "ArrowDown") this.#activate(this.#active + 1);
    else if (event.key === "ArrowUp") this.#activate(this.#active - 1);
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#active);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }

  /**
   * @param {Command} command
   * @param {number} index
   */
  #makeRow({ command, description }, index) {
    return make(
      "div",
      { role: "option", id: `${this.#prefix}-${index}`, "data-index": index },
      make("span", { class: "command-name" }, `/${command}`),
      make("span", { class: "command-does", dir: "auto" }, description),
    );
  }

  /** @param {number} index */
  #activate(index) {
    const count = this.#offered.length;
    if (count === 0) return this.#field.removeAttribute("aria-activedescendant");
    this.#active = (index + count) % count;
    [...this.element.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === this.#active)));
    this.#field.setAttribute("aria-activedescendant", `${this.#prefix}-${this.#active}`);
    this.element.children[this.#active].scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  #choose(index) {
    const chosen = this.#offered[index];
    this.close();
    this.#onChoose(`/${chosen.command}`);
  }
}
