/** A tooltip for the word under the pointer: its time, and the model's confidence. */

import { find } from "./dom.js";
import { highlight } from "./files/search.js";
import { t } from "./i18n.js";
import { wordAt } from "./wordplace.js";

/** The text of the tooltip for a word. */
function about({ start, end, probability }) {
  const times = `${start.toFixed(2)} – ${end.toFixed(2)} s`;
  return typeof probability === "number"
    ? `${times} · ${t("word.sure", { percent: Math.round(100 * probability) })}`
    : times;
}

/**
 * Mark the word under the pointer, and show its time and confidence.
 * @param {HTMLElement} root
 * @param {(line: Element) => object|undefined} segmentOf the segment that a line shows
 */
export function explainWords(root, segmentOf) {
  const tip = find("#tip");
  let shown = null;
  const hide = () => {
    if (!shown) return;
    shown = null;
    tip.hidden = true;
    highlight("pointed");
  };
  // Not pointerover, which comes for each frame in which text scrolls under a resting pointer.
  root.addEventListener("pointermove", (event) => {
    const found = wordAt(event, segmentOf);
    if ((found?.word ?? null) === shown) return;
    hide();
    if (!found) return;
    shown = found.word;
    highlight("pointed", found.range);
    tip.hidden = false;
    tip.textContent = about(shown);
    const place = found.range.getBoundingClientRect();
    const left = Math.min(Math.max(8, place.left), innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${left}px`;
    tip.style.top = `${Math.max(4, place.top - tip.offsetHeight - 6)}px`;
  });
  root.addEventListener("pointerout", hide);
}
