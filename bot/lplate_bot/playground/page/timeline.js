/**
 * Hold a chat's messages in order and show them grouped by day.
 *
 * All messages are kept, but only a window at the end is in the page: older ones are drawn when the reader
 * scrolls up to them, and leave again when the window has grown long.
 *
 * @import {Message} from "./protocol.js"
 */

import { Anchor } from "./anchor.js";
import { Bubble } from "./bubble.js";
import { make, part } from "./dom.js";
import { dayKey, dayName } from "./times.js";

/** Messages drawn at first, and again each time the reader reaches the top. */
const PAGE = 120;
/** A longer window than this is cut back to one page. */
const LONGEST = 400;

export class Timeline {
  /** @type {Map<number, Message>} */
  #messages = new Map();
  /** @type {number[]} ascending */
  #ids = [];
  /** @type {Map<number, Bubble>} those in the page */
  #bubbles = new Map();
  /** Index in #ids of the first message in the page. */
  #first = 0;
  #deliveredUpTo = 0;
  #days = make("div", { class: "days" });
  #sending = make("div", { class: "sending" });
  #earlier = make("button", { class: "earlier", type: "button", hidden: true }, "Earlier messages");
  #scroller;

  /** @param {HTMLElement} column  with .scroller, .log and .jump inside */
  constructor(column) {
    this.#scroller = part(column, ".scroller", HTMLElement);
    const log = part(column, ".log", HTMLElement);
    log.append(this.#earlier, this.#days, this.#sending);
    this.anchor = new Anchor(this.#scroller, log, part(column, ".jump", HTMLButtonElement));
    this.#earlier.addEventListener("click", () => this.#showEarlier());
    const atTop = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && this.#showEarlier(),
      { root: this.#scroller, rootMargin: "600px 0px 0px" },
    );
    atTop.observe(this.#earlier);
    this.botName = "";
  }

  get isEmpty() {
    return this.#ids.length === 0 && this.#sending.childElementCount === 0;
  }

  get lastId() {
    return this.#ids.at(-1) ?? 0;
  }

  /** @param {number} id */
  message(id) {
    return this.#messages.get(id);
  }

  /**
   * Make the log equal to *messages*, leaving alone what already is.
   *
   * @param {Message[]} messages  in order
   */
  sync(messages) {
    const wanted = new Set(messages.map((message) => message.message_id));
    this.remove(this.#ids.filter((id) => !wanted.has(id)));
    if (this.#ids.length === 0) return this.#start(messages);
    for (const message of messages) {
      if (this.#messages.has(message.message_id)) this.edit(message);
      else this.add(message);
    }
  }

  /**
   * Append a message; one that is there already is edited.
   *
   * @param {Message} message
   * @param {boolean} [live]  it arrives while the reader looks on
   */
  add(message, live = false) {
    const id = message.message_id;
    if (this.#messages.has(id)) {
      this.edit(message);
      return;
    }
    this.#messages.set(id, message);
    this.#ids.push(id);
    const bubble = this.#makeBubble(message);
    bubble.element.classList.toggle("fresh", live);
    place(this.#days, bubble, message.date);
    if (live) this.anchor.noteNew();
    if (this.anchor.pinned && this.#ids.length - this.#first > LONGEST) this.#trim();
  }

  /**
   * Show an edit.
   *
   * @param {Message} message
   * @returns {boolean} true if the words in the page changed
   */
  edit(message) {
    const id = message.message_id;
    if (!this.#messages.has(id)) return false;
    this.#messages.set(id, { reaction: this.#messages.get(id)?.reaction, ...message });
    return this.#bubbles.get(id)?.update(message) ?? false;
  }

  /** @param {number[]} ids */
  remove(ids) {
    const gone = new Set(ids);
    if (gone.size === 0) return;
    const shown = this.#ids.slice(this.#first).filter((id) => !gone.has(id));
    for (const id of gone) {
      this.#messages.delete(id);
      this.#drop(id);
    }
    this.#ids = this.#ids.filter((id) => !gone.has(id));
    this.#first = this.#ids.length - shown.length;
    this.#earlier.hidden = this.#first === 0;
  }

  clear() {
    this.remove([...this.#ids]);
  }

  /**
   * @param {number} id
   * @param {string | null} emoji
   */
  react(id, emoji) {
    const message = this.#messages.get(id);
    if (message) message.reaction = emoji ?? undefined;
    this.#bubbles.get(id)?.react(emoji);
  }

  /** Mark all the learner's messages as received: the bot has shown a sign of life after them. */
  markDelivered() {
    this.#deliveredUpTo = this.lastId;
    for (const { element, message } of this.#bubbles.values()) if (message.out) element.classList.add("delivered");
  }

  /**
   * Show a message that is still on its way to the server, below all others.
   *
   * @param {Message} message
   */
  addSending(message) {
    const bubble = new Bubble(message, this.botName);
    delete bubble.element.dataset.messageId;
    bubble.element.classList.add("waiting", "fresh");
    this.#sending.append(bubble.element);
    this.anchor.toEnd();
    return bubble;
  }

  /**
   * Bring a message into view and mark it for a moment.
   *
   * @param {number} id
   */
  jumpTo(id) {
    const index = this.#ids.indexOf(id);
    if (index < 0) return;
    while (index < this.#first) this.#showEarlier();
    const element = this.#bubbles.get(id)?.element;
    element?.scrollIntoView({ block: "center" });
    element?.classList.add("marked");
    element?.addEventListener("animationend", () => element.classList.remove("marked"), { once: true });
  }

  /** @param {Message[]} messages */
  #start(messages) {
    for (const message of messages) this.#messages.set(message.message_id, message);
    this.#ids = messages.map((message) => message.message_id);
    this.#deliveredUpTo = messages.findLast((message) => !message.out)?.message_id ?? 0;
    this.#first = Math.max(0, this.#ids.length - PAGE);
    this.#days.replaceChildren(this.#draw(this.#first, this.#ids.length));
    this.#earlier.hidden = this.#first === 0;
    this.anchor.toEnd();
  }

  /**
   * Return the messages from index *from* to before *to* as day sections.
   *
   * @param {number} from
   * @param {number} to
   */
  #draw(from, to) {
    const days = document.createDocumentFragment();
    for (const id of this.#ids.slice(from, to)) {
      const message = this.#messages.get(id);
      if (message) place(days, this.#makeBubble(message), message.date);
    }
    return days;
  }

  #showEarlier() {
    if (this.#first === 0) return;
    const top = this.#days.firstElementChild;
    const from = Math.max(0, this.#first - PAGE);
    const drawn = this.#draw(from, this.#first);
    const distance = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    if (top && drawn.lastElementChild?.getAttribute("data-day") === top.getAttribute("data-day")) {
      const joined = [...(drawn.lastElementChild?.children ?? [])].slice(1);
      top.firstElementChild?.after(...joined);
      drawn.lastElementChild?.remove();
    }
    this.#days.prepend(drawn);
    this.#first = from;
    this.#earlier.hidden = from === 0;
    this.#scroller.scrollTop = this.#scroller.scrollHeight - distance;
  }

  /** Take the oldest messages out of the page; they come back when the reader scrolls up. */
  #trim() {
    const first = this.#ids.length - PAGE;
    for (const id of this.#ids.slice(this.#first, first)) this.#drop(id);
    this.#first = first;
    this.#earlier.hidden = false;
    this.anchor.toEnd();
  }

  /** @param {number} id */
  #drop(id) {
    const element = this.#bubbles.get(id)?.element;
    this.#bubbles.delete(id);
    const day = element?.parentElement;
    element?.remove();
    if (day?.childElementCount === 1) day.remove();
  }

  /** @param {Message} message */
  #makeBubble(message) {
    const bubble = new Bubble(message, this.botName);
    this.#bubbles.set(message.message_id, bubble);
    const delivered = Boolean(message.out) && message.message_id <= this.#deliveredUpTo;
    bubble.element.classList.toggle("delivered", delivered);
    return bubble;
  }
}

/**
 * Append a bubble to the last day section of *days*, or to a new one if its day is another.
 *
 * @param {ParentNode & Node} days
 * @param {Bubble} bubble
 * @param {number} date  in seconds
 */
function place(days, bubble, date) {
  const key = dayKey(date);
  let day = days.lastElementChild;
  if (day?.getAttribute("data-day") !== key) {
    // A new day turns "Today" into "Yesterday".
    for (const label of days.querySelectorAll(".day-label span")) {
      label.textContent = dayName(Number(label.getAttribute("data-date")));
    }
    const name = make("span", { "data-date": date }, dayName(date));
    day = make("section", { class: "day", "data-day": key }, make("p", { class: "day-label" }, name));
    days.append(day);
  }
  day.append(bubble.element);
}
