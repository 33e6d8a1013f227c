/** The parts of a line that a live transcript and a result share. */

import { h } from "./dom.js";
import { clock } from "./formats.js";
import { t } from "./i18n.js";
import { PAUSE_S } from "./pause.js";
import { doubt, parts } from "./words.js";

/** A segment's paragraph: plain text but for words that the model doubts. */
export function paragraph(segment, props) {
  const isTimed = segment.words?.length > 0;
  return h("p", { ...props, class: isTimed ? "timed" : null }, ...pieces(segment));
}

function pieces(segment) {
  const made = [""];
  for (const { text, word } of parts(segment)) {
    const level = word ? doubt(word.probability) : 0;
    if (level) made.push(h("span", { dataset: { doubt: level } }, text), "");
    else made.push(made.pop() + text);
  }
  return made.filter((piece) => piece !== "");
}

/** When a line begins; its end is an attribute, which the style shows to those who want it. */
export function times({ start, end }, ...more) {
  return h("time", { dataset: { end: clock(end) } }, clock(start), ...more);
}

/**
 * The silence before a line; null: too short for a line of its own. It is the first part of the line
 * after it, so that both are drawn, split and joined together.
 * @param {{start: number, end: number}} span in s
 */
export function silenceLine(span) {
  return span.end - span.start < PAUSE_S ? null : h("div", { class: "silence" }, ...silence(span));
}

/** The text of a silence. */
export function silence({ start, end }) {
  return [h("span", { "data-t": "silence" }, t("silence")), ` ${clock(start)}–${clock(end)}`];
}
