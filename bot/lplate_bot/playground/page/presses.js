/**
 * Press callback buttons, and show each as busy until the bot has answered.
 *
 * @import {LearnerSocket, Outcome} from "./socket.js"
 */

export class Presses {
  /** @type {Map<string, HTMLElement>} pressed buttons by the ref of their frame */
  #busy = new Map();
  #socket;

  /** @param {LearnerSocket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /**
   * @param {number} messageId
   * @param {HTMLElement} button
   * @returns {Promise<Outcome>} "done" also when nobody answered in time
   */
  async press(messageId, button) {
    const ref = this.#socket.nextRef();
    const data = button.dataset.callbackData ?? "";
    this.#busy.set(ref, button);
    button.setAttribute("aria-busy", "true");
    const outcome = await this.#socket.request({ type: "press", message_id: messageId, data }, ref);
    if (outcome !== "done") this.release(ref);
    return outcome;
  }

  /** @param {string} [ref] */
  release(ref = "") {
    const button = this.#busy.get(ref);
    this.#busy.delete(ref);
    // An edit may have made this the button of a later press, which still waits.
    if (![...this.#busy.values()].includes(/** @type {HTMLElement} */ (button))) button?.removeAttribute("aria-busy");
  }

  releaseAll() {
    for (const ref of this.#busy.keys()) this.release(ref);
  }
}
