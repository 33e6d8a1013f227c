/** Elements without HTML strings: text from people, files and servers always stays text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. `class`, `dataset`, `on…` and boolean attributes work as usual; strings among
 * the children become text nodes, null and false are left out.
 * @param {string} tag
 * @param {Record<string, any>} props
 * @param {...(Node|string|number|null|false)} children
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** Load all icons into the page, so that icons shown later do not need the server. */
export async function loadIcons() {
  const answer = await fetch("icons.svg");
  const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const sprite = document.importNode(drawing.documentElement, true);
  sprite.setAttribute("hidden", "");
  document.body.append(sprite);
}

/** An icon, which is hidden from screen readers, so the button needs a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** @returns {HTMLElement} */
export function find(selector, root = document) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`The page lacks ${selector}.`);
  return element;
}

/** Offer text or a blob as a download. */
export function download(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const url = URL.createObjectURL(blob);
  downloadFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Offer what an address of this page returns as a download. */
export function downloadFrom(url, name) {
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Show a short message at the lower edge; screen readers read it out. */
export function toast(text) {
  const place = find("#toasts");
  const note = h("p", { class: "toast" }, text);
  place.append(note);
  setTimeout(() => note.remove(), 4000);
}

/** Copy text, even on plain http, where browsers offer no clipboard API. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "unseen", value: text, readonly: true });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** 128 random bits in hexadecimal; `crypto.randomUUID` exists only on https. */
export function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
