/** Keywords: marked in the text, with an alert when they occur. */

import { h, toast } from "../dom.js";
import { places, rangeOf } from "../files/search.js";
import { t } from "../i18n.js";

const HIGHLIGHT = "watched";
const TONE_HZ = 660;
const TONE_S = 0.18;

/** The words of a list separated by commas or lines, without duplicates. */
export function listed(text) {
  const words = text.split(/[,\n，、]/).map((word) => word.trim());
  return [...new Set(words.filter(Boolean))];
}

/**
 * A pattern for any of the words: whole words in scripts with spaces; in Korean a particle may
 * follow.
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

  /** @param {string} text the list as typed */
  set(text) {
    const words = listed(text);
    this.#pattern = words.length ? patternOf(words) : null;
    this.refresh();
  }

  /** Mark the words in the whole session again. */
  refresh() {
    CSS.highlights?.delete(HIGHLIGHT);
    for (const segment of this.paper.transcript.segments) this.#mark(segment);
  }

  /** Mark the keywords in a new final, and alert to them. */
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

/** Play a short tone, since the user may look elsewhere. */
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

/** A button that requests notifications; none if already decided or not supported. */
export function permissionButton() {
  if (globalThis.Notification?.permission !== "default") return null;
  const button = h("button", { type: "button" }, t("keywords.allow"));
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    button.remove();
  });
  return button;
}
