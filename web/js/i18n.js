/** Texts in the reader's language. `data-t="key"` fills an element, `data-t-label` its label. */

import en from "./lang/en.js";
import ko from "./lang/ko.js";

const TEXTS = { en, ko };
const STORED = "language";
const listeners = new Set();

export let language = pick();

function pick() {
  const stored = localStorage.getItem(STORED);
  if (stored in TEXTS) return stored;
  return navigator.languages.some((code) => code.toLowerCase().startsWith("ko")) ? "ko" : "en";
}

/**
 * The text of a key such as `live.start`; `{name}` in it is replaced by `values.name`.
 * @param {string} key
 * @param {Record<string, string|number>} values
 */
export function t(key, values = {}) {
  const text = TEXTS[language][key] ?? TEXTS.en[key];
  if (text === undefined) throw new Error(`There is no text for ${key}.`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Whether a key has a text. */
export function has(key) {
  return key in TEXTS.en;
}

/** Call `fill` now and whenever the language changes. */
export function onLanguage(fill) {
  listeners.add(fill);
  fill();
}

export function setLanguage(code) {
  language = code;
  localStorage.setItem(STORED, code);
  for (const fill of listeners) fill();
}

/** Fill the marked elements below `root`. */
export function translate(root = document) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    if (!element.matches("input, select, textarea, section, nav, aside, [role]")) {
      element.title = t(element.dataset.tLabel);
    }
  }
  for (const element of root.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
}

/** A date and time in the reader's format. @param {number} ms since 1970 */
export function dateTime(ms) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(ms);
}

/** A duration with its unit, such as `2.4 s` or `2.4초`. */
export function seconds(value) {
  const style = { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, style).format(value).replace("sec", "s");
}

/** The name of a language in the reader's language, such as 한국어 or Korean. */
export function languageName(code) {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
