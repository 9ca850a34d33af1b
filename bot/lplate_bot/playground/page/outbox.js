/**
 * Send the learner's texts, each at least shown, at most sent once, through broken connections too.
 *
 * @import {Bubble} from "./bubble.js"
 * @import {Message} from "./protocol.js"
 * @import {LearnerSocket} from "./socket.js"
 * @import {Timeline} from "./timeline.js"
 */

/**
 * @typedef {object} Letter
 * @property {string} text
 * @property {number | undefined} replyTo
 * @property {Bubble} bubble
 * @property {number} after  id of the last message when it was written
 * @property {"waiting" | "sent" | "refused"} state
 */

export class Outbox {
  /** @type {Letter[]} */
  #letters = [];
  #timeline;
  #socket;
  #onRefused;

  /**
   * @param {Timeline} timeline
   * @param {LearnerSocket} socket
   * @param {(reason: string) => void} onRefused
   */
  constructor(timeline, socket, onRefused) {
    this.#timeline = timeline;
    this.#socket = socket;
    this.#onRefused = onRefused;
  }

  /**
   * Show *text* as on its way, and send it as soon as there is a connection.
   *
   * @param {string} text
   * @param {number} [replyTo]
   */
  post(text, replyTo) {
    const replied = replyTo === undefined ? undefined : this.#timeline.message(replyTo);
    const bubble = this.#timeline.addSending({
      message_id: 0, date: Date.now() / 1000, out: true, text, reply_to_message: replied,
    });
    this.#letters.push({ text, replyTo, bubble, after: this.#timeline.lastId, state: "waiting" });
    this.#sendWaiting();
  }

  /**
   * Take the letter that has become *message* out of the box.
   *
   * @param {Message} message
   */
  confirm(message) {
    const letter = this.#letters.find(({ text, after }) => message.message_id > after && same(text, message.text));
    if (letter) this.#discard(letter);
    return letter !== undefined;
  }

  /**
   * Go on after a new connection: what the history holds has arrived, the rest is sent again.
   *
   * @param {Message[]} history
   */
  resume(history) {
    for (const message of history) if (message.out) this.confirm(message);
    for (const letter of this.#letters) if (letter.state === "sent") letter.state = "waiting";
    this.#sendWaiting();
  }

  /**
   * Send a refused letter again.
   *
   * @param {Element} element  its bubble
   */
  retry(element) {
    const letter = this.#letters.find(({ bubble }) => bubble.element === element);
    if (letter?.state !== "refused") return;
    letter.state = "waiting";
    letter.bubble.setRefused(false);
    this.#sendWaiting();
  }

  clear() {
    for (const letter of [...this.#letters]) this.#discard(letter);
  }

  #sendWaiting() {
    if (!this.#socket.isOpen) return;
    for (const letter of this.#letters) if (letter.state === "waiting") this.#send(letter);
  }

  /** @param {Letter} letter */
  async #send(letter) {
    letter.state = "sent";
    const outcome = await this.#socket.request({ type: "send", text: letter.text, reply_to_message_id: letter.replyTo });
    if (typeof outcome === "string" || !this.#letters.includes(letter)) return;
    letter.state = "refused";
    letter.bubble.setRefused(true);
    this.#onRefused(outcome.error);
  }

  /** @param {Letter} letter */
  #discard(letter) {
    letter.bubble.element.remove();
    this.#letters = this.#letters.filter((other) => other !== letter);
  }
}

/**
 * Return true if both say the same; the server trims white space.
 *
 * @param {string} text
 * @param {string} [other]
 */
function same(text, other = "") {
  return text.split(/\s+/).join(" ").trim() === other.split(/\s+/).join(" ").trim();
}
