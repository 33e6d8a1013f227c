/** One segment of a result: when it was said, by whom, and the words or a field to correct them. */

import { h } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";
import { labelOf, voiced } from "../label.js";
import { words } from "../live/paper.js";

/**
 * @param {object} segment
 * @param {number} index of the segment
 * @param {{before: object|undefined, voices: import("../label.js").Voices, isEdited: boolean,
 *   onPlay: () => void}} more `before`: the segment before
 */
export function resultLine(segment, index, { before, voices, isEdited, onPlay }) {
  const { class: kind, dataset } = voiced(segment, before);
  const time = clock(segment.start);
  return h(
    "div",
    { class: kind, dataset: { ...dataset, start: segment.start, end: segment.end } },
    labelOf(segment, before, voices),
    h(
      "button",
      {
        type: "button",
        class: "plain from",
        "aria-label": t("player.from", { time }),
        onclick: onPlay,
      },
      h("time", {}, time),
    ),
    isEdited
      ? h("textarea", { rows: 1, dataset: { index }, value: segment.text, "aria-label": time })
      : h("p", {}, ...words(segment)),
  );
}
