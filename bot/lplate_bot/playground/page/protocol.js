/**
 * Describe what travels between the playground server and this page.
 *
 * Objects of the Bot API keep its names and meaning; only the fields this page reads are listed.
 *
 * @typedef {object} User
 * @property {number} id
 * @property {string} first_name
 * @property {string} [last_name]
 * @property {string} [username]
 * @property {string} [language_code]
 *
 * @typedef {{command: string, description: string}} Command
 *
 * @typedef {object} Bot
 * @property {number} id
 * @property {string} username
 * @property {string} first_name
 * @property {string} [description]
 * @property {Command[]} [commands]
 * @property {boolean} [online]
 *
 * @typedef {object} Entity
 * @property {string} type
 * @property {number} offset  in UTF-16 code units, as JavaScript counts
 * @property {number} length
 * @property {string} [url]
 * @property {string} [language]
 * @property {number} [unix_time]
 * @property {string} [date_time_format]
 *
 * @typedef {object} Key  a button of an inline keyboard
 * @property {string} text
 * @property {string} [callback_data]
 * @property {string} [url]
 * @property {"danger" | "success" | "primary"} [style]
 * @property {{text: string}} [copy_text]
 * @property {object} [disabled]
 *
 * @typedef {object} Markup  any of the four kinds of reply markup
 * @property {Key[][]} [inline_keyboard]
 * @property {(string | {text: string})[][]} [keyboard]
 * @property {boolean} [one_time_keyboard]
 * @property {boolean} [is_persistent]
 * @property {boolean} [remove_keyboard]
 * @property {boolean} [force_reply]
 * @property {string} [input_field_placeholder]
 *
 * @typedef {object} PollOption
 * @property {string} text
 * @property {number} voter_count
 *
 * @typedef {object} Poll
 * @property {string} id
 * @property {string} question
 * @property {PollOption[]} options
 * @property {number} total_voter_count
 * @property {boolean} is_closed
 * @property {"regular" | "quiz"} type
 * @property {boolean} [allows_multiple_answers]
 * @property {number[]} [correct_option_ids]
 * @property {boolean} [allows_revoting]
 * @property {string} [description]
 * @property {Entity[]} [description_entities]
 * @property {string} [explanation]
 * @property {Entity[]} [explanation_entities]
 *
 * @typedef {object} Document
 * @property {string} file_unique_id
 * @property {string} [file_name]
 * @property {number} [file_size]
 *
 * @typedef {object} Message
 * @property {number} message_id
 * @property {number} date  in seconds
 * @property {{is_bot: boolean}} [from]
 * @property {boolean} [out]  written by the learner
 * @property {number} [edit_date]
 * @property {string} [text]
 * @property {Entity[]} [entities]
 * @property {string} [caption]
 * @property {Entity[]} [caption_entities]
 * @property {boolean} [show_caption_above_media]
 * @property {boolean} [has_media_spoiler]
 * @property {boolean} [has_protected_content]
 * @property {object[]} [photo]
 * @property {string} [photo_url]
 * @property {number} [photo_width]
 * @property {number} [photo_height]
 * @property {Document} [document]
 * @property {Poll} [poll]
 * @property {Markup} [reply_markup]
 * @property {Message} [reply_to_message]
 * @property {Message} [pinned_message]
 * @property {string} [effect_id]
 * @property {string} [reaction]  the emoji the bot reacted with
 *
 * @typedef {object} Hello
 * @property {"hello"} type
 * @property {User} learner
 * @property {Bot} bot
 * @property {Message[]} messages
 * @property {boolean} blocked
 *
 * @typedef {object} Answer
 * @property {"answer"} type
 * @property {string} [ref]
 * @property {string | null} [text]
 * @property {boolean} [show_alert]
 * @property {string | null} [url]
 *
 * @typedef {Hello
 *   | Answer
 *   | {type: "done", ref?: string}
 *   | {type: "error", ref?: string, text: string}
 *   | {type: "message", message: Message}
 *   | {type: "edited", message: Message}
 *   | {type: "deleted", message_ids: number[]}
 *   | {type: "expired", ref?: string}
 *   | {type: "action", action: string}
 *   | {type: "reaction", message_id: number, emoji: string | null}
 *   | {type: "bot", online: boolean}
 *   | {type: "update_status", delivered: boolean}} ServerFrame
 *
 * @typedef {{type: "send", text: string, reply_to_message_id?: number}
 *   | {type: "press", message_id: number, data: string}
 *   | {type: "vote", poll_id: string, option_ids: number[]}
 *   | {type: "block", blocked: boolean}
 *   | {type: "start", parameter: string}
 *   | {type: "clear"}} ClientFrame
 */

export {};
