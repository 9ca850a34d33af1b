/**
 * Show a poll or quiz and let the learner vote.
 *
 * In a private chat the learner is the only voter: whatever has a vote has theirs.
 *
 * @import {Poll} from "./protocol.js"
 */

import { make } from "./dom.js";
import { renderText } from "./entities.js";

/** @param {Poll} poll */
export function makePoll(poll) {
  const voted = poll.total_voter_count > 0;
  const decided = poll.is_closed || (voted && !poll.allows_revoting);
  const options = poll.options.map((_, index) => makeOption(poll, index, decided));
  const kind = poll.type === "quiz" ? "Quiz" : "Poll";
  return make(
    "div",
    { class: "poll", role: "group", "aria-label": poll.question, "data-poll-id": poll.id },
    poll.description ? make("p", { dir: "auto" }, renderText(poll.description, poll.description_entities)) : null,
    make("p", { class: "poll-question", dir: "auto" }, poll.question),
    make("p", { class: "poll-kind" }, poll.is_closed ? `${kind}, closed` : kind),
    ...options,
    poll.allows_multiple_answers && !decided ? make("button", { class: "vote", type: "button" }, "Vote") : null,
    decided && poll.explanation
      ? make("p", { class: "poll-explanation", dir: "auto" }, renderText(poll.explanation, poll.explanation_entities))
      : null,
  );
}

/**
 * @param {Poll} poll
 * @param {number} index
 * @param {boolean} decided
 */
function makeOption(poll, index, decided) {
  const option = poll.options[index];
  const chosen = option.voter_count > 0;
  const right = decided && poll.correct_option_ids?.includes(index);
  const wrong = decided && chosen && poll.type === "quiz" && !right;
  const share = poll.total_voter_count ? Math.round((100 * option.voter_count) / poll.total_voter_count) : 0;
  const mark = right ? "✅ " : wrong ? "❌ " : "";
  return make(
    "button",
    {
      class: "option",
      type: "button",
      "data-option": index,
      "data-many": Boolean(poll.allows_multiple_answers),
      "aria-pressed": String(chosen),
      disabled: decided,
    },
    make("span", { dir: "auto" }, `${mark}${option.text}`),
    decided ? make("span", { class: "share" }, `${share} %`) : null,
  );
}

/**
 * Return what a tap inside a poll votes for, or null if it only marks an option.
 *
 * @param {HTMLElement} target  an option or the vote button
 * @returns {{poll_id: string, option_ids: number[]} | null}
 */
export function voteOf(target) {
  const poll = target.closest(".poll");
  if (!(poll instanceof HTMLElement)) return null;
  if (target.matches("[data-many]")) {
    target.setAttribute("aria-pressed", String(target.getAttribute("aria-pressed") !== "true"));
    return null;
  }
  const chosen = target.matches(".option") ? [target] : [...poll.querySelectorAll('.option[aria-pressed="true"]')];
  if (chosen.length === 0) return null;
  return { poll_id: poll.dataset.pollId ?? "", option_ids: chosen.map((node) => Number(node.getAttribute("data-option"))) };
}
