/**
 * Show pictures and files. Space is reserved from the known size, so nothing jumps when bytes arrive.
 *
 * @import {Document, Message} from "./protocol.js"
 */

import { icon, make } from "./dom.js";
import { serverUrl } from "./server.js";

/** Taller or wider pictures are shown whole, with bars, in the nearest of these. */
const NARROWEST = 0.8;
const WIDEST = 3;

/**
 * Make the frame of a message's picture.
 *
 * @param {Message} message  with photo_url
 */
export function makePhoto(message) {
  const figure = make("figure", { class: "photo" }, make("button", { class: "view", type: "button" }));
  figure.classList.toggle("veiled", Boolean(message.has_media_spoiler));
  updatePhoto(figure, message);
  return figure;
}

/**
 * Put the message's picture into its frame; an older one stays until the new one has arrived.
 *
 * @param {HTMLElement} figure  from makePhoto
 * @param {Message} message
 */
export function updatePhoto(figure, message) {
  const { photo_url: url = "", photo_width: width = 4, photo_height: height = 3 } = message;
  const view = /** @type {HTMLElement} */ (figure.querySelector(".view"));
  view.setAttribute("aria-label", figure.classList.contains("veiled") ? "Hidden picture, show it" : "Enlarge the picture");
  figure.style.setProperty("--ratio", String(Math.min(WIDEST, Math.max(NARROWEST, width / height))));
  if (figure.dataset.url === url) return;
  figure.dataset.url = url;
  view.append(loading(url, width, height, figure));
}

/**
 * @param {string} url
 * @param {number} width
 * @param {number} height
 * @param {HTMLElement} figure
 */
function loading(url, width, height, figure) {
  const image = make("img", { width, height, alt: "Picture", decoding: "async", draggable: "false" });
  image.addEventListener("load", () => {
    if (figure.dataset.url !== url) return image.remove();
    image.classList.add("ready");
    figure.classList.remove("failed");
    for (const other of figure.querySelectorAll("img")) if (other !== image) other.remove();
  });
  image.addEventListener("error", () => figure.classList.toggle("failed", figure.dataset.url === url));
  image.src = url;
  return image;
}

/**
 * Ask for a picture again that did not arrive.
 *
 * @param {HTMLElement} figure
 */
export function retryPhoto(figure) {
  const image = figure.querySelector("img");
  if (!image) return;
  figure.classList.remove("failed");
  image.src = image.src;
}

/**
 * Show a file as a row with its name and size, to be downloaded by a tap.
 *
 * @param {Document} file
 */
export function makeDocument(file) {
  const name = file.file_name ?? "file";
  return make(
    "a",
    { class: "file", href: serverUrl(`file/${encodeURIComponent(file.file_unique_id)}`).href, download: name },
    make("span", { class: "file-icon" }, icon("file")),
    make("span", { class: "file-name", dir: "auto" }, name),
    make("span", { class: "file-size" }, sizeName(file.file_size)),
  );
}

/** @param {number} [bytes] */
function sizeName(bytes) {
  if (bytes === undefined) return "";
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
