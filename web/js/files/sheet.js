/** The lines of a result. Ten thousand take no more work than fifty, except at first. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { relabel } from "../label.js";
import { difference, lastBefore } from "./document.js";
import { parts } from "../words.js";
import { resultLine, resultText } from "./lines.js";
import { highlight, rangeOf } from "./search.js";

/** Lines created at once, more than fit on a screen. The others follow frame by frame. */
const FIRST = 120;
const A_FRAME = 60;
/** Lines before a silence of which the last to end counts: the sides of a call overlap. */
const OVERLAPPING = 50;

export class Sheet {
  #segments = [];
  #rendered = 0;
  #frame = 0;
  #heard = null;
  #heardWord = null;
  #isEditable = false;
  /** Indices of lines that show an earlier segment. */
  #stale = new Set();

  /**
   * @param {HTMLElement} lines
   * @param {object} parts
   * @param {import("../label.js").Voices} parts.voices
   * @param {{of: (segment: object) => string|undefined, language: string}} parts.translation
   * @param {() => void} parts.onDrawn called when the last of many lines is drawn
   */
  constructor(lines, { voices, translation, onDrawn }) {
    this.lines = lines;
    this.voices = voices;
    this.translation = translation;
    this.onDrawn = onDrawn;
  }

  /** Show all segments anew. */
  fill(segments) {
    cancelAnimationFrame(this.#frame);
    this.#segments = segments;
    this.#rendered = 0;
    this.#stale.clear();
    this.lines.replaceChildren();
    this.#heard = null;
    this.#markWord(null);
    if (!segments.length) this.lines.append(h("p", { class: "soft" }, t("result.silent")));
    this.#render(FIRST);
    this.#goOn();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#markWord(null);
  }

  /** Draw the other lines, frame by frame. */
  #goOn() {
    cancelAnimationFrame(this.#frame);
    if (this.#isDrawn) return;
    this.#frame = requestAnimationFrame(() => {
      if (this.#stale.size) this.#redraw(A_FRAME);
      else this.#render(A_FRAME);
      if (this.#isDrawn) this.onDrawn();
      else this.#goOn();
    });
  }

  get #isDrawn() {
    return this.#rendered >= this.#segments.length && !this.#stale.size;
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
    const earlier = this.#segments.slice(Math.max(0, at - OVERLAPPING), at);
    const since = Math.max(0, ...earlier.map(({ end }) => end));
    const place = { segment, before, since };
    return resultLine(place, this.voices, this.#isEditable, this.translation);
  }

  /** Show other segments; unchanged lines are left alone. */
  update(segments) {
    const before = this.#segments;
    const { from, removed, added } = difference(before, segments);
    this.#segments = segments;
    if (removed === added.length && removed > FIRST) {
      this.#replace(before, from, removed);
      return;
    }
    if (from + removed > this.#rendered || !segments.length || !this.lines.children.length) {
      this.fill(segments); // beyond the lines created so far
      return;
    }
    if (this.#isTyping(from, removed, added)) return;
    const next = this.lines.children[from + removed] ?? null;
    for (const line of [...this.lines.children].slice(from, from + removed)) line.remove();
    const grown = added.length - removed;
    this.#rendered += grown;
    const kept = [...this.#stale].filter((at) => at < from || at >= from + removed);
    this.#stale = new Set(kept.map((at) => (at < from ? at : at + grown)));
    const made = added.map((_, index) => this.#line(from + index));
    if (next) next.before(...made);
    else this.lines.append(...made);
    const behind = from + added.length;
    if (next && behind < this.#rendered) this.#drawAnew(behind); // label may change
  }

  /** Show other segments in the lines of `count` earlier ones. */
  #replace(before, from, count) {
    const isDrawn = (at) => at < this.#rendered;
    for (let at = from; at < from + count; at += 1) {
      const [old, now] = [before[at], this.#segments[at]];
      if (old !== now && isDrawn(at)) this.#stale.add(at);
      const isOther = old.speaker !== now.speaker || old.channel !== now.channel;
      if (isOther && isDrawn(at + 1)) this.#stale.add(at + 1); // its label may change
    }
    this.#redraw(FIRST);
    this.#goOn();
  }

  /** Draw so many stale lines, those in the window first. */
  #redraw(count) {
    const lines = [...this.lines.children]; // indexing the live collection between changes is slow
    const first = firstInView(lines);
    for (let step = 0, left = count; step < this.#rendered && left > 0; step += 1) {
      const at = (first + step) % this.#rendered;
      if (!this.#stale.has(at)) continue;
      this.#drawAnew(at, lines[at]);
      left -= 1;
    }
  }

  #drawAnew(at, line = this.lines.children[at]) {
    this.#stale.delete(at);
    patch(line, this.#line(at));
  }

  /** Whether the change is the typing in a field, which shows it already. */
  #isTyping(from, removed, added) {
    if (removed !== 1 || added.length !== 1) return false;
    return this.lines.children[from].querySelector(".editing textarea")?.value !== undefined;
  }

  /** Replace a line's field by its text. */
  redrawField(index) {
    const field = this.lines.querySelector(".editing");
    if (this.#segments[index])
      field?.replaceWith(resultText(this.#segments[index], this.#isEditable));
  }

  set isEditable(value) {
    this.#isEditable = value;
    for (const p of this.lines.querySelectorAll(".line > p:not(.translation)")) {
      if (value) {
        p.tabIndex = 0;
        p.setAttribute("role", "button");
      } else {
        p.removeAttribute("tabindex");
        p.removeAttribute("role");
      }
    }
  }

  /** Update the speakers' names. */
  rename() {
    relabel(this.lines, this.voices);
  }

  /** The element of a line, which is drawn if it is not yet. */
  at(index) {
    if (index >= this.#rendered) this.#render(index + 1 - this.#rendered);
    if (this.#stale.has(index)) this.#drawAnew(index);
    return this.lines.children[index] ?? null;
  }

  /** The element of a line; null: it is not drawn yet. */
  drawn(index) {
    const isDrawn = index < this.#rendered && !this.#stale.has(index);
    return isDrawn ? this.lines.children[index] : null;
  }

  /** Focus a line. */
  focus(index) {
    this.at(index)?.querySelector("p")?.focus();
  }

  /** The segment shown by the line that contains an element. */
  segmentOf(element) {
    return this.#segments[this.indexOf(element)];
  }

  /** Index of the line that contains an element; -1: none. */
  indexOf(element) {
    const line = element.closest?.(".line");
    return line ? Array.prototype.indexOf.call(this.lines.children, line) : -1;
  }

  /** Mark the words being played. @returns {HTMLElement|null} their line */
  mark(time) {
    const index = lastBefore(this.#segments, time);
    const isHeard = index >= 0 && time < this.#segments[index].end;
    const line = isHeard ? this.at(index) : null;
    if (line !== this.#heard) {
      this.#heard?.classList.remove("heard");
      line?.classList.add("heard");
      this.#heard = line;
    }
    const spoken = ({ word }) => word && time >= word.start && time < word.end;
    this.#markWord(line, line && parts(this.#segments[index]).find(spoken));
    return line;
  }

  /** Mark a word of a line, and no other. */
  #markWord(line, part = undefined) {
    const word = part?.word ?? null;
    if (word === this.#heardWord) return;
    this.#heardWord = word;
    highlight("heard", part && rangeOf(line, { at: part.at, length: part.text.length }));
  }

  /** Remove the mark. */
  unmark() {
    this.mark(-1);
  }
}

/**
 * Make an element look like another one, and leave alone what is alike: the browser's work is for
 * what changes, which is mostly one word of a line.
 */
function patch(old, made) {
  if (old.isEqualNode(made)) return;
  const [children, others] = [[...old.childNodes], [...made.childNodes]];
  const isAlike = children.length === others.length && children.length > 0;
  if (isAlike && old.cloneNode().isEqualNode(made.cloneNode()))
    children.forEach((child, at) => patch(child, others[at]));
  else old.replaceWith(made);
}

/** Index of the first line that reaches into the window. */
function firstInView(lines) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].getBoundingClientRect().bottom < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
