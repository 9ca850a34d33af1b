/**
 * Keep one connection to the server per learner, coming back by itself when it breaks.
 *
 * @import {ClientFrame, ServerFrame} from "./protocol.js"
 */

import { serverUrl } from "./server.js";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;

/** Frames that say what became of one of ours; a press ends with the bot's answer, or without. */
const ENDS = new Set(["done", "error", "answer", "expired"]);

/** @typedef {"done" | "lost" | {error: string}} Outcome  what became of a frame; "lost": nobody knows */

export class LearnerSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, (outcome: Outcome) => void>} */
  #waiting = new Map();
  #failures = 0;
  #timer = 0;
  #refs = 0;
  #closed = false;
  #address;
  #onFrame;
  #onLost;

  /** Try at once when the network or the reader comes back. */
  #wake = () => {
    if (document.hidden || this.#socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.#timer);
    this.#open();
  };

  /**
   * @param {number} learnerId
   * @param {(frame: ServerFrame) => void} onFrame
   * @param {() => void} onLost  called each time the connection breaks or cannot be made
   */
  constructor(learnerId, onFrame, onLost) {
    this.#address = serverUrl("ws", { learner: learnerId });
    this.#address.protocol = this.#address.protocol.replace("http", "ws");
    this.#onFrame = onFrame;
    this.#onLost = onLost;
    addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    this.#open();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  nextRef() {
    this.#refs += 1;
    return `${this.#refs}`;
  }

  /**
   * Send a frame and wait for the server to accept or refuse it.
   *
   * @param {ClientFrame} frame
   * @param {string} [ref]
   * @returns {Promise<Outcome>}
   */
  request(frame, ref = this.nextRef()) {
    if (!this.#socket || !this.isOpen) return Promise.resolve("lost");
    this.#socket.send(JSON.stringify({ ...frame, ref }));
    return new Promise((resolve) => this.#waiting.set(ref, resolve));
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#socket?.close();
  }

  #open() {
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#receive(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.#lose());
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    if (this.#closed) return;
    this.#failures = 0;
    if (ENDS.has(frame.type) && "ref" in frame && frame.ref) {
      this.#waiting.get(frame.ref)?.(frame.type === "error" ? { error: frame.text } : "done");
      this.#waiting.delete(frame.ref);
    }
    this.#onFrame(frame);
  }

  #lose() {
    for (const resolve of this.#waiting.values()) resolve("lost");
    this.#waiting.clear();
    if (this.#closed) return;
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Spread out, so that many pages do not come back in one instant.
    this.#timer = window.setTimeout(() => this.#open(), delay * (0.5 + Math.random() / 2));
    this.#onLost();
  }
}
