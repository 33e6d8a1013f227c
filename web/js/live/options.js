/** The panel of the live page: the source of the sound, and options of the transcript. */

import { canShare, microphones } from "../audio/capture.js";
import { h } from "../dom.js";
import { language, languageName, onLanguage, t } from "../i18n.js";
import { LANGUAGES } from "../languages.js";
import { chooser } from "./chooser.js";
import { checkBox, field, optionsOf, textField } from "./fields.js";
import { permissionButton } from "./keywords.js";
import { TARGET } from "./pairing.js";
import { presetControl } from "./presets.js";
import { choose, hasChoice } from "./servers.js";
import { SoundKeeper } from "./sound.js";

const STORED = "live-options";
export const PRESETS = ["low-latency", "balanced", "accuracy"];
/** Value of the source for the sound of a tab or of the system. */
export const SHARED = "shared";
const CONTEXT = ["prompt", "hotwords"];
/** Values of `task`: the original, with a translation beside it, or only the translation. */
const [ORIGINAL, BOTH, TRANSLATION] = ["transcribe", "both", "translate"];
/** Models trained without translation, by parts of their names (see their model cards). */
const NO_TRANSLATION = /turbo|distil/i;
/** Whether the page is on https, from where browsers connect only to encrypted servers. */
const SECURE = location.protocol === "https:";

export class Options {
  /** The elements that depend on the live server. */
  #perServer = [];

  /**
   * @param {HTMLElement} panel
   * @param {object} config of the server
   * @param {() => void} onChange called for changes that take effect at once
   */
  constructor(panel, config, onChange) {
    this.panel = panel;
    this.config = config;
    this.onChange = onChange;
    this.values = {
      source: "",
      language: config.languages.includes(language) ? language : config.language,
      preset: "",
      task: ORIGINAL,
      diarize: false,
      known_voices: false,
      privacy: false,
      model: "",
      prompt: "",
      hotwords: "",
      keywords: "",
      keepSound: false,
      clean: false,
      server: "",
      ...stored(),
    };
    onLanguage(() => this.draw());
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.listDevices());
  }

  /** The live server for the next stream. @returns {import("./servers.js").Choice} */
  get server() {
    return choose(this.values.server, this.config, SECURE);
  }

  /** Query parameters of the stream. */
  get query() {
    const { preset, prompt, hotwords, diarize, privacy } = this.values;
    const query = { language: this.values.language, words: "true", vad_events: "true" };
    const task = this.#task === ORIGINAL ? "" : this.#task;
    const model = this.server.url ? "" : this.values.model; // other servers have other models
    const asked = { diarize: diarize ? "true" : "", privacy: privacy ? "true" : "" };
    const given = { preset, model, prompt, hotwords, task, ...asked };
    for (const [name, value] of Object.entries(given)) if (value) query[name] = value;
    return query;
  }

  /** The options that can change while a stream runs. */
  get changeable() {
    const { prompt, hotwords } = this.values;
    return { language: this.values.language, task: this.#task, prompt, hotwords };
  }

  /** Whether to show a translation beside the original. */
  get bilingual() {
    return this.#translatable && this.values.task === BOTH;
  }

  get #translatable() {
    return this.values.language !== TARGET && this.#translates;
  }

  get #translates() {
    return this.server.url !== "" || this.config.traits.tasks.includes("translate");
  }

  /** The task of the original's stream. */
  get #task() {
    return this.#translatable && this.values.task === TRANSLATION ? TRANSLATION : ORIGINAL;
  }

  draw() {
    this.#perServer = this.#drawPerServer();
    const [spoken, model, translation] = this.#perServer;
    const fields = [
      this.#source(),
      spoken,
      model,
      this.#preset(),
      translation,
      this.#check("diarize", this.#speakersOff ? "diarize.off" : "diarize.about"),
      this.config.remembers_voices && this.#check("known_voices", "known_voices.about"),
      this.#check("privacy", "live.privacy.about", "live.privacy"),
      this.#text("prompt"),
      this.#text("hotwords"),
      this.#text("keywords", permissionButton),
      SoundKeeper.possible && this.#check("keepSound", "sound.keep.about", "sound.keep"),
      this.#check("clean", "clean.about"),
      presetControl(
        this.values,
        (values) => this.#take(values),
        (selector) => this.#redraw(selector),
      ),
      hasChoice(this.config) && this.#server(),
    ];
    this.panel.replaceChildren(...fields.filter(Boolean));
    this.listDevices();
  }

  /** Apply the options of a preset. */
  #take(values) {
    const known = Object.keys(values).filter((name) => name in this.values);
    for (const name of known) this.values[name] = values[name];
    localStorage.setItem(STORED, JSON.stringify(this.values));
    this.onChange();
    this.#redraw("#own-preset");
  }

  #source() {
    this.picker = h("select", {
      id: "source",
      onchange: () => this.#set("source", this.picker.value),
    });
    return field("source", this.picker);
  }

  /** Fill the list of devices, whose names are known only after the first permission. */
  async listDevices() {
    const devices = await microphones();
    const choices = [["", t("source.default")]];
    devices
      .filter((device) => device.deviceId !== "default" && device.label)
      .forEach((device) => choices.push([device.deviceId, device.label]));
    if (canShare) choices.push([SHARED, t("source.shared")]);
    if (!choices.some(([value]) => value === this.values.source)) this.values.source = "";
    this.picker.replaceChildren(...optionsOf(choices, this.values.source));
  }

  #language() {
    // The languages of another server's model are unknown here.
    const codes = this.server.url ? LANGUAGES : this.config.languages;
    const named = codes.map((code) => [code, languageName(code)]);
    named.sort(([, one], [, other]) => one.localeCompare(other, language));
    const first = named.filter(([code]) => ["ko", "en"].includes(code));
    const rest = named.filter(([code]) => !["ko", "en"].includes(code));
    const select = h(
      "select",
      { id: "spoken-language" },
      ...optionsOf([...this.#detected(), ...first], this.values.language),
      h("hr"),
      ...optionsOf(rest, this.values.language),
    );
    select.addEventListener("change", () => {
      this.#set("language", select.value);
      this.#redraw("#spoken-language");
    });
    return field("language.spoken", select);
  }

  /** The choice to let the model detect the language, if it can. */
  #detected() {
    const able = this.server.url || this.config.traits.detects_language;
    return able ? [["auto", t("language.auto")]] : [];
  }

  #model() {
    const models = this.config.models;
    const elsewhere = this.server.url !== "";
    if (models.length < 2 || elsewhere) {
      const name = elsewhere ? t("live.server.model") : this.config.model;
      return h(
        "p",
        { class: "field" },
        h("span", {}, t("model")),
        h("strong", { class: "value" }, name || "–"),
      );
    }
    const select = h(
      "select",
      { id: "model" },
      ...optionsOf(
        models.map((name) => [name, name]),
        this.values.model || models[0],
      ),
    );
    select.addEventListener("change", () => this.#set("model", select.value));
    return field("model", select);
  }

  #preset() {
    const choices = ["", ...PRESETS].map((name) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name: "preset",
          value: name,
          checked: name === this.values.preset,
          onchange: () => {
            this.#set("preset", name);
            this.#redraw(`input[name="preset"][value="${name}"]`);
          },
        }),
        h("span", {}, t(`preset.${name || "default"}`)),
      ),
    );
    return h(
      "div",
      { class: "field" },
      h("span", { id: "preset-name" }, t("preset")),
      h(
        "div",
        { class: "segmented", role: "radiogroup", "aria-labelledby": "preset-name" },
        ...choices,
      ),
      h("small", {}, t(`preset.${this.values.preset || "default"}.about`)),
    );
  }

  /** Controls for a translation beside the original and, if that is on, without the original. */
  #translate() {
    const { task } = this.values;
    const model = this.server.url ? "" : this.values.model || this.config.model;
    const decide = (value, id) => {
      this.#set("task", value);
      this.#redraw(id);
    };
    let about = NO_TRANSLATION.test(model) ? "translate.model" : "translate.about";
    if (!this.#translatable) about = "translate.nothing";
    if (!this.#translates) about = "translate.off";
    const wanted = this.#translatable && task !== ORIGINAL;
    const box = h("input", {
      type: "checkbox",
      id: "translate",
      checked: wanted,
      disabled: !this.#translatable,
      onchange: () => decide(box.checked ? BOTH : ORIGINAL, "#translate"),
    });
    const alone = h("input", {
      type: "checkbox",
      id: "translate-alone",
      checked: task === TRANSLATION,
      onchange: () => decide(alone.checked ? TRANSLATION : BOTH, "#translate-alone"),
    });
    return h(
      "div",
      {},
      h("label", { class: "check" }, box, h("span", {}, t("translate"), h("small", {}, t(about)))),
      wanted && h("label", { class: "check further" }, alone, h("span", {}, t("translate.alone"))),
    );
  }

  #server() {
    return chooser(this.config, this.values.server, SECURE, (wanted) => {
      this.#set("server", wanted);
      // Not everything is redrawn, since the focus is moving to the next control.
      const parts = this.#drawPerServer();
      this.#perServer.forEach((part, at) => part.replaceWith(parts[at]));
      this.#perServer = parts;
    });
  }

  #drawPerServer() {
    return [this.#language(), this.#model(), this.#translate()];
  }

  #text(name, more) {
    const box = textField(name, this.values[name], (value) => this.#set(name, value), more);
    if (CONTEXT.includes(name) && !this.server.url && !this.config.traits.context_text)
      box.append(h("small", {}, t("context.off")));
    return box;
  }

  /** Whether the server has no networks for separating speakers. */
  get #speakersOff() {
    return Boolean(this.config.speakers_off);
  }

  #check(name, about, label = name) {
    const texts = { label, about, disabled: name === "diarize" && this.#speakersOff };
    return checkBox(name, this.values[name], (on) => this.#set(name, on), texts);
  }

  /** Redraw after a choice, and keep the focus. */
  #redraw(selector) {
    this.draw();
    this.panel.querySelector(selector).focus();
  }

  #set(name, value) {
    this.values[name] = value;
    localStorage.setItem(STORED, JSON.stringify(this.values));
    if (name in this.changeable || name === "keywords") this.onChange();
  }
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}
