/**
 * Say a message in plain words: for quotes, replies and screen readers.
 *
 * @import {Message} from "./protocol.js"
 */

/** Kinds of content that are only named. */
const OTHER_KINDS = /** @type {const} */ ([
  "animation", "video", "voice", "audio", "sticker", "video_note", "location", "venue", "contact", "dice", "invoice",
]);

/**
 * Return the words of a message, or what it is instead of words.
 *
 * @param {Message} message
 * @returns {string}
 */
export function wordsOf(message) {
  const { text, caption, poll, photo, document: file } = message;
  return text ?? caption ?? poll?.question ?? (photo ? "Picture" : (file?.file_name ?? standIn(message)));
}

/**
 * Return a sentence in place of content that has no words and is not shown; empty if there is nothing to say.
 *
 * @param {Message} message
 * @returns {string}
 */
export function standIn(message) {
  if (message.pinned_message) return `📌 Pinned: ${wordsOf(message.pinned_message)}`;
  const kind = OTHER_KINDS.find((name) => name in message);
  return kind ? `This message is of the kind “${kind}”, which the playground does not show.` : "";
}
