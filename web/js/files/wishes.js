/** The options for the next files. */

import { find, h } from "../dom.js";
import { language, languageName, onLanguage, t } from "../i18n.js";

const STORED = "file-options";
/** Maximum length of a text, as on the server. */
const MOST_LETTERS = 4000;
/** Size in bytes from which files are processed piece by piece by default. */
const LARGE = 100 * 1024 * 1024;
const CHECKS = [
  "privacy_removal",
  "classification",
  "ai_agent",
  "summary",
  "multichannel",
  "diarize",
  "known_voices",
  "is_stream",
];
/** Options that need a language model. */
const WRITTEN = ["ai_agent", "summary"];
/** Speakers are separated either by channel or by voice. */
const EITHER = { multichannel: "diarize", diarize: "multichannel" };

export class Wishes {
  /**
   * @param {HTMLElement} root
   * @param {object} config of the server
   * @param {{id?: string, values?: object}} more `values`: for one file, not stored
   */
  constructor(root, config, { id = "file", values = null } = {}) {
    this.root = root;
    this.config = config;
    this.id = id;
    this.isKept = values === null;
    this.values = {
      language: config.languages.includes(language) ? language : config.language,
      privacy_removal: false,
      classification: false,
      ai_agent: false,
      summary: false,
      is_stream: false,
      multichannel: false,
      diarize: false,
      known_voices: false,
      prompt: "",
      hotwords: "",
      ...(values ?? stored()),
    };
    if (this.isKept) onLanguage(() => this.draw());
    else this.draw();
  }

  /** The options for one file. @param {File} file */
  for(file) {
    const { prompt, hotwords, ...values } = this.values;
    return {
      ...values,
      ai_agent: values.ai_agent && this.config.language_model,
      summary: values.summary && this.config.language_model,
      diarize: values.diarize && !this.config.speakers_off,
      known_voices: values.known_voices && this.config.remembers_voices,
      is_stream: values.is_stream || file.size > LARGE,
      ...(prompt ? { prompt } : {}),
      ...(hotwords ? { hotwords } : {}),
    };
  }

  draw() {
    const named = this.config.languages.map((code) => [code, languageName(code)]);
    named.sort(([, one], [, other]) => one.localeCompare(other, language));
    const first = named.filter(([code]) => ["ko", "en"].includes(code));
    const rest = named.filter(([code]) => !["ko", "en"].includes(code));
    const detects = this.config.traits.detects_language;
    const option = ([value, text]) =>
      h("option", { value, selected: value === this.values.language }, text);
    const select = h(
      "select",
      { id: `${this.id}-language`, onchange: () => this.#set("language", select.value) },
      [...(detects ? [["auto", t("language.auto")]] : []), ...first].map(option),
      h("hr"),
      rest.map(option),
    );
    this.root.replaceChildren(
      h("label", { class: "field" }, h("span", {}, t("language.spoken")), select),
      this.#text("prompt", `${this.id}-prompt`),
      this.#text("hotwords", `${this.id}-hotwords`),
      h("div", { class: "checks" }, ...this.#offered.map((name) => this.#check(name))),
    );
  }

  #text(name, id) {
    const field = h("textarea", {
      id,
      rows: 1,
      maxlength: MOST_LETTERS,
      placeholder: t(`${name}.example`),
      value: this.values[name],
      onchange: () => this.#set(name, field.value.trim()),
    });
    const off = !this.config.traits.context_text;
    return h(
      "label",
      { class: "field" },
      h("span", {}, t(name)),
      field,
      off && h("small", {}, t("context.off")),
    );
  }

  /** Add a name or a term for the recognition of the next files. */
  addTerm(term) {
    const terms = this.values.hotwords.split(",").map((one) => one.trim());
    if (terms.includes(term)) return;
    const all = [...terms, term].filter(Boolean).join(", ");
    if (all.length > MOST_LETTERS) return;
    this.#set("hotwords", all);
    this.draw();
  }

  get #offered() {
    const { language_model: writes, remembers_voices: remembers } = this.config;
    const isPossible = (name) => (WRITTEN.includes(name) ? writes : true);
    return CHECKS.filter((name) => (name === "known_voices" ? remembers : isPossible(name)));
  }

  #check(name) {
    const off = name === "diarize" && Boolean(this.config.speakers_off);
    const about = off ? "diarize.off" : `wish.${name}.about`;
    const box = h("input", {
      type: "checkbox",
      name,
      checked: this.values[name] && !off,
      disabled: off,
      onchange: () => {
        this.#set(name, box.checked);
        if (box.checked && name in EITHER) this.#take(EITHER[name]);
      },
    });
    return h(
      "label",
      { class: "check" },
      box,
      h("span", {}, t(`wish.${name}`), h("small", {}, t(about))),
    );
  }

  #take(name) {
    this.#set(name, false);
    find(`input[name=${name}]`, this.root).checked = false;
  }

  #set(name, value) {
    this.values[name] = value;
    if (this.isKept) localStorage.setItem(STORED, JSON.stringify(this.values));
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}
