/** Words that somebody waits for: marked where they are said, and told. */

import { h, toast } from "../dom.js";
import { places, rangeOf } from "../files/search.js";
import { t } from "../i18n.js";

const HIGHLIGHT = "watched";
const TONE_HZ = 660;
const TONE_S = 0.18;

/** The words of a list that commas or lines part, each once. */
export function listed(text) {
  const words = text.split(/[,\n，、]/).map((word) => word.trim());
  return [...new Set(words.filter(Boolean))];
}

/**
 * Finds any of the words, as wholes where letters and blanks part words; in Korean a word may carry
 * a particle behind it.
 * @param {string[]} words
 */
export function patternOf(words) {
  const one = (word) => {
    const plain = word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    const isLatin = /^[\p{Script=Latin}\d]/u.test(word) && /[\p{Script=Latin}\d]$/u.test(word);
    return isLatin ? `(?<![\\p{L}\\d])${plain}(?![\\p{L}\\d])` : plain;
  };
  return new RegExp(words.map(one).join("|"), "giu");
}

export class Keywords {
  #pattern = null;

  /** @param {import("./paper.js").Paper} paper */
  constructor(paper) {
    this.paper = paper;
  }

  /** @param {string} text the list, as it was typed */
  set(text) {
    const words = listed(text);
    this.#pattern = words.length ? patternOf(words) : null;
    this.refresh();
  }

  /** Mark the words anew in the whole session. */
  refresh() {
    CSS.highlights?.delete(HIGHLIGHT);
    for (const segment of this.paper.transcript.segments) this.#mark(segment);
  }

  /** A final has come: mark its words, and tell of them. */
  hear(segment) {
    const found = this.#mark(segment);
    if (!found.length) return;
    const said = [...new Set(found.map(({ at, length }) => segment.text.slice(at, at + length)))];
    const text = t("keywords.heard", { words: said.join(", ") });
    toast(text);
    sound();
    if (document.hidden && globalThis.Notification?.permission === "granted") {
      new Notification(text, { body: segment.text, tag: HIGHLIGHT });
    }
  }

  #mark(segment) {
    const line = this.paper.lineOf(segment);
    const found = this.#pattern ? places([segment], this.#pattern) : [];
    line?.classList.toggle("watched", found.length > 0);
    if (!found.length || !CSS.highlights) return found;
    if (!CSS.highlights.has(HIGHLIGHT)) CSS.highlights.set(HIGHLIGHT, new Highlight());
    for (const place of found) {
      const range = rangeOf(line, place);
      if (range) CSS.highlights.get(HIGHLIGHT).add(range);
    }
    return found;
  }
}

/** A short tone: somebody may look elsewhere. */
function sound() {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const gain = context.createGain();
  tone.frequency.value = TONE_HZ;
  gain.gain.setValueAtTime(0.08, context.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + TONE_S);
  tone.connect(gain).connect(context.destination);
  tone.onended = () => context.close();
  tone.start();
  tone.stop(context.currentTime + TONE_S);
}

/** Asks for notifications; nothing where that was decided already, or cannot be. */
export function permissionButton() {
  if (globalThis.Notification?.permission !== "default") return null;
  const button = h("button", { type: "button" }, t("keywords.allow"));
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    button.remove();
  });
  return button;
}
