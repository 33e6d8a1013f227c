/** The sheet of the transcript: finals stay, and the last line changes. */

import { clock } from "../formats.js";
import { find, h } from "../dom.js";
import { dateTime, languageName } from "../i18n.js";
import { labelOf, relabel, voiced } from "../label.js";
import { paragraph, silence, silenceLine, times } from "../line.js";
import { TARGET, translationOf } from "./pairing.js";

/** Distance in pixels from the lower end at which the reader still counts as following. */
const NEAR = 80;
/** Lines per block; the browser skips rendering of invisible blocks (live.css). */
const BLOCK_LINES = 50;
/** How soon the button to the newest line follows the reader who scrolls. */
const MIND_MS = 100;

export class Paper {
  /** Segment → its line. */
  #elements = new WeakMap();
  /** Line → its segment. */
  #segments = new WeakMap();
  #last = undefined;
  /** The recording of the last lines. */
  #recording = undefined;
  /** The timer of `#mindSoon`. */
  #minding = null;

  /**
   * @param {HTMLElement} box with `.transcript` in it
   * @param {import("./transcript.js").Transcript} transcript
   * @param {import("../label.js").Voices} voices
   */
  constructor(box, transcript, voices) {
    this.transcript = transcript;
    this.voices = voices;
    this.scroller = find(".transcript", box);
    this.lines = find(".lines", box);
    this.empty = find(".empty", box);
    this.silence = find(".transcript > .silence", box);
    this.latest = find(".latest", box);
    this.spoken = find("#spoken");
    this.now = null;
    this.latest.addEventListener("click", () => this.#toEnd());
    this.scroller.addEventListener("scroll", () => this.#mindSoon(), { passive: true });
    addEventListener("scroll", () => this.#mindSoon(), { passive: true });
  }

  /** Draw the whole session. */
  fill() {
    this.lines.replaceChildren();
    this.lines.classList.remove("bilingual");
    this.#last = undefined;
    this.#recording = undefined;
    this.now = null;
    for (const segment of this.transcript.segments) this.#append(segment);
    this.#mindEmpty();
    this.#toEnd();
  }

  /** Add a final, which replaces the changing line and is read out by screen readers. */
  add(segment) {
    this.#keepPlace(() => {
      this.now?.remove();
      this.now = null;
      this.#append(segment);
    });
    this.#speak(segment.text, segment.language);
    this.#speak(translationOf(segment), TARGET);
  }

  /** Update a segment's translation. */
  update(segment) {
    const element = this.#elements.get(segment);
    if (!element) {
      this.add(segment);
      return;
    }
    const old = element.querySelector(".translation");
    const translation = translationOf(segment);
    if (translation === (old?.textContent ?? "")) return;
    this.#keepPlace(() => {
      old?.remove();
      if (translation) this.#translate(element, translation);
    });
    this.#speak(translation, TARGET);
  }

  /** Make room for translations beside the text before the first one comes. */
  makeRoom() {
    this.lines.classList.add("bilingual");
  }

  /** Update the speakers' names. */
  rename() {
    relabel(this.lines, this.voices);
  }

  /** Start another recording of the session. */
  begin() {
    if (this.#last) this.#keepPlace(() => this.#divide(Infinity));
  }

  /** Add a line with the date and time where another recording begins. */
  #divide(time) {
    const recording = this.transcript.recordingAt(time);
    if (!recording || recording === this.#recording) return;
    this.#recording = recording;
    this.#last = undefined;
    const { started } = recording;
    this.#room.append(
      h("div", { class: "divider" }, h("time", { datetime: iso(started) }, dateTime(started))),
    );
  }

  #append(segment) {
    this.#divide(segment.start);
    const element = this.#line(segment, this.#last);
    this.#room.append(element);
    this.#last = segment;
  }

  /** The block for the next line. */
  get #room() {
    const last = this.lines.lastElementChild;
    if (last && last.childElementCount < BLOCK_LINES) return last;
    const block = h("div", { class: "block" });
    this.lines.append(block);
    return block;
  }

  #line(segment, before) {
    const { class: names, ...voice } = voiced(segment, before);
    const element = h(
      "div",
      { class: segment.marked ? `${names} marked` : names, ...voice },
      this.#silence(segment.start, before),
      labelOf(segment, before, this.voices),
      times(
        this.#shown(segment),
        segment.detected && h("small", {}, languageName(segment.language)),
      ),
      paragraph(segment, { lang: segment.language }),
    );
    const translation = translationOf(segment);
    if (translation) this.#translate(element, translation);
    this.#elements.set(segment, element);
    this.#segments.set(element, segment);
    return element;
  }

  /** Redraw a segment after it was corrected or bookmarked, and keep its focus. */
  redraw(segment) {
    const old = this.lineOf(segment);
    if (!old) return; // not drawn yet: it comes with the next lines
    const { segments } = this.transcript;
    const element = this.#line(segment, segments[this.transcript.placeOf(segment) - 1]);
    const isHeld = old.contains(document.activeElement);
    element.tabIndex = old.tabIndex;
    old.replaceWith(element);
    if (isHeld) element.focus();
  }

  /** @returns {object|undefined} the segment of a line; undefined for the changing line */
  segmentOf(line) {
    return this.#segments.get(line);
  }

  lineOf(segment) {
    return this.#elements.get(segment);
  }

  /** The line of the segment with this index. */
  at(index) {
    return this.lineOf(this.transcript.segments[index]);
  }

  /** Index of the segment whose line contains an element; -1: none. */
  indexOf(element) {
    const segment = this.segmentOf(element.closest(".line"));
    return segment ? this.transcript.placeOf(segment) : -1;
  }

  /** Focus a line. */
  focus(index) {
    const line = this.at(index);
    if (!line) return;
    line.tabIndex = -1;
    line.focus();
  }

  /** Replace a line's field by its text. */
  redrawField(index) {
    const segment = this.transcript.segments[index];
    if (segment) this.redraw(segment);
  }

  /** Draw a replacement of lines. @param {import("./document.js").Step} step */
  replace({ from, before, after }) {
    const old = before.map((segment) => this.lineOf(segment));
    const isTyped = old.length === 1 && after.length === 1 && old[0].querySelector(".editing");
    if (isTyped) {
      this.#is(old[0], after[0]); // the field already shows it
      return;
    }
    const { segments } = this.transcript;
    this.#keepPlace(() => {
      const block = old[0].parentElement;
      old[0].before(...after.map((one, index) => this.#line(one, segments[from + index - 1])));
      for (const line of old) line.remove();
      if (!block.childElementCount) block.remove();
    });
    const next = segments[from + after.length];
    if (!next) this.#last = segments.at(-1);
    else if (!this.lineOf(next)?.querySelector(".editing")) this.redraw(next); // its label
  }

  /** Record that this line shows this segment. */
  #is(line, segment) {
    this.#elements.set(segment, line);
    this.#segments.set(line, segment);
    if (!this.transcript.segments[this.transcript.placeOf(segment) + 1]) this.#last = segment;
  }

  get lastLine() {
    return this.lineOf(this.transcript.segments.at(-1));
  }

  /** The next (1) or previous (-1) line; undefined: there is none. */
  neighbour(line, step) {
    const segment = this.segmentOf(line);
    return segment && this.at(this.transcript.placeOf(segment) + step);
  }

  /** The silence before a moment of the session. */
  #silence(end, before) {
    const begin = this.transcript.recordingAt(end)?.at ?? 0;
    return silenceLine(this.#shown({ start: Math.max(begin, before?.end ?? 0), end }));
  }

  /** Show the silence that is going on; null: there is none. */
  showSilence(span) {
    if (!span && this.silence.hidden) return;
    this.#keepPlace(() => {
      this.silence.hidden = !span;
      if (span) this.silence.replaceChildren(...silence(this.#shown(span)));
    });
  }

  /** A span as the reader sees it: on the clock of the recording in which it begins. */
  #shown({ start, end }) {
    const begin = this.transcript.recordingAt(start)?.at ?? 0;
    return { start: start - begin, end: end - begin };
  }

  #translate(element, translation) {
    element.append(h("div", { class: "translation", lang: TARGET }, translation));
    this.makeRoom();
  }

  /** Announce text to screen readers. */
  #speak(text, lang) {
    if (!text) return;
    this.spoken.append(h("p", { lang }, text));
    while (this.spoken.childElementCount > 20) this.spoken.firstElementChild.remove();
  }

  /** Show the latest partial: the stable text normal, the rest pale. */
  showPartial(partial) {
    this.#keepPlace(() => {
      if (!partial?.text.trim()) {
        this.now?.remove();
        this.now = null;
        return;
      }
      const text = partial.text.startsWith(partial.stable) ? partial.text : partial.stable;
      if (!this.now) {
        this.now = h(
          "div",
          { class: "line now" },
          this.#silence(partial.start, this.#last),
          h("time", {}, clock(this.transcript.timeOf(partial.start))),
          h("p", {}, h("span", { class: "firm" }), h("span", { class: "pale" })),
        );
        this.#room.append(this.now);
      }
      find(".firm", this.now).textContent = text.slice(0, partial.stable.length).trimStart();
      const rest = text.slice(partial.stable.length);
      find(".pale", this.now).textContent = partial.stable ? rest : rest.trimStart();
    });
  }

  /** Add a remark between the lines. */
  remark(text) {
    this.#keepPlace(() => this.#room.append(h("p", { class: "gapline" }, text)));
  }

  #keepPlace(change) {
    const along = this.#atEnd;
    change();
    this.#mindEmpty();
    if (along) this.#toEnd();
    else this.#mindLatest();
  }

  /** The scrolling element: the page on phones, else the sheet. */
  get #element() {
    const own = getComputedStyle(this.scroller).overflowY !== "visible";
    return own ? this.scroller : document.scrollingElement;
  }

  get #atEnd() {
    const element = this.#element;
    return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
  }

  #toEnd() {
    const element = this.#element;
    const go = () => (element.scrollTop = element.scrollHeight);
    go();
    requestAnimationFrame(go); // once visible, lines differ from their estimated height
    this.latest.hidden = true;
  }

  /** As `#mindLatest`, after frames that scroll: asking for heights in each makes it late. */
  #mindSoon() {
    this.#minding ??= setTimeout(() => {
      this.#minding = null;
      this.#mindLatest();
    }, MIND_MS);
  }

  #mindLatest() {
    this.latest.hidden = this.#atEnd || !this.lines.childElementCount;
  }

  #mindEmpty() {
    this.empty.hidden = this.lines.childElementCount > 0;
  }
}

function iso(ms) {
  return new Date(ms).toISOString();
}
