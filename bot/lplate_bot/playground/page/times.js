/** Say times and days as a messenger does, in the reader's own time zone. */

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const DAY_OF_YEAR = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const DAY_MS = 86_400_000;

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** @param {number} seconds  since the epoch */
export function clock(seconds) {
  return CLOCK.format(seconds * 1000);
}

/** @param {number} seconds  since the epoch */
export function fullTime(seconds) {
  return FULL.format(seconds * 1000);
}

/**
 * Return a key that is equal for two moments of one local day.
 *
 * @param {number} seconds  since the epoch
 */
export function dayKey(seconds) {
  return new Date(seconds * 1000).toDateString();
}

/**
 * Name the day: "Today", "Yesterday", "3 May", "3 May 2024".
 *
 * @param {number} seconds  since the epoch
 * @param {number} [nowMs]
 */
export function dayName(seconds, nowMs = Date.now()) {
  const day = new Date(seconds * 1000);
  const now = new Date(nowMs);
  if (day.toDateString() === now.toDateString()) return "Today";
  if (day.toDateString() === new Date(nowMs - DAY_MS).toDateString()) return "Yesterday";
  return (day.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR).format(day);
}

/**
 * Say how far a moment is away: "in 24 minutes", "3 days ago".
 *
 * @param {number} seconds  since the epoch
 * @param {number} [nowMs]
 */
export function relative(seconds, nowMs = Date.now()) {
  const away = seconds - nowMs / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(away) >= length) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(away / Number(size)), /** @type {Intl.RelativeTimeFormatUnit} */ (unit));
}

/**
 * Format a date_time entity.
 *
 * The format is the Bot API's: "r" relative; else any of w (weekday), d or D (date), t or T (time), where
 * the capital is the long form.
 *
 * @param {number} seconds  since the epoch
 * @param {string} format
 */
export function moment(seconds, format) {
  if (format.includes("r")) return relative(seconds);
  /** @type {Intl.DateTimeFormatOptions} */
  const wanted = {};
  if (format.includes("w")) wanted.weekday = "long";
  if (format.includes("d")) Object.assign(wanted, { day: "2-digit", month: "2-digit", year: "numeric" });
  if (format.includes("D")) Object.assign(wanted, { day: "numeric", month: "long", year: "numeric" });
  if (/[tT]/.test(format)) Object.assign(wanted, { hour: "2-digit", minute: "2-digit" });
  if (format.includes("T")) wanted.second = "2-digit";
  return new Intl.DateTimeFormat("en-GB", wanted).format(seconds * 1000);
}

/** Keep every relative time on the page true, once a second. */
export function tickRelativeTimes() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const said = relative(Number(node.getAttribute("data-relative")));
      if (node.textContent !== said) node.textContent = said;
    }
  }, 1000);
}
