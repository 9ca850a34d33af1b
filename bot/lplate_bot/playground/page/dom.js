/** Build and find elements. Text always enters as text nodes, so nothing remote is ever parsed as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element with attributes and children; undefined and false attributes are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * Make an icon from the symbols in index.html, hidden from screen readers.
 *
 * @param {string} name  the symbol's id
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/**
 * Return the one descendant of *root* that *selector* names.
 *
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${selector}`);
  return found;
}

/**
 * Copy a template of index.html.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function copyOf(id) {
  const template = part(document, `#${id}`, HTMLTemplateElement);
  const root = document.importNode(template.content, true).firstElementChild;
  if (!(root instanceof HTMLElement)) throw new Error(`the template ${id} is empty`);
  return root;
}

/** Return true if the reader asked their system for less motion. */
export function prefersStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
