/**
 * Show one message, and show its edits in place.
 *
 * A part of the bubble is rebuilt only if what it shows has changed: a picture does not flicker when its
 * caption is edited, a spoiler the learner opened stays open.
 *
 * @import {Message} from "./protocol.js"
 */

import { icon, make } from "./dom.js";
import { renderText } from "./entities.js";
import { showKeyboard } from "./keyboard.js";
import { makeDocument, makePhoto, updatePhoto } from "./media.js";
import { makePoll } from "./polls.js";
import { clock, fullTime } from "./times.js";
import { standIn, wordsOf } from "./words.js";

const FADE_MS = 180;
const JUMBO = /^(?:\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|\ufe0f|[\u{1f3fb}-\u{1f3ff}])*){1,3}$/u;

/** A quote that fits its three lines needs no button; known only after layout, and again when the width changes. */
const quoteSizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.parentElement?.matches(".open")) continue;
    target.parentElement?.classList.toggle("short", target.scrollHeight <= target.clientHeight + 1);
  }
});

export class Bubble {
  /** @type {Map<string, {key: string, node: HTMLElement | null}>} */
  #parts = new Map();
  #balloon = make("div", { class: "balloon" });
  #keyboard = make("div", { class: "keyboard" });
  #botName;

  /**
   * @param {Message} message
   * @param {string} botName  for screen readers
   */
  constructor(message, botName) {
    this.message = message;
    this.#botName = botName;
    this.element = make("article", { class: `bubble ${message.out ? "out" : "in"}` });
    this.element.setAttribute("aria-label", message.out ? "You" : botName);
    const reply = make("button", { class: "reply-to", type: "button", "aria-label": "Reply" }, icon("reply"));
    this.element.append(reply, this.#balloon, this.#keyboard);
    this.update(message);
  }

  /**
   * Show a newer state of the message.
   *
   * @param {Message} message
   * @returns {boolean} true if its words have changed
   */
  update(message) {
    const before = this.#parts.get("text")?.key;
    this.message = { reaction: this.message.reaction, ...message };
    this.element.dataset.messageId = String(message.message_id);
    const layout = [
      this.#part("quote", message.reply_to_message, (replied) => makeQuote(replied, this.#botName)),
      this.#mediaPart(message),
      this.#part("poll", message.poll, makePoll),
      this.#textPart(message),
    ];
    if (message.show_caption_above_media) layout.reverse();
    this.#arrange([...layout, this.#part("reaction", this.message.reaction, makeReaction)]);
    const inline = message.reply_markup?.inline_keyboard ? message.reply_markup : undefined;
    showKeyboard(this.#keyboard, inline);
    this.element.classList.toggle("wide", Boolean(inline ?? message.poll ?? message.photo_url));
    this.element.classList.toggle("protected", Boolean(message.has_protected_content));
    const changed = before !== undefined && before !== this.#parts.get("text")?.key;
    if (changed) this.#parts.get("text")?.node?.animate([{ opacity: 0.2 }, { opacity: 1 }], FADE_MS);
    return changed;
  }

  /**
   * Show that the server did not take the message; the balloon becomes the button to try again.
   *
   * @param {boolean} refused
   */
  setRefused(refused) {
    this.element.classList.toggle("refused", refused);
    if (refused) {
      this.#balloon.setAttribute("role", "button");
      this.#balloon.setAttribute("tabindex", "0");
    } else {
      this.#balloon.removeAttribute("role");
      this.#balloon.removeAttribute("tabindex");
    }
  }

  /** @param {string | null} emoji */
  react(emoji) {
    this.update({ ...this.message, reaction: emoji ?? undefined });
  }

  /**
   * Put *nodes* into the balloon, touching it only if they are not there already.
   *
   * @param {(HTMLElement | null)[]} nodes
   */
  #arrange(nodes) {
    const wanted = nodes.filter((node) => node !== null);
    const there = this.#balloon.children;
    if (wanted.length === there.length && wanted.every((node, index) => there[index] === node)) return;
    this.#balloon.replaceChildren(...wanted);
    const bare = wanted.some((node) => node.matches(".photo")) && !wanted.some((node) => node.matches(".text.said"));
    this.#balloon.classList.toggle("bare", bare);
  }

  /**
   * Return the part called *name*, built anew only if *value* differs from what it shows.
   *
   * @template Value
   * @param {string} name
   * @param {Value | undefined} value
   * @param {(value: Value) => HTMLElement} build
   */
  #part(name, value, build) {
    const key = JSON.stringify(value) ?? "";
    const shown = this.#parts.get(name);
    if (shown && shown.key === key) return shown.node;
    const node = value === undefined ? null : build(value);
    this.#parts.set(name, { key, node });
    return node;
  }

  /** @param {Message} message */
  #mediaPart(message) {
    if (!message.photo_url) return this.#part("media", message.document, makeDocument);
    const shown = this.#parts.get("media");
    if (shown?.key === "photo" && shown.node) {
      updatePhoto(shown.node, message);
      return shown.node;
    }
    const node = makePhoto(message);
    this.#parts.set("media", { key: "photo", node });
    return node;
  }

  /** @param {Message} message */
  #textPart(message) {
    const { out, date } = message;
    const text = message.text ?? message.caption ?? standIn(message);
    const entities = message.entities ?? message.caption_entities;
    const edited = Boolean(out && message.edit_date);
    const opened = [...this.element.querySelectorAll(".spoiler.open")].map((node) => node.textContent);
    return this.#part("text", { text, entities, date, edited }, () => {
      const node = make("div", { class: text ? "text said" : "text", dir: "auto" }, renderText(text, entities));
      node.classList.toggle("jumbo", !entities?.length && JUMBO.test(text));
      for (const spoiler of node.querySelectorAll(".spoiler")) {
        if (opened.includes(spoiler.textContent)) openSpoiler(spoiler);
      }
      for (const quoted of node.querySelectorAll(".quoted")) quoteSizes.observe(quoted);
      node.append(makeMeta(date, edited, Boolean(out)));
      return node;
    });
  }
}

/**
 * Show the hidden words.
 *
 * @param {Element} spoiler
 */
export function openSpoiler(spoiler) {
  spoiler.classList.add("open");
  for (const name of ["role", "tabindex", "aria-label"]) spoiler.removeAttribute(name);
}

/**
 * @param {Message} replied
 * @param {string} botName
 */
function makeQuote(replied, botName) {
  const author = replied.from?.is_bot === false ? "You" : botName;
  return make(
    "button",
    { class: "quote", type: "button", "data-jump": replied.message_id, "aria-label": `In reply to: ${wordsOf(replied)}` },
    make("strong", {}, author),
    make("span", { dir: "auto" }, wordsOf(replied)),
  );
}

/** @param {string} emoji */
function makeReaction(emoji) {
  return make("div", { class: "reaction", role: "img", "aria-label": `Reaction: ${emoji}` }, emoji);
}

/**
 * @param {number} date
 * @param {boolean} edited
 * @param {boolean} out
 */
function makeMeta(date, edited, out) {
  const iso = new Date(date * 1000).toISOString();
  return make(
    "span",
    { class: "meta", dir: "ltr" },
    edited ? "edited " : null,
    make("time", { datetime: iso, title: fullTime(date) }, clock(date)),
    out ? make("span", { class: "ticks" }, icon("tick"), icon("ticks"), icon("waiting")) : null,
  );
}
