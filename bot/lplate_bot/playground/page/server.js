/** Address the playground's server, relative to the page, so that it works behind any prefix. */

/**
 * Return the address of *path*; where several bots are served, of the one the page's own address names.
 *
 * @param {string} path
 * @param {Record<string, string | number>} [query]
 */
export function serverUrl(path, query = {}) {
  const url = new URL(`playground/${path}`, document.baseURI);
  const bot = new URLSearchParams(location.search).get("bot");
  if (bot) url.searchParams.set("bot", bot);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

/**
 * Return what the server says.
 *
 * @param {URL} url
 * @param {RequestInit} [request]
 */
export async function getJson(url, request) {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`${url.pathname}: the server answered ${response.status}`);
  return response.json();
}
