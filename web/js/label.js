/** A speaker's label, which shows the name and lets users change it. */

import { find, h } from "./dom.js";
import { t } from "./i18n.js";
import { COLOURS, MOST_LETTERS, speakerOf, takesOver } from "./speakers.js";

/**
 * The displayed names.
 * @typedef {{nameOf: (number: number) => string, rename: (number: number, name: string) => void}}
 *   Voices
 */

/** Attributes of a segment's line: speaker, colour, and whether a paragraph begins. */
export function voiced(segment, before) {
  const number = speakerOf(segment);
  return {
    class: takesOver(segment, before) ? "line turn" : "line",
    dataset: number === null ? {} : { speaker: number, voice: number % COLOURS },
  };
}

/** The label above a segment whose speaker begins; null: none needed. @param {Voices} voices */
export function labelOf(segment, before, voices) {
  const number = speakerOf(segment);
  return number === null || !takesOver(segment, before) ? null : label(number, voices);
}

/** Update the displayed names after a change. @param {HTMLElement} root of the lines */
export function relabel(root, voices) {
  for (const old of root.querySelectorAll("button.speaker")) {
    old.replaceWith(label(Number(old.closest(".line").dataset.speaker), voices));
  }
}

function label(number, voices) {
  const name = voices.nameOf(number);
  return h(
    "button",
    {
      type: "button",
      class: "speaker",
      "aria-label": t("speaker.rename", { name }),
      title: t("speaker.rename", { name }),
      onclick: ({ currentTarget }) => edit(currentTarget, number, voices),
    },
    name,
  );
}

function edit(button, number, voices) {
  const name = voices.nameOf(number);
  const field = h("input", {
    type: "text",
    class: "speaker",
    value: name,
    maxlength: MOST_LETTERS,
    "aria-label": t("speaker.name", { name }),
  });
  const line = button.closest(".line");
  let done = false;
  const leave = (isWanted, isByKey) => {
    if (done) return;
    done = true;
    field.replaceWith(button);
    if (isWanted && field.value.trim() !== name) voices.rename(number, field.value);
    if (isByKey) find("button.speaker", line).focus();
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // this Enter only ends a Hangul syllable
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      leave(event.key === "Enter", true);
    }
  });
  field.addEventListener("blur", () => leave(true, false));
  button.replaceWith(field);
  field.select();
}
