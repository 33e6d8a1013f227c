/** The caption page: shows the text of the live page whose room is in the address. */

import { events } from "./api.js";
import { find, h } from "./dom.js";
import { t, translate } from "./i18n.js";

const query = new URLSearchParams(location.search);
/** Styles that the address may set, with patterns for their values, which go into the CSS. */
const STYLES = {
  size: /^\d+(\.\d+)?(px|vmin|vh|vw|rem)$/,
  background: /^(transparent|[a-z]+|#[0-9a-f]{3,8})$/i,
  color: /^([a-z]+|#[0-9a-f]{3,8})$/i,
  lines: /^[1-9]\d?$/,
  align: /^(left|center|right)$/,
};
/** Seconds without a new word after which captions disappear; `fade=0`: they stay. */
const FADE_S = 8;
const fadeS = /^\d{1,4}$/.test(query.get("fade") ?? "") ? Number(query.get("fade")) : FADE_S;
/** Finals that have disappeared; they do not return with the next words. */
let gone = [];
let shown = [];
let timer = 0;
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

/** One final: the speaker if it differs from the one before, the text, and its translation. */
function said({ text, translation, speaker }, before) {
  const begins = speaker && speaker !== before?.speaker;
  return [
    h("p", {}, begins && h("b", { class: "who" }, `${speaker}: `), text),
    translation && h("p", { class: "translation", lang: "en" }, translation),
  ].filter(Boolean);
}

/** The `finals` after those that have disappeared: each update contains the latest few. */
function newer(finals) {
  const key = (line) => JSON.stringify(line);
  for (let from = 0; from < gone.length; from += 1) {
    const rest = gone.slice(from).map(key);
    if (rest.every((line, index) => finals[index] && key(finals[index]) === line)) {
      return finals.slice(rest.length);
    }
  }
  return finals;
}

function show({ finals: all, partial }) {
  wait.textContent = "";
  const finals = newer(all);
  shown = all;
  const stable = partial ? partial.stable : "";
  const text = partial ? partial.text : "";
  captions.replaceChildren(
    ...finals.flatMap((line, index) => said(line, finals[index - 1])),
    ...(text.trim()
      ? [h("p", {}, stable, h("span", { class: "pale" }, text.slice(stable.length)))]
      : []),
  );
  captions.classList.remove("faded");
  clearTimeout(timer);
  if (fadeS) timer = setTimeout(fade, 1000 * fadeS);
}

function fade() {
  gone = shown;
  captions.classList.add("faded");
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
