/** Recognise links to the bot of this chat, and copy to the clipboard. */

/**
 * Return the start parameter of *address* if it is a deep link to the bot, else null.
 *
 * @param {string} address  as https://t.me/NAME?start=PARAMETER or tg://resolve?domain=NAME&start=PARAMETER
 * @param {string} username  of the bot
 */
export function startParameter(address, username) {
  const url = new URL(address);
  const inApp = url.protocol === "tg:";
  if (!inApp && url.hostname !== "t.me") return null;
  const name = inApp ? url.searchParams.get("domain") : url.pathname.slice(1);
  return name?.toLowerCase() === username.toLowerCase() ? url.searchParams.get("start") : null;
}

/**
 * Copy *text* and return what to tell the learner.
 *
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    return "This browser does not let the page copy.";
  }
}
