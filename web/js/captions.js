/** The caption page: shows the words of the live page whose room is in the address. */

import { events } from "./api.js";
import { find, h } from "./dom.js";
import { t, translate } from "./i18n.js";

const query = new URLSearchParams(location.search);
/** What the address may set, and what it must look like: it goes into the style. */
const STYLES = {
  size: /^\d+(\.\d+)?(px|vmin|vh|vw|rem)$/,
  background: /^(transparent|[a-z]+|#[0-9a-f]{3,8})$/i,
  color: /^([a-z]+|#[0-9a-f]{3,8})$/i,
  lines: /^[1-9]\d?$/,
  align: /^(left|center|right)$/,
};
const captions = find("#captions");
const wait = find("#wait");

function style() {
  for (const [name, allowed] of Object.entries(STYLES)) {
    const value = query.get(name);
    if (value && allowed.test(value))
      document.documentElement.style.setProperty(`--${name}`, value);
  }
  const clear = query.get("background") === "transparent";
  document.documentElement.classList.toggle("outlined", clear);
}

/** One final: who says it, where somebody else did before; its words, and what they mean. */
function said({ text, translation, speaker }, before) {
  const begins = speaker && speaker !== before?.speaker;
  return [
    h("p", {}, begins && h("b", { class: "who" }, `${speaker}: `), text),
    translation && h("p", { class: "translation", lang: "en" }, translation),
  ].filter(Boolean);
}

function show({ finals, partial }) {
  wait.textContent = "";
  const stable = partial ? partial.stable : "";
  const text = partial ? partial.text : "";
  captions.replaceChildren(
    ...finals.flatMap((line, index) => said(line, finals[index - 1])),
    ...(text.trim()
      ? [h("p", {}, stable, h("span", { class: "pale" }, text.slice(stable.length)))]
      : []),
  );
}

style();
translate();
find("#title").textContent = t("captions");
document.title = t("captions");
const room = query.get("room") ?? "";
wait.textContent = /^[0-9a-f]{32}$/.test(room) ? t("captions.wait") : t("captions.none");
if (room)
  events(
    `api/captions/${encodeURIComponent(room)}`,
    (_, words) => show(words),
    new AbortController().signal,
  );
