/** How long each speaker of a result spoke. */

import { h } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";
import { speakerOf, speakersOf } from "../speakers.js";
import { card } from "./facts.js";

/** Seconds of speech by speaker, the longest first. @returns {{number: number, seconds: number}[]} */
export function speaking(segments) {
  return speakersOf(segments)
    .map((number) => {
      const own = segments.filter((segment) => speakerOf(segment) === number);
      return { number, seconds: own.reduce((sum, { start, end }) => sum + end - start, 0) };
    })
    .sort((one, other) => other.seconds - one.seconds);
}

/** @param {(number: number) => string} nameOf */
export function speakingCard(segments, nameOf) {
  const found = speaking(segments);
  if (found.length < 2) return null;
  const total = found.reduce((sum, { seconds }) => sum + seconds, 0) || 1;
  const rows = found.map(({ number, seconds }) => [
    h("dt", {}, nameOf(number)),
    h("dd", {}, `${Math.round((100 * seconds) / total)}% · ${clock(seconds)}`),
  ]);
  return card(t("speaking"), h("dl", { class: "figures" }, rows));
}
