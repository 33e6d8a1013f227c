/** Translations of a result by the server's language model, beside its lines or instead of them. */

import { failure, headers, request } from "../api.js";
import { download, h, icon, toast } from "../dom.js";
import { languageName, t } from "../i18n.js";
import { LANGUAGES } from "../languages.js";
import { sentence } from "../problems.js";
import { missing as why } from "./facts.js";
import { nameOf } from "./listing.js";

const STORED_LANGUAGE = "translation-language";
/** Number of languages offered, the most common ones. */
const MOST = 40;
const FILES = ["srt", "vtt"];

export class Translating {
  /** Answers of the server, with `lines` (text → translation), by view and language. */
  #known = new Map();
  #busy = new Set();
  #language = localStorage.getItem(STORED_LANGUAGE) ?? "";
  #view = "original";
  isAlone = false;

  /**
   * @param {object} job with its result
   * @param {{isOffered: boolean, settle: () => Promise<boolean>, onChange: () => void}} more
   *   `isOffered`: whether there is a language model; `settle`: saves what is being corrected;
   *   `onChange`: called when the lines must be drawn again
   */
  constructor(job, { isOffered, settle, onChange }) {
    this.job = job;
    this.isOffered = isOffered;
    this.settle = settle;
    this.onChange = onChange;
    this.element = h("details", { class: "menu translating" });
  }

  /** The translation of a segment in the chosen language; undefined: there is none. */
  of({ text }) {
    return this.#shown?.lines.get(text);
  }

  /** Hide the original of translated lines if it is not wanted. @param {HTMLElement} lines */
  mark(lines, isEditing) {
    lines.classList.toggle("alone", this.isAlone && !isEditing);
  }

  get language() {
    return this.#language;
  }

  get #shown() {
    return this.#known.get(this.#key);
  }

  get #key() {
    return `${this.#view} ${this.#language}`;
  }

  #path(more = "") {
    const id = encodeURIComponent(this.job.job_id);
    return `api/translation/${id}?view=${this.#view}&language=${this.#language}${more}`;
  }

  /**
   * The menu. @param {{masked: boolean, wishes: string[]}} how the current view
   * @param {object[]} segments shown
   */
  draw({ masked, wishes }, segments) {
    if (!this.isOffered) return null;
    this.#view = masked ? "masked" : "original";
    this.#load();
    const missing = segments.filter((one) => one.text.trim() && !this.of(one)).length;
    const { element } = this;
    const isOpen = element.open;
    element.replaceChildren(
      h(
        "summary",
        { class: "button", id: "translation" },
        icon("translate"),
        h("span", { class: "label" }, t("translation")),
      ),
      h(
        "div",
        { class: "choices" },
        this.#select(),
        this.#language && this.#make(segments.length, missing),
        this.#language && this.#options(),
        wishes.length > 0 && h("p", { class: "soft" }, t("translation.reading")),
        h("p", { class: "soft" }, t(`summary.about.${this.#view}`)),
      ),
    );
    element.open = isOpen;
    return element;
  }

  #select() {
    const codes = LANGUAGES.slice(0, MOST).filter((code) => code !== this.job.result.language);
    const named = codes.map((code) => [code, languageName(code)]);
    named.sort(([, one], [, other]) => one.localeCompare(other));
    const options = [["", t("translation.none")], ...named].map(([value, name]) =>
      h("option", { value, selected: value === this.#language }, name),
    );
    const select = h("select", { name: "translation-language" }, options);
    select.addEventListener("change", () => {
      this.#language = select.value;
      localStorage.setItem(STORED_LANGUAGE, select.value);
      this.onChange();
    });
    return h("label", { class: "field" }, h("span", {}, t("translation.into")), select);
  }

  #make(count, missing) {
    const isBusy = this.#busy.has(this.#key);
    const made = this.#shown ?? {};
    const isBegun = missing < count;
    const text = isBegun ? t("translation.rest", { n: missing }) : t("translation.make");
    return h(
      "div",
      { class: "asking", role: "status" },
      isBegun &&
        h("p", { class: "soft" }, t(missing ? "translation.missing" : "translation.done", { n: missing })),
      missing > 0 &&
        h(
          "button",
          {
            type: "button",
            name: "translate",
            disabled: isBusy,
            "aria-busy": String(isBusy),
            onclick: () => this.#translate(),
          },
          isBusy ? t("translation.busy") : text,
        ),
      made.problem ? h("p", { class: "wrong" }, made.problem) : why(made, "translate"),
    );
  }

  #options() {
    const alone = h("input", {
      type: "checkbox",
      name: "translation-alone",
      checked: this.isAlone,
      onchange: () => {
        this.isAlone = alone.checked;
        this.onChange();
      },
    });
    return [
      h("label", { class: "check" }, alone, h("span", {}, t("translation.alone"))),
      FILES.map((format) =>
        h(
          "button",
          { type: "button", name: `translation-${format}`, onclick: () => this.#save(format) },
          icon("download"),
          t(`format.${format}`),
        ),
      ),
    ];
  }

  /** Read what was translated before. */
  async #load() {
    const key = this.#key;
    if (!this.#language || this.#known.has(key)) return;
    this.#take(key, { segments: [] });
    try {
      this.#take(key, await request(this.#path()));
    } catch (error) {
      this.#take(key, { segments: [], problem: sentence(error) });
    }
    const made = this.#known.get(key);
    if (made.lines.size || made.problem) this.onChange();
  }

  #take(key, { segments, ...made }) {
    const done = segments.filter(({ translation }) => translation);
    const lines = new Map(done.map(({ text, translation }) => [text, translation]));
    this.#known.set(key, { ...made, lines });
  }

  async #translate() {
    const key = this.#key;
    const path = this.#path();
    this.#busy.add(key);
    this.onChange();
    try {
      await this.settle();
      this.#take(key, await request(path, { method: "POST" }));
    } catch (error) {
      this.#known.set(key, { ...this.#known.get(key), problem: sentence(error) });
    }
    this.#busy.delete(key);
    this.onChange();
  }

  /** Download the translation as subtitles. */
  async #save(format) {
    try {
      await this.settle();
      const answer = await fetch(this.#path(`&format=${format}`), { headers: headers() });
      if (!answer.ok) throw failure(answer.status, await answer.text(), null);
      const stem = nameOf(this.job).replace(/\.[^.]+$/, "");
      download(`${stem}.${this.#language}.${format}`, await answer.blob());
    } catch (error) {
      toast(sentence(error));
    }
  }
}
