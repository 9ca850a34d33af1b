/**
 * Turn a text and its Bot API entities into nodes.
 *
 * Nodes only: no listener is attached here (taps.js listens on the whole log), and no text is parsed as HTML.
 *
 * @import {Entity} from "./protocol.js"
 */

import { icon, make } from "./dom.js";
import { fullTime, moment } from "./times.js";

/** @typedef {Entity & {end: number}} Span */
/** @typedef {{root: Node, body: Node}} Frame  *root* goes into the text, children go into *body* */

const SAFE_PROTOCOLS = new Set(["http:", "https:", "tg:", "mailto:", "tel:"]);
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/** @type {Record<string, keyof HTMLElementTagNameMap>} */
const PLAIN_TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };

/**
 * Return *text* as nodes. Overlapping entities are split, unknown ones shown as plain text.
 *
 * @param {string} text
 * @param {Entity[]} [entities]
 */
export function renderText(text, entities = []) {
  const spans = entities
    .map((entity) => ({ ...entity, end: entity.offset + entity.length }))
    .sort((a, b) => a.offset - b.offset || b.end - a.end || Number(BLOCKS.has(b.type)) - Number(BLOCKS.has(a.type)));
  const fragment = document.createDocumentFragment();
  weave(fragment, text, 0, text.length, spans);
  return fragment;
}

/**
 * Return *raw* as an address that is safe to open, or null.
 *
 * @param {string} raw
 */
export function safeUrl(raw) {
  for (const candidate of [raw, `https://${raw}`]) {
    try {
      const url = new URL(candidate);
      if (SAFE_PROTOCOLS.has(url.protocol)) return url.href;
    } catch {
      // Not an address in this form; try the next.
    }
  }
  return null;
}

/**
 * Append text[from:to] to *parent*, each span wrapped around its part.
 *
 * @param {Node} parent
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {Span[]} spans  by offset, outer before inner
 */
function weave(parent, text, from, to, spans) {
  let at = from;
  let rest = spans;
  while (rest.length > 0) {
    const [span, ...others] = rest;
    const start = Math.max(span.offset, at);
    const end = Math.min(span.end, to);
    rest = others;
    if (start >= end) continue;
    appendText(parent, text.slice(at, start));
    const inner = others.filter((other) => other.offset < end);
    // What reaches over the end of its neighbour goes on behind it.
    const tails = inner.filter((other) => other.end > end).map((other) => ({ ...other, offset: end }));
    rest = [...tails, ...others.slice(inner.length)];
    const { root, body } = frame(span, text.slice(start, end));
    weave(body, text, start, end, inner);
    parent.appendChild(root);
    // A block ends its line by itself: the line feed behind it would show as an empty line.
    at = BLOCKS.has(span.type) && text[end] === "\n" ? end + 1 : end;
  }
  appendText(parent, text.slice(at, to));
}

/**
 * @param {Node} parent
 * @param {string} text
 */
function appendText(parent, text) {
  if (text) parent.appendChild(document.createTextNode(text));
}

/**
 * Return the element that shows one entity.
 *
 * @param {Span} span
 * @param {string} text  what the entity covers
 * @returns {Frame}
 */
function frame(span, text) {
  const tag = PLAIN_TAGS[span.type];
  if (tag) return same(make(tag));
  switch (span.type) {
    case "spoiler":
      return same(make("span", { class: "spoiler", role: "button", tabindex: 0, "aria-label": "Hidden text, show it" }));
    case "pre":
      return codeBlock(span.language);
    case "blockquote":
      return same(make("blockquote"));
    case "expandable_blockquote":
      return expandableQuote();
    case "bot_command":
      return same(make("span", { class: "command", role: "button", tabindex: 0, "data-command": text }));
    case "date_time":
      return dateTime(span, text);
    case "hashtag":
    case "cashtag":
    case "text_mention":
      return same(make("span", { class: "tag" }));
    default:
      return link(span, text);
  }
}

/**
 * @param {HTMLElement} node
 * @returns {Frame}
 */
function same(node) {
  return { root: node, body: node };
}

/**
 * @param {Span} span
 * @param {string} text
 * @returns {Frame}
 */
function link(span, text) {
  const address = addressOf(span, text);
  const href = address === null ? null : safeUrl(address);
  if (href === null) return same(make("span"));
  return same(make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }));
}

/**
 * @param {Span} span
 * @param {string} text
 */
function addressOf(span, text) {
  switch (span.type) {
    case "url":
      return text;
    case "text_link":
      return span.url ?? null;
    case "mention":
      return `https://t.me/${text.slice(1)}`;
    case "email":
      return `mailto:${text}`;
    case "phone_number":
      return `tel:${text.replace(/[^+\d]/g, "")}`;
    default:
      return null;
  }
}

/**
 * @param {string} [language]
 * @returns {Frame}
 */
function codeBlock(language) {
  const code = make("code");
  return { root: make("pre", { "data-language": language }, code), body: code };
}

/** @returns {Frame} */
function expandableQuote() {
  const quoted = make("div", { class: "quoted" });
  const expand = make("button", { class: "expand", type: "button", "aria-expanded": "false" });
  expand.setAttribute("aria-label", "Show the whole quote");
  expand.append(icon("chevron"));
  return { root: make("blockquote", { class: "expandable" }, quoted, expand), body: quoted };
}

/**
 * @param {Span} span
 * @param {string} text  shown if the entity names no moment
 * @returns {Frame}
 */
function dateTime(span, text) {
  if (span.unix_time === undefined) return same(make("span"));
  const format = span.date_time_format ?? "";
  const node = make("time", { title: fullTime(span.unix_time) }, format ? moment(span.unix_time, format) : text);
  if (format.includes("r")) node.dataset.relative = String(span.unix_time);
  return { root: node, body: document.createDocumentFragment() };
}
