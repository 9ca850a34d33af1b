/** Keep the newest message in view while the reader is at the bottom, and never move a reader who is not. */

import { prefersStillness } from "./dom.js";

/** A reader this near to the end, in pixels, is at the end. */
const NEAR_PX = 40;
/** The day at the top shows this long after the last movement. */
const MOVING_MS = 1200;

export class Anchor {
  #scroller;
  #jump;
  #badge;
  #pinned = true;
  #unread = 0;
  #top = 0;
  #timer = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content  whose growth the view follows
   * @param {HTMLButtonElement} jump  the button back to the bottom, with a badge
   */
  constructor(scroller, content, jump) {
    this.#scroller = scroller;
    this.#jump = jump;
    this.#badge = /** @type {HTMLElement} */ (jump.querySelector(".badge"));
    scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    jump.addEventListener("click", () => this.toEnd(true));
    // After layout and before paint: following costs no extra layout and no frame in between.
    const growth = new ResizeObserver(() => this.#pinned && this.toEnd());
    growth.observe(content);
    growth.observe(scroller);
  }

  get pinned() {
    return this.#pinned;
  }

  /** @param {boolean} [smoothly] */
  toEnd(smoothly = false) {
    this.#pinned = true;
    const behavior = smoothly && !prefersStillness() ? "smooth" : "instant";
    this.#scroller.scrollTo({ top: this.#scroller.scrollHeight, behavior });
    this.#top = this.#scroller.scrollTop;
    this.#show(0);
  }

  /** Count a new message that the reader does not see. */
  noteNew() {
    if (!this.#pinned) this.#show(this.#unread + 1);
  }

  #look() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    // Only the reader scrolls up. Being far from the end otherwise means that messages came since the last frame.
    const goesUp = scrollTop < this.#top;
    this.#top = scrollTop;
    if (!this.#pinned || goesUp) this.#pinned = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#show(this.#pinned ? 0 : this.#unread);
    if (!this.#pinned) this.#showMoving();
  }

  #showMoving() {
    clearTimeout(this.#timer);
    this.#scroller.classList.add("moving");
    this.#timer = window.setTimeout(() => this.#scroller.classList.remove("moving"), MOVING_MS);
  }

  /** @param {number} unread */
  #show(unread) {
    this.#unread = unread;
    // At the end this class alone moves the view; elsewhere the browser keeps the reader's place.
    this.#scroller.style.overflowAnchor = this.#pinned ? "none" : "auto";
    this.#jump.hidden = this.#pinned;
    this.#badge.hidden = unread === 0;
    this.#badge.textContent = String(unread);
    this.#jump.setAttribute("aria-label", unread ? `${unread} new messages, go to the end` : "Go to the end");
  }
}
