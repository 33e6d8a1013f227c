/** A tooltip for the word under the pointer: its time, and the model's confidence. */

import { find } from "./dom.js";
import { t } from "./i18n.js";

/** The text of the tooltip for a word. */
function about({ start, end, p }) {
  const times = `${Number(start).toFixed(2)} – ${Number(end).toFixed(2)} s`;
  return p === ""
    ? times
    : `${times} · ${t("word.sure", { percent: Math.round(100 * Number(p)) })}`;
}

/** Show the time and confidence of the word under the pointer. */
export function explainWords(root) {
  const tip = find("#tip");
  let shown = null;
  const hide = () => {
    shown = null;
    tip.hidden = true;
  };
  // Not pointerover, which comes for each frame in which text scrolls under a resting pointer.
  root.addEventListener("pointermove", ({ target }) => {
    const word = target instanceof Element ? target.closest(".word") : null;
    if (word === shown) return;
    hide();
    if (!word) return;
    shown = word;
    tip.hidden = false;
    tip.textContent = about(word.dataset);
    const place = word.getBoundingClientRect();
    const left = Math.min(Math.max(8, place.left), innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${left}px`;
    tip.style.top = `${Math.max(4, place.top - tip.offsetHeight - 6)}px`;
  });
  root.addEventListener("pointerout", hide);
}
