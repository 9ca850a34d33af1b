/** Switch between light and dark. A choice equal to the system's is forgotten, so the page follows it again. */

import { remember } from "./memory.js";

const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** Return true if the page is dark now, by choice or by the system. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : systemDark.matches;
}

/** Change to the other theme and remember it. */
export function toggleTheme() {
  const dark = !isDark();
  const theme = dark === systemDark.matches ? null : dark ? "dark" : "light";
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  remember("theme", theme);
}
