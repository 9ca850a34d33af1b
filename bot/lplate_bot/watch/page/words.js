// Numbers as a person reads them; an unknown one is a dash.

const DASH = "–";
const GAP = "\u00a0"; // a number and its unit stay on one line

const rounded = (value, digits) =>
  value.toLocaleString("en", { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? Math.min(1, digits) : digits });

export const count = (value) => (value == null ? DASH : rounded(value, 1));

export function duration(seconds) {
  if (seconds == null) return DASH;
  if (seconds < 0.001) return `${rounded(seconds * 1e6, 0)}${GAP}µs`;
  if (seconds < 1) return `${rounded(seconds * 1e3, 1)}${GAP}ms`;
  return `${rounded(seconds, 2)}${GAP}s`;
}

export function bytes(value) {
  if (value == null) return DASH;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${rounded(value, unit > 2 ? 1 : 0)}${GAP}${units[unit]}`;
}

export const percent = (share) => (share == null ? DASH : `${rounded(share * 100, 1)}${GAP}%`);

export const perSecond = (value) => `${count(value)}/s`;

export const perMinute = (value) => count(value * 60);

export function age(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)}${GAP}s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
