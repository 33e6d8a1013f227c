/** The sheet: the text of the session, and actions on it. Recording is elsewhere. */

import { copyWords } from "../clipboard.js";
import { find, h, toast } from "../dom.js";
import { explainWords } from "../explain.js";
import { toTxt } from "../formats.js";
import { dateTime, t, translate } from "../i18n.js";
import { named } from "../speakers.js";
import { Display } from "./display.js";
import { LiveDocument } from "./document.js";
import { isTranslated, save } from "./exports.js";
import { Find } from "./find.js";
import { Keywords } from "./keywords.js";
import { LineActions } from "./lineactions.js";
import { Notes } from "./notes.js";
import { Paper } from "./paper.js";

const TRANSLATION_WANTED = "#downloads input[value=translation]";

export class Sheet {
  /**
   * @param {HTMLElement} root of the live view, laid out
   * @param {import("./session.js").Session} session
   * @param {() => void} onChange called when the content of captions changed
   */
  constructor(root, session, onChange) {
    this.root = root;
    this.session = session;
    this.transcript = session.transcript;
    this.onChange = onChange;
    this.paper = new Paper(root, this.transcript, {
      nameOf: (number) => this.nameOf(number),
      rename: (number, name) => this.#nameSpeaker(number, name),
    });
    this.display = new Display(root);
    this.document = new LiveDocument(this.transcript, (step) => this.#corrected(step));
    this.lines = new LineActions(
      this.paper,
      this.document,
      (segment) => this.#marked(segment),
      () => this.#look(),
    );
    addEventListener("keydown", (event) => {
      if (!root.hidden) this.document.stepByKey(event);
    });
    this.find = new Find(find(".find", root), this.paper);
    this.keywords = new Keywords(this.paper);
    this.notes = new Notes(find(".notes", root), session, (segment) => this.#goTo(segment));
    this.paper.lines.addEventListener("click", ({ target }) => {
      const line = target.closest(".line > time")?.parentElement;
      const segment = line && this.paper.segmentOf(line);
      if (segment) this.notes.play(segment.start);
    });
    explainWords(this.paper.lines, (line) => this.paper.segmentOf(line));
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    return [
      { keys: ["C"], text: "help.c", run: () => this.copy() },
      { keys: ["T"], text: "keys.times", run: () => this.display.toggle("times") },
      { keys: ["/", "F"], text: "find", run: () => this.find.show() },
      ...this.lines.keys,
    ];
  }

  nameOf(number) {
    return this.transcript.names.get(number) || t("speaker", { n: number + 1 });
  }

  /** Show another session. */
  show() {
    this.lines.editor.close();
    this.document.reset();
    this.#steps();
    this.paper.fill();
    this.keywords.refresh();
    this.find.refresh();
    this.notes.draw();
    this.showSound();
  }

  /** @param {{text: string, language: string}[]} examples of speech for the model */
  texts(examples) {
    this.#title();
    find(".empty", this.root).replaceChildren(
      h("h2", {}, t("empty.title")),
      h("p", {}, t("empty.text")),
      ...(examples.length
        ? [
            h("p", { class: "hint" }, t("empty.examples")),
            h("ul", {}, ...examples.map(({ text, language }) => h("li", { lang: language }, text))),
          ]
        : []),
    );
    this.paper.rename();
    this.notes.draw();
    translate(this.root);
    translate(this.lines.tools); // they are not in the document yet
  }

  #title() {
    const title = find("#title", this.root);
    if (title !== document.activeElement) title.value = this.session.title;
    title.placeholder = this.session.empty ? t("session.new") : dateTime(this.session.created);
  }

  /** Show the partial, if there is one. */
  showPartial() {
    this.paper.showPartial(this.transcript.partial);
  }

  /** Add finals, which replace the partial. */
  add(segments) {
    this.showPartial();
    for (const segment of segments) {
      this.paper.add(segment);
      this.keywords.hear(segment);
    }
    this.update();
  }

  /** Update after text or translations came or changed. */
  update() {
    for (const segment of this.transcript.takeChanged()) this.paper.update(segment);
    this.find.refresh();
    this.#title();
    this.session.save();
    this.onChange();
  }

  /** Show the sound of the session, which may exist now. */
  async showSound() {
    await this.notes.drawSound();
    this.paper.lines.classList.toggle("sounding", this.notes.hasSound);
  }

  async copy() {
    await copyWords(toTxt(this.#named(this.transcript.read)).trim());
  }

  /** @param {keyof import("../formats.js").FORMATS} format @param {string} model of the transcript */
  save(format, model) {
    find("#downloads", this.root).open = false;
    const { segments, recordings } = this.transcript;
    if (!segments.length) {
      toast(t("download.nothing"));
      return;
    }
    const { title, created, notes } = this.session;
    save(format, this.#named(segments), {
      name: title || `${t("transcript")} ${stamp(created)}`,
      translation: find(TRANSLATION_WANTED, this.root).checked,
      about: { model, duration: segments.at(-1).end, title, recordings, notes },
    });
  }

  offerTranslation() {
    find("#downloads .segmented", this.root).hidden = !isTranslated(this.transcript.segments);
  }

  #named(segments) {
    return named(segments, (number) => this.nameOf(number));
  }

  #nameSpeaker(number, name) {
    this.transcript.names.set(number, name);
    this.paper.rename();
    this.update();
  }

  #marked(segment) {
    this.transcript.touch(segment);
    this.#look();
  }

  /** Update after lines were replaced. */
  #corrected(step) {
    this.paper.replace(step);
    this.#steps();
    if (this.lines.editor.isOpen)
      this.session.save(); // the rest follows when the field is closed
    else this.#look();
  }

  /** Update the parts that depend on the whole text. */
  #look() {
    this.keywords.refresh();
    this.notes.drawBookmarks();
    this.update();
  }

  /** Enable the buttons for undo and redo if there are steps. */
  #steps() {
    find("#live-undo", this.root).hidden = !this.document.canUndo;
    find("#live-redo", this.root).hidden = !this.document.canRedo;
  }

  #goTo(segment) {
    const line = this.paper.lineOf(segment);
    line.tabIndex = -1;
    line.focus();
    line.scrollIntoView({ block: "center" });
    this.notes.play(segment.start);
  }
}

/** `2026-11-30 14-32`, for file names. */
function stamp(ms) {
  const local = new Date(ms - 60_000 * new Date(ms).getTimezoneOffset());
  return local.toISOString().slice(0, 16).replace("T", " ").replace(":", "-");
}
