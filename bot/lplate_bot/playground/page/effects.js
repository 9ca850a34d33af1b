/** Celebrate a message that was sent with an effect, as a passed mock exam is. */

import { make, prefersStillness } from "./dom.js";

/** The free effects of the Bot API, by message_effect_id. */
const EMOJI = new Map([
  ["5104841245755180586", "🔥"],
  ["5107584321108051014", "👍"],
  ["5104858069142078462", "👎"],
  ["5159385139981059251", "❤️"],
  ["5046509860389126442", "🎉"],
  ["5046589136895476101", "💩"],
]);

const PIECES = 24;

/**
 * Let the effect's emoji fly over the chat once.
 *
 * @param {HTMLElement} column
 * @param {string} effectId
 */
export function celebrate(column, effectId) {
  const emoji = EMOJI.get(effectId);
  if (!emoji || prefersStillness()) return;
  const layer = make("div", { class: "effect", "aria-hidden": "true" });
  column.append(layer);
  const flights = Array.from({ length: PIECES }, () => fly(layer, emoji));
  Promise.allSettled(flights).then(() => layer.remove());
}

/**
 * @param {HTMLElement} layer
 * @param {string} emoji
 */
function fly(layer, emoji) {
  const piece = make("span", {}, emoji);
  layer.append(piece);
  const across = (Math.random() - 0.5) * layer.clientWidth;
  const up = -layer.clientHeight * (0.35 + Math.random() * 0.5);
  const turn = (Math.random() - 0.5) * 240;
  return piece.animate(
    [
      { transform: "translate(0, 0) scale(0.3)", opacity: 0 },
      { transform: `translate(${across * 0.7}px, ${up}px) rotate(${turn}deg) scale(1)`, opacity: 1, offset: 0.45 },
      { transform: `translate(${across}px, ${up * 0.2}px) rotate(${turn * 2}deg) scale(0.9)`, opacity: 0 },
    ],
    { duration: 1400 + Math.random() * 900, easing: "cubic-bezier(.2,.7,.4,1)", fill: "both" },
  ).finished;
}
