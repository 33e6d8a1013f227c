/** The lines of a result. Ten thousand take no more work than fifty, except at first. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { relabel } from "../label.js";
import { difference, lastBefore } from "./document.js";
import { paragraph, resultLine } from "./lines.js";

/** Lines created at once, more than fit on a screen. The others follow frame by frame. */
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

  /** Show other segments; unchanged lines are left alone. */
  update(segments) {
    const { from, removed, added } = difference(this.#segments, segments);
    this.#segments = segments;
    if (from + removed > this.#rendered || !segments.length || !this.lines.children.length) {
      this.fill(segments); // beyond the lines created so far
      return;
    }
    if (this.#isTyping(from, removed, added)) return;
    for (let left = removed; left > 0; left -= 1) this.lines.children[from].remove();
    this.#rendered += added.length - removed;
    const made = added.map((_, index) => this.#line(from + index));
    const next = this.lines.children[from] ?? null;
    for (const line of made) this.lines.insertBefore(line, next);
    const behind = from + added.length;
    if (next && behind < this.#rendered) next.replaceWith(this.#line(behind)); // label may change
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

  /** Update the speakers' names. */
  rename() {
    relabel(this.lines, this.voices);
  }

  /** The element of a line. */
  at(index) {
    if (index >= this.#rendered) this.#render(index + 1 - this.#rendered);
    return this.lines.children[index] ?? null;
  }

  /** Focus a line. */
  focus(index) {
    this.at(index)?.querySelector("p")?.focus();
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

  /** Remove the mark. */
  unmark() {
    this.mark(-1);
  }
}
