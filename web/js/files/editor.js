/** Correction of lines: one line at a time becomes a text field. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { optionsOf } from "../live/fields.js";
import { MOST_SPEAKERS, speakerOf, speakersOf } from "../speakers.js";
import { corrections, realign } from "./align.js";

export class Editor {
  #index = -1;
  /** The segment when its field was opened, from which the word times are taken. */
  #base = null;
  #field = null;
  #isOn = false;

  /**
   * @param {import("./sheet.js").Sheet} sheet
   * @param {import("./document.js").Document} document
   * @param {(corrected: {from: string, to: string}[]) => void} onCorrected
   */
  constructor(sheet, document, onCorrected) {
    this.sheet = sheet;
    this.document = document;
    this.onCorrected = onCorrected;
    const { lines } = sheet;
    lines.addEventListener("keydown", (event) => {
      if (!this.#isOn || !event.target.matches?.(".line > p")) return;
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.open(sheet.indexOf(event.target), 0);
    });
  }

  get isOn() {
    return this.#isOn;
  }

  set isOn(value) {
    if (!value) this.close();
    this.#isOn = value;
    this.sheet.isEditable = value;
  }

  get isOpen() {
    return this.#index >= 0;
  }

  /** Open the clicked line. */
  openAt(index, { clientX, clientY }) {
    const place = document.caretPositionFromPoint?.(clientX, clientY);
    const range = place ? null : document.caretRangeFromPoint?.(clientX, clientY);
    const node = place?.offsetNode ?? range?.startContainer;
    const paragraph = this.sheet.at(index)?.querySelector("p");
    if (!node || !paragraph?.contains(node)) {
      this.open(index, Infinity);
      return;
    }
    const ahead = document.createRange();
    ahead.setStart(paragraph, 0);
    ahead.setEnd(node, place?.offset ?? range.startOffset);
    this.open(index, ahead.toString().length);
  }

  /** Turn a line into a field, with the caret before the letter at `caret`. */
  open(index, caret) {
    this.close();
    const paragraph = this.sheet.at(index)?.querySelector("p");
    if (!paragraph) return;
    this.#index = index;
    this.#base = this.document.segments[index];
    this.#field = h("textarea", {
      rows: 1,
      value: this.#base.text,
      "aria-label": t("edit.line"),
      oninput: () => this.#type(),
      onkeydown: (event) => this.#key(event),
      onblur: ({ relatedTarget }) => {
        if (!relatedTarget?.closest(".line-tools")) this.close();
      },
    });
    const box = h("div", { class: "editing" }, this.#field, this.#tools());
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.close(true); // from the tools too
    });
    paragraph.replaceWith(box);
    this.#grow();
    this.#field.focus({ preventScroll: true });
    const place = Math.min(caret, this.#field.value.length); // here Infinity would count as 0
    this.#field.setSelectionRange(place, place);
    box.scrollIntoView({ block: "nearest" });
  }

  #tools() {
    const tool = (name, sign, run) =>
      h(
        "button",
        { type: "button", class: "plain", onclick: run },
        icon(sign),
        h("span", {}, t(name)),
      );
    return h(
      "div",
      { class: "line-tools" },
      tool("edit.split", "split", () => this.#split()),
      tool("edit.join", "join", () => this.#join(this.#index)),
      this.#speakers(),
      tool("edit.done", "close", () => this.close()),
    );
  }

  /** The choice whose line it is: a voice that was told apart wrongly, or not at all. */
  #speakers() {
    const now = speakerOf(this.#base);
    const numbers = speakersOf(this.document.segments);
    const fresh = numbers.length ? numbers.at(-1) + 1 : 0;
    const choices = numbers.map((number) => [number, this.sheet.voices.nameOf(number)]);
    if (now === null) choices.unshift(["", t("edit.speaker.none")]);
    if (fresh < MOST_SPEAKERS) choices.push([fresh, t("edit.speaker.new")]);
    const select = h(
      "select",
      {
        name: "line-speaker",
        "aria-label": t("edit.speaker"),
        onchange: () => this.#assign(Number(select.value)),
      },
      ...optionsOf(choices, now ?? ""),
    );
    return select;
  }

  #assign(speaker) {
    const index = this.#index;
    this.close();
    this.document.assign(index, speaker);
    this.open(index, Infinity);
    this.#field.parentElement.querySelector("select").focus(); // for the next arrow key
  }

  /** Fit the height to the text, for browsers without `field-sizing`. */
  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }

  #type() {
    this.#grow();
    const made = realign(this.#base, this.#field.value);
    this.document.splice(this.#index, 1, [made], `type ${this.#index} ${this.#base.start}`);
  }

  #key(event) {
    if (event.isComposing) return; // this Enter only ends a Hangul syllable
    const { selectionStart: start, selectionEnd: end, value } = this.#field;
    const isCaret = start === end;
    const isPlain = value === this.#base.text;
    const actions = {
      Escape: () => this.close(true),
      Enter: () => this.#split(),
      Backspace: isCaret && start === 0 && (() => this.#join(this.#index - 1)),
      Delete: isCaret && start === value.length && (() => this.#join(this.#index)),
      ArrowUp: (event.altKey || start === 0) && (() => this.#move(-1, Infinity)),
      ArrowDown: (event.altKey || end === value.length) && (() => this.#move(1, 0)),
      z: event.ctrlKey && isPlain && (() => this.#step(event.shiftKey ? "redo" : "undo")),
      y: event.ctrlKey && isPlain && (() => this.#step("redo")),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  #step(way) {
    this.close();
    this.document[way]();
  }

  #move(by, caret) {
    const index = this.#index + by;
    if (index < 0 || index >= this.document.segments.length) return;
    this.open(index, caret);
  }

  #split() {
    const { selectionStart: at, value } = this.#field;
    const index = this.#index;
    const offset = value.slice(0, at).replace(/\s+/g, " ").trimStart().length;
    this.close();
    if (this.document.split(index, offset)) this.open(index + 1, 0);
    else this.open(Math.min(index + 1, this.document.segments.length - 1), 0);
  }

  #join(index) {
    const { segments } = this.document;
    if (index < 0 || index + 1 >= segments.length) return;
    this.close();
    const caret = this.document.segments[index].text.length;
    this.document.merge(index);
    this.open(index, caret);
  }

  /** Turn the field back into a line. @param {boolean} isByKey whether the line gets the focus */
  close(isByKey = false) {
    if (this.#index < 0) return;
    const [index, base] = [this.#index, this.#base];
    this.#index = -1;
    this.#base = this.#field = null;
    this.document.endStep();
    const now = this.document.segments[index];
    this.sheet.redrawField(index);
    if (now && !now.text) {
      this.document.splice(index, 1, []);
      return;
    }
    if (isByKey) this.sheet.focus(index);
    if (now && now.text !== base.text) this.onCorrected(corrections(base.text, now.text));
  }

  /** Index of the line whose field is open; -1: none. */
  get index() {
    return this.#index;
  }
}
