/**
 * Show who is talking: the bot with its status, the learner this chat belongs to, and the menus.
 *
 * @import {Item} from "./menu.js"
 * @import {Bot, User} from "./protocol.js"
 */

import { part } from "./dom.js";
import { hueOf } from "./learners.js";
import { attachMenu } from "./menu.js";

/** How long a chat action shows unless a message ends it; the Bot API says five seconds. */
const ACTION_MS = 5000;

/** @type {Record<string, string>} */
const ACTIONS = {
  typing: "typing…",
  upload_photo: "sending a picture…",
  upload_document: "sending a file…",
  upload_video: "sending a video…",
  record_voice: "recording…",
  upload_voice: "sending a recording…",
};

export class Header {
  #column;
  #name;
  #status;
  #chip;
  #state = "connecting…";
  #timer = 0;

  /**
   * @param {HTMLElement} column
   * @param {{learners: () => Item[], chat: () => Item[]}} menus
   */
  constructor(column, menus) {
    this.#column = column;
    this.#name = part(column, ".bot-name", HTMLElement);
    this.#status = part(column, ".status", HTMLElement);
    this.#chip = part(column, ".learner", HTMLButtonElement);
    attachMenu(this.#chip, "Test learners", menus.learners);
    attachMenu(part(column, ".more", HTMLButtonElement), "Chat", menus.chat);
  }

  /** @param {User} learner */
  setLearner(learner) {
    part(this.#chip, ".learner-name", HTMLElement).textContent = learner.first_name;
    const face = part(this.#chip, ".face", HTMLElement);
    face.textContent = learner.first_name.slice(0, 1).toUpperCase();
    face.style.setProperty("--hue", String(hueOf(learner)));
    this.#chip.setAttribute("aria-label", `Learner ${learner.first_name}, change learner`);
  }

  /** @param {Bot} bot */
  setBot(bot) {
    this.#name.textContent = bot.first_name;
    this.#name.title = `@${bot.username}`;
    part(this.#column, ".intro-name", HTMLElement).textContent = bot.first_name;
    part(this.#column, ".intro-text", HTMLElement).textContent = bot.description ?? "";
  }

  /** @param {"connecting…" | "online" | "offline" | "blocked"} state */
  setState(state) {
    this.#state = state;
    this.endAction();
  }

  /** @param {string} action  as in sendChatAction */
  showAction(action) {
    clearTimeout(this.#timer);
    this.#say(ACTIONS[action] ?? "busy…", "busy");
    this.#timer = window.setTimeout(() => this.endAction(), ACTION_MS);
  }

  endAction() {
    clearTimeout(this.#timer);
    this.#say(this.#state, this.#state.replace("…", ""));
  }

  /**
   * @param {string} text
   * @param {string} kind
   */
  #say(text, kind) {
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#status.dataset.kind = kind;
  }
}
