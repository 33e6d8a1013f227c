/** The lines of a result. Ten thousand are no more work than fifty, but for the first look. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { relabel } from "../label.js";
import { difference } from "./document.js";
import { paragraph, resultLine } from "./lines.js";

/** Lines that are there at once: more than a screen has. The others follow, so many a frame. */
const FIRST = 120;
const A_FRAME = 60;

export class Sheet {
  #segments = [];
  #rendered = 0;
  #frame = 0;
  #heard = null;
  #heardWord = null;
  #isEditable = false;

  /**
   * @param {HTMLElement} lines
   * @param {import("../label.js").Voices} voices
   */
  constructor(lines, voices) {
    this.lines = lines;
    this.voices = voices;
  }

  /** Show all segments anew. */
  fill(segments) {
    cancelAnimationFrame(this.#frame);
    this.#segments = segments;
    this.#rendered = 0;
    this.lines.replaceChildren();
    this.#heard = this.#heardWord = null;
    if (!segments.length) this.lines.append(h("p", { class: "soft" }, t("result.silent")));
    this.#render(FIRST);
    this.#goOn();
  }

  close() {
    cancelAnimationFrame(this.#frame);
  }

  #goOn() {
    if (this.#rendered >= this.#segments.length) return;
    this.#frame = requestAnimationFrame(() => {
      this.#render(A_FRAME);
      this.#goOn();
    });
  }

  #render(count) {
    const end = Math.min(this.#segments.length, this.#rendered + count);
    const made = [];
    for (let at = this.#rendered; at < end; at += 1) made.push(this.#line(at));
    this.lines.append(...made);
    this.#rendered = end;
  }

  #line(at) {
    const [segment, before] = [this.#segments[at], this.#segments[at - 1]];
    return resultLine(segment, before, this.voices, this.#isEditable);
  }

  /** Show other segments: what stayed is left alone. */
  update(segments) {
    const { from, removed, added } = difference(this.#segments, segments);
    this.#segments = segments;
    if (from + removed > this.#rendered || !segments.length || !this.lines.children.length) {
      this.fill(segments); // beyond what is there yet
      return;
    }
    if (this.#isTyping(from, removed, added)) return;
    for (let left = removed; left > 0; left -= 1) this.lines.children[from].remove();
    this.#rendered += added.length - removed;
    const made = added.map((_, index) => this.#line(from + index));
    const next = this.lines.children[from] ?? null;
    for (const line of made) this.lines.insertBefore(line, next);
    const behind = from + added.length;
    if (next && behind < this.#rendered) next.replaceWith(this.#line(behind)); // whose turn it is
  }

  /** A line that is a field shows what is typed by itself. */
  #isTyping(from, removed, added) {
    if (removed !== 1 || added.length !== 1) return false;
    return this.lines.children[from].querySelector(".editing textarea")?.value !== undefined;
  }

  /** Show a line's words in the place of its field. */
  redrawField(index) {
    const field = this.lines.querySelector(".editing");
    if (this.#segments[index])
      field?.replaceWith(paragraph(this.#segments[index], this.#isEditable));
  }

  set isEditable(value) {
    this.#isEditable = value;
    for (const p of this.lines.querySelectorAll(".line > p")) {
      if (value) {
        p.tabIndex = 0;
        p.setAttribute("role", "button");
      } else {
        p.removeAttribute("tabindex");
        p.removeAttribute("role");
      }
    }
  }

  /** The speakers have other names. */
  rename() {
    relabel(this.lines, this.voices);
  }

  /** The element of a line. */
  at(index) {
    if (index >= this.#rendered) this.#render(index + 1 - this.#rendered);
    return this.lines.children[index] ?? null;
  }

  /** The keyboard goes to a line. */
  focus(index) {
    this.at(index)?.querySelector("p")?.focus();
  }

  /** Which line an element is in; -1: in none. */
  indexOf(element) {
    const line = element.closest?.(".line");
    return line ? Array.prototype.indexOf.call(this.lines.children, line) : -1;
  }

  /** Mark what is being heard. @returns {HTMLElement|null} its line */
  mark(time) {
    const index = lastBefore(this.#segments, time);
    const isHeard = index >= 0 && time < this.#segments[index].end;
    const line = isHeard ? this.at(index) : null;
    if (line !== this.#heard) {
      this.#heard?.classList.remove("heard");
      line?.classList.add("heard");
      this.#heard = line;
    }
    const word = [...(line?.querySelectorAll(".word") ?? [])].find(
      ({ dataset }) => time >= Number(dataset.start) && time < Number(dataset.end),
    );
    if (word !== this.#heardWord) {
      this.#heardWord?.classList.remove("heard");
      word?.classList.add("heard");
      this.#heardWord = word;
    }
    return line;
  }

  /** Nothing is being heard. */
  unmark() {
    this.mark(-1);
  }
}

/** Index of the last segment that begins at or before `time`, by halving; -1: none does. */
export function lastBefore(segments, time) {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
