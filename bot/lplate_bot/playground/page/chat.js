/**
 * Be one learner's chat with the bot: what the server says goes into the view, what the learner does goes out.
 *
 * @import {Desk} from "./columns.js"
 * @import {Item} from "./menu.js"
 * @import {Answer, Bot, ClientFrame, Hello, Message, ServerFrame, User} from "./protocol.js"
 * @import {Outcome} from "./socket.js"
 */

import { Composer } from "./composer.js";
import { alertDialog, confirmDialog, enlarge } from "./dialogs.js";
import { copyOf, part } from "./dom.js";
import { celebrate } from "./effects.js";
import { Header } from "./header.js";
import { copyText, startParameter } from "./links.js";
import { Outbox } from "./outbox.js";
import { Presses } from "./presses.js";
import { getJson, serverUrl } from "./server.js";
import { LearnerSocket } from "./socket.js";
import { listenForTaps } from "./taps.js";
import { isDark, toggleTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { toast } from "./toast.js";
import { wordsOf } from "./words.js";

const LONGEST_ANNOUNCEMENT = 600;

export class Chat {
  /** @type {Bot} */
  #bot = { id: 0, username: "", first_name: "L-plate", online: false };
  #blocked = false;
  #greeted = false;
  #desk;
  #start;
  #header;
  #timeline;
  #composer;
  #socket;
  #presses;
  #outbox;

  /**
   * @param {User} learner
   * @param {Desk} desk
   * @param {string | null} start  the parameter of a deep link that was opened, not yet used
   */
  constructor(learner, desk, start = null) {
    this.learner = learner;
    this.#desk = desk;
    this.#start = start;
    this.element = copyOf("column");
    this.element.dataset.learnerId = String(learner.id);
    this.element.setAttribute("aria-label", `Chat of ${learner.first_name}`);
    part(this.element, ".scroller", HTMLElement).setAttribute("aria-label", `Messages of ${learner.first_name}`);
    this.#header = new Header(this.element, {
      learners: () => desk.learnerItems(this),
      chat: () => this.#menuItems(),
    });
    this.#header.setLearner(learner);
    this.#timeline = new Timeline(this.element);
    this.#composer = new Composer(this.element, (text, replyTo) => this.#post(text, replyTo));
    this.#socket = new LearnerSocket(learner.id, (frame) => this.#receive(frame), () => this.#lose());
    this.#presses = new Presses(this.#socket);
    this.#outbox = new Outbox(this.#timeline, this.#socket, (reason) => this.#toast(`Not sent: ${reason}`));
    this.#listen();
  }

  /** Put the keyboard focus where the learner acts next; not on a phone, where it would open the keyboard. */
  focus() {
    if (!matchMedia("(hover: hover) and (pointer: fine)").matches) return;
    const start = part(this.element, ".start-button", HTMLButtonElement);
    if (start.hidden) this.#composer.focus();
    else start.focus();
  }

  close() {
    this.#socket.close();
    this.element.remove();
  }

  #listen() {
    part(this.element, ".start-button", HTMLButtonElement).addEventListener("click", () => this.#pressStart());
    part(this.element, ".unblock", HTMLButtonElement).addEventListener("click", () => this.#block(false));
    listenForTaps(part(this.element, ".log", HTMLElement), {
      press: async (id, button) => this.#complain(await this.#presses.press(id, button)),
      command: (text) => this.#post(text),
      follow: (url) => this.#follow(url),
      copy: async (text) => this.#toast(await copyText(text)),
      vote: (vote) => this.#ask({ type: "vote", ...vote }),
      enlarge,
      jump: (id) => this.#timeline.jumpTo(id),
      reply: (id) => this.#composer.replyTo(this.#timeline.message(id)),
      retry: (bubble) => this.#outbox.retry(bubble),
    });
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    switch (frame.type) {
      case "hello":
        return this.#greet(frame);
      case "message":
        return this.#showNew(frame.message);
      case "edited":
        return this.#showEdit(frame.message);
      case "deleted":
        this.#timeline.remove(frame.message_ids);
        return this.#refresh();
      case "answer":
        return this.#showAnswer(frame);
      case "expired":
        this.#presses.release(frame.ref);
        return this.#toast("The bot did not answer.");
      case "action":
        return this.#header.showAction(frame.action);
      case "reaction":
        this.#timeline.markDelivered();
        return this.#timeline.react(frame.message_id, frame.emoji);
      case "bot":
        this.#bot.online = frame.online;
        if (frame.online) this.#loadBot();
        return this.#refresh();
      case "update_status":
        return frame.delivered ? this.#timeline.markDelivered() : undefined;
    }
  }

  /** @param {Hello} hello */
  #greet(hello) {
    const first = !this.#greeted;
    this.#greeted = true;
    this.#blocked = hello.blocked;
    this.#bot = { ...this.#bot, ...hello.bot };
    this.#timeline.botName = this.#bot.first_name;
    this.#header.setLearner(hello.learner);
    this.#timeline.sync(hello.messages);
    this.#outbox.resume(hello.messages);
    for (const message of hello.messages) if (!message.out) this.#composer.follow(message, false);
    this.#showBot();
    this.#refresh();
    this.#loadBot();
    if (first) this.#desk.onReady(this);
  }

  /** @param {Message} message */
  #showNew(message) {
    const own = Boolean(message.out);
    const expected = own && this.#outbox.confirm(message);
    this.#timeline.add(message, !expected);
    if (own) this.#timeline.anchor.toEnd();
    else {
      this.#timeline.markDelivered();
      this.#composer.follow(message, true);
      this.#announce(message);
      if (message.effect_id) celebrate(this.element, message.effect_id);
    }
    this.#refresh();
  }

  /** @param {Message} message */
  #showEdit(message) {
    const changed = this.#timeline.edit(message);
    if (message.out) return;
    this.#timeline.markDelivered();
    this.#header.endAction();
    if (changed) this.#announce(message);
  }

  /** @param {Answer} answer */
  #showAnswer(answer) {
    this.#presses.release(answer.ref);
    this.#timeline.markDelivered();
    if (answer.url && !this.#follow(answer.url)) open(answer.url, "_blank", "noopener,noreferrer");
    if (!answer.text) return;
    if (answer.show_alert) alertDialog(this.#bot.first_name, answer.text);
    else this.#toast(answer.text);
  }

  #lose() {
    this.#presses.releaseAll();
    this.#header.setState("connecting…");
  }

  /** @param {ClientFrame} frame  whose refusal is only told */
  async #ask(frame) {
    const outcome = await this.#socket.request(frame);
    this.#complain(outcome);
    return outcome === "done";
  }

  /** @param {Outcome} outcome */
  #complain(outcome) {
    if (outcome === "lost") this.#toast("Not connected to the playground.");
    else if (outcome !== "done") this.#toast(outcome.error);
  }

  /**
   * @param {string} text
   * @param {number} [replyTo]
   */
  #post(text, replyTo) {
    this.#outbox.post(text, replyTo);
    this.#refresh();
  }

  async #pressStart() {
    if (!(await this.#ask({ type: "start", parameter: this.#start ?? "" }))) return;
    this.#start = null;
    this.#desk.onStarted();
    this.#refresh();
    this.focus();
  }

  /** @param {boolean} blocked */
  async #block(blocked) {
    if (!(await this.#ask({ type: "block", blocked }))) return;
    this.#blocked = blocked;
    this.#refresh();
    this.focus();
  }

  async #clear() {
    const sure = await confirmDialog("Clear the chat?", "The messages go; what the bot knows about you stays.", "Clear");
    if (!sure || !(await this.#ask({ type: "clear" }))) return;
    this.#timeline.clear();
    this.#outbox.clear();
    this.#composer.reset();
    this.#refresh();
    this.focus();
  }

  /**
   * Open a link to this bot inside the chat; return false for any other.
   *
   * @param {string} address
   */
  #follow(address) {
    const parameter = startParameter(address, this.#bot.username);
    if (parameter !== null) this.#ask({ type: "start", parameter });
    return parameter !== null;
  }

  /** Ask for the commands, which depend on the learner's language. */
  async #loadBot() {
    const { id, language_code: language } = this.learner;
    try {
      const bot = await getJson(serverUrl("bot", { learner: id, language_code: language ?? "" }));
      this.#bot = { ...bot, online: this.#bot.online };
    } catch {
      return; // The server went away just now; the next hello asks again.
    }
    this.#showBot();
  }

  #showBot() {
    this.#header.setBot(this.#bot);
    this.#timeline.botName = this.#bot.first_name;
    this.#composer.commands.setCommands(this.#bot.commands ?? []);
    part(this.element, ".commands-toggle", HTMLElement).hidden = this.#composer.commands.isEmpty;
  }

  /** Show what fits the state: description and Start, composer, or unblocking. */
  #refresh() {
    if (!this.#greeted) return;
    const empty = this.#timeline.isEmpty;
    const start = !this.#blocked && (empty || this.#start !== null);
    part(this.element, ".intro", HTMLElement).hidden = !empty;
    part(this.element, ".start-button", HTMLElement).hidden = !start;
    part(this.element, ".unblock", HTMLElement).hidden = !this.#blocked;
    this.#composer.form.hidden = start || this.#blocked;
    const online = this.#bot.online ? "online" : "offline";
    this.#header.setState(this.#blocked ? "blocked" : this.#socket.isOpen ? online : "connecting…");
  }

  /** @returns {Item[]} */
  #menuItems() {
    const theme = isDark() ? "Light theme" : "Dark theme";
    const block = this.#blocked ? "Unblock the bot" : "Block the bot";
    return [
      { label: theme, icon: isDark() ? "sun" : "moon", run: toggleTheme },
      ...this.#desk.columnItems(this),
      { label: block, icon: "block", run: () => this.#block(!this.#blocked) },
      { label: "Clear the chat", icon: "bin", danger: true, run: () => this.#clear() },
    ];
  }

  /** @param {Message} message */
  #announce(message) {
    const words = wordsOf(message).slice(0, LONGEST_ANNOUNCEMENT);
    part(this.element, ".announcer", HTMLElement).textContent = `${this.#bot.first_name}: ${words}`;
  }

  /** @param {string} text */
  #toast(text) {
    toast(part(this.element, ".toasts", HTMLElement), text);
  }
}
