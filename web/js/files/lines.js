/** One segment of a result: its time, speaker and text. */

import { h } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";
import { labelOf, voiced } from "../label.js";
import { paragraph, silenceLine, times } from "../line.js";
import { commentsOf } from "./commenting.js";

/**
 * @param {{segment: object, before: object|undefined, since: number}} place `before`: the segment
 *   before; `since`: when the speech before ended, in s
 * @param {import("../label.js").Voices} voices
 * @param {boolean} isEditable whether the text can get the focus, for corrections
 * @param {{of: (segment: object) => string|undefined, language: string}} translation
 */
export function resultLine({ segment, before, since }, voices, isEditable, translation) {
  const { class: kind, dataset } = voiced(segment, before);
  const time = clock(segment.start);
  const translated = translation.of(segment);
  return h(
    "div",
    { class: kind, dataset: { ...dataset, start: segment.start, end: segment.end } },
    silenceLine({ start: since, end: segment.start }),
    labelOf(segment, before, voices),
    h(
      "button",
      { type: "button", class: "plain from", "aria-label": t("player.from", { time }) },
      times(segment),
    ),
    resultText(segment, isEditable),
    translated && h("p", { class: "translation", lang: translation.language }, translated),
    commentsOf(segment),
  );
}

/** The text of a line. */
export function resultText(segment, isEditable) {
  return paragraph(segment, isEditable ? { tabindex: 0, role: "button" } : {});
}
