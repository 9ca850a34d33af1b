/** Remember small choices between visits; where storage is forbidden, forget them quietly. */

/** @param {string} key */
export function recall(key) {
  try {
    return localStorage.getItem(`lplate.${key}`);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string | null} value  null forgets
 */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(`lplate.${key}`);
    else localStorage.setItem(`lplate.${key}`, value);
  } catch {
    // The choice holds for this visit only.
  }
}
