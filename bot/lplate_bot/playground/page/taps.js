/**
 * Decide what a tap in the log does. One listener serves every bubble, present and future.
 */

import { openSpoiler } from "./bubble.js";
import { retryPhoto } from "./media.js";
import { voteOf } from "./polls.js";

/**
 * @typedef {object} TapActions
 * @property {(messageId: number, button: HTMLElement) => void} press  a callback button
 * @property {(text: string) => void} command
 * @property {(url: string) => boolean} follow  returns true if the address was handled inside the page
 * @property {(text: string) => void} copy
 * @property {(vote: {poll_id: string, option_ids: number[]}) => void} vote
 * @property {(image: HTMLImageElement) => void} enlarge
 * @property {(messageId: number) => void} jump
 * @property {(messageId: number) => void} reply
 * @property {(bubble: Element) => void} retry
 */

const TAPPABLE = [
  ".spoiler:not(.open)", ".key", ".option", ".vote", ".command", ".expand", ".quote", ".view", ".reply-to",
  ".refused .balloon", "a[href]",
].join(", ");

/**
 * @param {HTMLElement} log
 * @param {TapActions} actions
 */
export function listenForTaps(log, actions) {
  log.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest(TAPPABLE) : null;
    if (target instanceof HTMLElement) tap(target, event, actions);
  });
  log.addEventListener("keydown", (event) => {
    const { target } = event;
    // Real buttons click by themselves; these are not, because a button cannot wrap over lines.
    if (!(target instanceof HTMLElement) || !target.matches("[role=button]")) return;
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    target.click();
  });
  log.addEventListener("dblclick", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target?.closest(".balloon") || target.closest("button, a, [role=button]")) return;
    getSelection()?.removeAllRanges();
    reply(target, actions);
  });
}

/**
 * @param {HTMLElement} target
 * @param {MouseEvent} event
 * @param {TapActions} actions
 */
function tap(target, event, actions) {
  if (target.matches(".spoiler")) {
    event.preventDefault();
    for (const spoiler of target.closest(".text")?.querySelectorAll(".spoiler") ?? []) openSpoiler(spoiler);
  } else if (target.matches(".key")) tapKey(target, actions);
  else if (target.matches(".option, .vote")) tapPoll(target, actions);
  else if (target.matches(".command")) actions.command(target.dataset.command ?? "");
  else if (target.matches(".expand")) expand(target);
  else if (target.matches(".quote")) actions.jump(Number(target.dataset.jump));
  else if (target.matches(".view")) tapPhoto(target, actions);
  else if (target.matches(".reply-to")) reply(target, actions);
  else if (target instanceof HTMLAnchorElement) {
    if (actions.follow(target.href)) event.preventDefault();
  } else actions.retry(/** @type {Element} */ (target.closest(".bubble")));
}

/**
 * @param {HTMLElement} button
 * @param {TapActions} actions
 */
function tapKey(button, actions) {
  const { callbackData, url, copy } = button.dataset;
  if (callbackData !== undefined) {
    if (button.getAttribute("aria-busy") !== "true") actions.press(idOf(button), button);
  } else if (url !== undefined) {
    if (!actions.follow(url)) open(url, "_blank", "noopener,noreferrer");
  } else if (copy !== undefined) actions.copy(copy);
}

/**
 * @param {HTMLElement} target
 * @param {TapActions} actions
 */
function tapPoll(target, actions) {
  const vote = voteOf(target);
  if (vote) actions.vote(vote);
}

/** @param {HTMLElement} button */
function expand(button) {
  const open = button.closest(".expandable")?.classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
  button.setAttribute("aria-label", open ? "Show less of the quote" : "Show the whole quote");
}

/**
 * @param {HTMLElement} view
 * @param {TapActions} actions
 */
function tapPhoto(view, actions) {
  const figure = /** @type {HTMLElement} */ (view.closest(".photo"));
  const image = view.querySelector("img");
  if (figure.classList.contains("failed")) retryPhoto(figure);
  else if (figure.classList.contains("veiled")) {
    figure.classList.remove("veiled");
    view.setAttribute("aria-label", "Enlarge the picture");
  } else if (image) actions.enlarge(image);
}

/**
 * @param {Element} target
 * @param {TapActions} actions
 */
function reply(target, actions) {
  const id = idOf(target);
  if (id) actions.reply(id);
}

/** @param {Element} node  inside a bubble */
function idOf(node) {
  return Number(node.closest(".bubble")?.getAttribute("data-message-id") ?? 0);
}
