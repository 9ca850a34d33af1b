/**
 * Keep the open chats side by side: as many as fit, the ones used last.
 *
 * @import {Learners} from "./learners.js"
 * @import {Item} from "./menu.js"
 * @import {User} from "./protocol.js"
 */

import { Chat } from "./chat.js";
import { alertDialog, learnerDialog } from "./dialogs.js";
import { recall, remember } from "./memory.js";

/** A chat narrower than this, in pixels, is not put beside another. */
const NARROWEST_PX = 380;
const MOST = 3;

/**
 * What a chat may ask of the desk it lies on.
 *
 * @typedef {object} Desk
 * @property {(chat: Chat) => Item[]} learnerItems
 * @property {(chat: Chat) => Item[]} columnItems
 * @property {(chat: Chat) => void} onReady
 * @property {() => void} onStarted
 */

/** @implements {Desk} */
export class Columns {
  /** @type {Chat[]} from left to right */
  #chats = [];
  /** @type {Chat[]} last used first */
  #recent = [];
  /** @type {string | null} the parameter of a deep link still to be used */
  #start = null;
  #root;
  #learners;
  #add;

  /**
   * @param {HTMLElement} root
   * @param {Learners} learners  loaded
   * @param {HTMLButtonElement} add  opens another column
   */
  constructor(root, learners, add) {
    this.#root = root;
    this.#learners = learners;
    this.#add = add;
    add.addEventListener("click", () => this.#openAnother());
    addEventListener("resize", () => this.#arrange());
    root.addEventListener("focusin", (event) => {
      const used = this.#chats.find(({ element }) => element.contains(/** @type {Node} */ (event.target)));
      if (used) this.#use(used);
    });
  }

  /**
   * Open the learners the address names, else those of the last visit, else the first one.
   *
   * @param {URLSearchParams} address  with ?learner=ID, repeatable, and perhaps start=PARAMETER for the first
   */
  restore(address) {
    const named = address.getAll("learner");
    const wanted = (named.length > 0 ? named : (recall("learners") ?? "").split(",")).map(Number);
    const known = [...new Set(wanted)].map((id) => this.#learners.find(id)).filter((learner) => learner !== undefined);
    const opened = known.length > 0 ? known.slice(0, MOST) : this.#learners.all.slice(0, 1);
    this.#start = address.get("start");
    this.#root.replaceChildren();
    opened.forEach((learner, index) => this.#open(learner, index === 0 ? this.#start : null));
    if (this.#chats.length > 0) this.#use(this.#chats[0]);
    else this.#arrange();
  }

  /** @param {Chat} chat */
  onReady(chat) {
    if (chat === this.#recent[0] && document.activeElement === document.body) chat.focus();
  }

  /** Forget the deep link, so that a reload does not offer it again. */
  onStarted() {
    this.#start = null;
    this.#remember();
  }

  /**
   * @param {Chat} chat
   * @returns {Item[]}
   */
  learnerItems(chat) {
    const items = this.#learners.all.map((learner) => ({
      label: [learner.first_name, learner.last_name].filter(Boolean).join(" "),
      hint: learner.language_code,
      checked: learner.id === chat.learner.id,
      run: () => this.#switch(chat, learner),
    }));
    return [...items, { label: "New learner…", icon: "plus", run: () => this.#create((learner) => this.#switch(chat, learner)) }];
  }

  /**
   * @param {Chat} chat
   * @returns {Item[]}
   */
  columnItems(chat) {
    /** @type {Item[]} */
    const items = [];
    if (this.#fits) items.push({ label: "Another learner beside", icon: "plus", run: () => this.#openAnother() });
    if (this.#chats.length > 1) items.push({ label: "Close this column", icon: "close", run: () => this.#close(chat) });
    return items;
  }

  get #capacity() {
    return Math.max(1, Math.min(MOST, Math.floor(innerWidth / NARROWEST_PX)));
  }

  get #fits() {
    return this.#chats.length < this.#capacity;
  }

  /**
   * @param {User} learner
   * @param {string | null} [start]
   */
  #open(learner, start = null) {
    const chat = new Chat(learner, this, start);
    this.#chats.push(chat);
    this.#root.append(chat.element);
    this.#use(chat);
    this.#remember();
    return chat;
  }

  #openAnother() {
    const free = this.#learners.all.find(({ id }) => !this.#chats.some(({ learner }) => learner.id === id));
    if (free) this.#open(free).focus();
    else this.#create((learner) => this.#open(learner).focus());
  }

  /**
   * Show another learner in the place of *chat*; one that is open already changes places with it.
   *
   * @param {Chat} chat
   * @param {User} learner
   */
  #switch(chat, learner) {
    if (learner.id === chat.learner.id) return;
    const twin = this.#chats.find((other) => other.learner.id === learner.id);
    const fresh = twin ?? new Chat(learner, this);
    if (twin) this.#swap(chat, twin);
    else {
      chat.element.replaceWith(fresh.element);
      this.#chats[this.#chats.indexOf(chat)] = fresh;
      this.#forget(chat);
    }
    this.#use(fresh);
    this.#remember();
    fresh.focus();
  }

  /**
   * @param {Chat} one
   * @param {Chat} other
   */
  #swap(one, other) {
    const [here, there] = [this.#chats.indexOf(one), this.#chats.indexOf(other)];
    [this.#chats[here], this.#chats[there]] = [other, one];
  }

  /** @param {Chat} chat */
  #close(chat) {
    this.#chats = this.#chats.filter((other) => other !== chat);
    this.#forget(chat);
    this.#arrange();
    this.#remember();
    this.#recent[0]?.focus();
  }

  /** @param {Chat} chat */
  #forget(chat) {
    this.#recent = this.#recent.filter((other) => other !== chat);
    chat.close();
  }

  /** @param {(learner: User) => void} then */
  async #create(then) {
    const wanted = await learnerDialog();
    if (!wanted) return;
    try {
      then(await this.#learners.create(wanted));
    } catch (error) {
      await alertDialog("The learner was not added", String(error));
    }
  }

  /** @param {Chat} chat */
  #use(chat) {
    this.#recent = [chat, ...this.#recent.filter((other) => other !== chat)];
    this.#arrange();
  }

  #arrange() {
    const shown = this.#recent.slice(0, this.#capacity);
    this.#chats.forEach((chat, index) => {
      chat.element.hidden = !shown.includes(chat);
      // Order by style alone: moving the nodes would lose their scroll position.
      chat.element.style.order = String(index);
    });
    this.#add.hidden = this.#chats.length > 0 && (!this.#fits || this.#capacity === 1);
  }

  /** Write the open learners into the address and keep them for the next visit. */
  #remember() {
    const ids = this.#chats.map(({ learner }) => learner.id);
    const address = new URLSearchParams(location.search);
    address.delete("learner");
    for (const id of ids) address.append("learner", String(id));
    if (!this.#start) address.delete("start");
    history.replaceState(null, "", `?${address}`);
    remember("learners", ids.join(","));
  }
}
