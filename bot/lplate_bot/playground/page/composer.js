/**
 * Let the learner write: text, replies, commands, and the bot's own keyboard below.
 *
 * @import {Markup, Message} from "./protocol.js"
 */

import { CommandList } from "./commands.js";
import { make, part } from "./dom.js";
import { wordsOf } from "./words.js";

const LONGEST_TEXT = 4096;
const HINT_BELOW = 200;
const PLACEHOLDER = "Message";

export class Composer {
  #field;
  #send;
  #hint;
  #replyBar;
  #panel;
  #panelToggle;
  #onSend;
  /** @type {number | undefined} */
  #replyTo;

  /**
   * @param {HTMLElement} column
   * @param {(text: string, replyTo?: number) => void} onSend
   */
  constructor(column, onSend) {
    this.#onSend = onSend;
    this.form = part(column, ".composer", HTMLFormElement);
    this.#field = part(this.form, "textarea", HTMLTextAreaElement);
    this.#send = part(this.form, ".send", HTMLButtonElement);
    this.#hint = part(this.form, ".hint", HTMLElement);
    this.#replyBar = part(this.form, ".reply-bar", HTMLElement);
    this.#panel = part(this.form, ".panel", HTMLElement);
    this.#panelToggle = part(this.form, ".panel-toggle", HTMLButtonElement);
    this.commands = new CommandList(part(this.form, ".commands", HTMLElement), this.#field, (text) => this.#post(text));
    this.#listen();
    this.#refresh();
  }

  focus() {
    this.#field.focus();
  }

  /**
   * Write a reply to *message*.
   *
   * @param {Message} [message]  absent if it has gone meanwhile
   */
  replyTo(message) {
    if (!message) return;
    this.#replyTo = message.message_id;
    part(this.#replyBar, ".reply-words", HTMLElement).textContent = wordsOf(message);
    this.#replyBar.hidden = false;
    this.#field.focus();
  }

  cancelReply() {
    this.#replyTo = undefined;
    this.#replyBar.hidden = true;
  }

  /**
   * Follow the markup of the newest bot message that has one for the composer.
   *
   * @param {Message} message  from the bot
   * @param {boolean} live  it has just come: a forced reply opens
   */
  follow(message, live) {
    const markup = message.reply_markup;
    if (!markup) return;
    if (markup.keyboard || markup.remove_keyboard) this.#showPanel(markup);
    if (markup.keyboard || markup.force_reply) this.#field.placeholder = markup.input_field_placeholder ?? PLACEHOLDER;
    if (markup.remove_keyboard) this.#field.placeholder = PLACEHOLDER;
    if (markup.force_reply && live) this.replyTo(message);
  }

  /** Forget reply, keyboard and placeholder, as for a new chat. */
  reset() {
    this.cancelReply();
    this.#showPanel({});
    this.#field.placeholder = PLACEHOLDER;
  }

  #listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("input", () => this.#refresh());
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#field.addEventListener("blur", () => this.commands.close());
    part(this.form, ".reply-cancel", HTMLElement).addEventListener("click", () => this.cancelReply());
    const menu = part(this.form, ".commands-toggle", HTMLElement);
    menu.addEventListener("pointerdown", (event) => event.preventDefault());
    menu.addEventListener("click", () => {
      this.#field.focus();
      this.commands.toggle();
    });
    this.#panelToggle.addEventListener("click", () => this.#openPanel(this.#panel.hidden !== false));
    this.#panel.addEventListener("click", (event) => {
      const key = event.target instanceof Element ? event.target.closest("button") : null;
      if (!key) return;
      this.#post(key.textContent ?? "");
      if (this.#panel.dataset.once) this.#openPanel(false);
    });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing || this.commands.onKey(event)) return;
    if (event.key === "Escape") this.cancelReply();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text || this.#field.value.length > LONGEST_TEXT) return;
    this.#field.value = "";
    this.#refresh();
    this.#post(text);
  }

  /** @param {string} text */
  #post(text) {
    if (text.startsWith("/")) this.#field.value = "";
    this.#onSend(text, this.#replyTo);
    this.cancelReply();
    this.#refresh();
  }

  #refresh() {
    const { value } = this.#field;
    const left = LONGEST_TEXT - value.length;
    this.#send.disabled = value.trim() === "" || left < 0;
    this.#hint.hidden = left > HINT_BELOW;
    this.#hint.classList.toggle("over", left < 0);
    this.#hint.textContent = left < 0 ? `${-left} characters too many` : `${left} characters left`;
    this.commands.offer(value);
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }

  /** @param {Markup} markup */
  #showPanel(markup) {
    const rows = markup.keyboard ?? [];
    this.#panel.replaceChildren(...rows.map((keys) => make("div", { class: "keys" }, ...keys.map(makePanelKey))));
    this.#panel.dataset.once = markup.one_time_keyboard ? "yes" : "";
    this.#panelToggle.hidden = rows.length === 0;
    this.#openPanel(rows.length > 0);
  }

  /** @param {boolean} open */
  #openPanel(open) {
    this.#panel.hidden = !open;
    this.#panelToggle.setAttribute("aria-expanded", String(open));
  }
}

/** @param {string | {text: string}} key */
function makePanelKey(key) {
  return make("button", { class: "panel-key", type: "button", dir: "auto" }, typeof key === "string" ? key : key.text);
}
