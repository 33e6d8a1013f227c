/** One finished file: its sound, its words, and what was found in them. */

import { request } from "../api.js";
import { copyWords } from "../clipboard.js";
import { download, find, h, icon, toast } from "../dom.js";
import { FORMATS } from "../formats.js";
import { onLanguage, t } from "../i18n.js";
import { relabel } from "../label.js";
import { explainWords } from "../live/paper.js";
import { problem } from "../problems.js";
import { Names, named } from "../speakers.js";
import { facts } from "./facts.js";
import { resultLine } from "./lines.js";
import { Player } from "./player.js";
import { searchField, unmark } from "./search.js";

export class ResultView {
  #id = "";
  #job = null;
  #segments = [];
  /** {segments, about} without personal data; null: the words are shown as they were said. */
  #masked = null;
  #names = new Names();
  #editing = false;
  #player = null;

  /** @type {import("../label.js").Voices} */
  #voices = {
    nameOf: (number) =>
      (!this.#masked && this.#names.get(number)) || t("speaker", { n: number + 1 }),
    rename: (number, name) => this.#rename(number, name),
  };

  /** @param {HTMLElement} root @param {import("./view.js").FilesView} files */
  constructor(root, files) {
    this.root = root;
    this.files = files;
    onLanguage(() => {
      if (this.#job && !this.#editing) this.#draw();
    });
    explainWords(root);
  }

  /** @param {string} id of the job */
  async show(id) {
    this.hide();
    this.#id = id;
    this.root.replaceChildren(h("p", { class: "soft" }, t("result.loading")));
    try {
      const job = await this.files.fetch(id);
      const edit = await request(`api/edits/${encodeURIComponent(id)}`).catch(() => null);
      if (this.#id !== id) return;
      if (!job.result) {
        location.hash = "files";
        return;
      }
      this.#job = job;
      this.#segments = edit?.segments ?? job.result.segments;
      this.#masked = null;
      this.#names = new Names(edit?.speakers);
      this.edited = Boolean(edit);
      this.#draw();
    } catch (error) {
      const { title, advice } = problem(error.code, { message: error.message });
      this.root.replaceChildren(this.#back(), h("p", {}, h("strong", {}, title), " ", advice));
    }
  }

  hide() {
    this.#player?.close();
    this.#player = null;
    this.#id = "";
    this.#job = null;
    this.#editing = false;
    unmark();
  }

  #back() {
    return h("a", { class: "button", href: "#files" }, icon("back"), t("result.back"));
  }

  #draw() {
    const { result, file_path: name, file_id: fileId } = this.#job;
    this.#player?.close();
    this.root.replaceChildren(
      h("div", { class: "result-head" }, this.#back(), h("h1", {}, name), this.#tools()),
      h("div", { class: "player card" }),
      h(
        "div",
        { class: "result-body" },
        h(
          "div",
          { class: "paper card" },
          this.#bar(),
          h("div", { class: "transcript", lang: result.language }, h("div", { class: "lines" })),
        ),
        h("aside", { class: "facts", "aria-label": t("result.facts") }, ...facts(this.#about)),
      ),
    );
    this.#player = new Player(
      find(".player", this.root),
      fileId,
      this.files.files.get(fileId),
      (time) => this.#at(time),
    );
    this.#lines();
  }

  #tools() {
    const save = ([format, { make, type }]) =>
      h(
        "button",
        {
          type: "button",
          onclick: ({ target }) => {
            target.closest("details").open = false;
            const base = this.#job.file_path.replace(/\.[^.]+$/, "");
            const { segments: _, text: __, ...about } = this.#about;
            download(`${base}.${format}`, make(this.#named, about), type);
          },
        },
        t(`format.${format}`),
      );
    return h(
      "div",
      { class: "tools" },
      this.#privacy(),
      h(
        "button",
        { type: "button", class: "plain", id: "edit", onclick: () => this.#edit() },
        icon("edit"),
        h("span", { class: "label" }, t(this.#editing ? "edit.save" : "edit")),
      ),
      this.#editing &&
        h(
          "button",
          { type: "button", class: "plain", onclick: () => this.#stopEditing() },
          t("cancel"),
        ),
      h(
        "button",
        {
          type: "button",
          class: "plain",
          onclick: () => copyWords(FORMATS.txt.make(this.#named).trim()),
        },
        icon("copy"),
        h("span", { class: "label" }, t("copy")),
      ),
      h(
        "details",
        { class: "menu" },
        h(
          "summary",
          { class: "button" },
          icon("download"),
          h("span", { class: "label" }, t("download")),
        ),
        h("div", {}, Object.entries(FORMATS).map(save)),
      ),
    );
  }

  /** The same result, corrections included, with personal data masked or not. */
  #privacy() {
    // Where masking was asked for with the file, the words as they were said were never kept.
    const only = isMasked(this.#job);
    const masked = only || Boolean(this.#masked);
    const choice = (wanted, name) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(masked === wanted),
          disabled: only && !wanted,
          title: only && !wanted ? t("privacy.only") : null,
          onclick: () => {
            if (wanted !== masked) this.#look(wanted);
          },
        },
        t(name),
      );
    return h(
      "div",
      { class: "pair", role: "group", "aria-label": t("privacy") },
      choice(false, "privacy.original"),
      choice(true, "privacy.masked"),
    );
  }

  /** @param {boolean} masked */
  async #look(masked) {
    const id = this.#id;
    try {
      const paths = ["transcript", "transcribe-status"].map(
        (what) => `api/${what}/${encodeURIComponent(id)}?view=masked`,
      );
      const views = masked ? await Promise.all(paths.map((path) => request(path))) : null;
      if (this.#id !== id) return;
      this.#masked = views && {
        segments: views[0].segments,
        about: { ...views[1].result, privacy_removal: views[0].privacy_removal },
      };
      this.#editing = false;
      this.#draw();
    } catch (error) {
      const { title, advice } = problem(error.code, { message: error.message });
      toast(`${title} ${advice}`);
    }
  }

  /** The segments as they are looked at. */
  get #shown() {
    return this.#masked?.segments ?? this.#segments;
  }

  /** The result as it is looked at. */
  get #about() {
    return this.#masked?.about ?? this.#job.result;
  }

  #bar() {
    const confidence = h(
      "button",
      {
        type: "button",
        class: "plain",
        "aria-pressed": "true",
        onclick: () => {
          const on = find(".lines", this.root).classList.toggle("confidence");
          confidence.setAttribute("aria-pressed", String(on));
        },
      },
      icon("eye"),
      h("span", { class: "label" }, t("confidence")),
    );
    return h(
      "div",
      { class: "tools" },
      ...searchField(() => this.root.querySelectorAll(".line p")),
      h("span", { class: "gap" }),
      this.edited && h("span", { class: "badge" }, t("edit.edited")),
      confidence,
    );
  }

  #lines() {
    const lines = find(".lines", this.root);
    lines.classList.add("confidence");
    lines.replaceChildren(
      ...this.#shown.map((segment, index) =>
        resultLine(segment, index, {
          before: this.#shown[index - 1],
          voices: this.#voices,
          isEdited: this.#editing,
          onPlay: () => this.#player.playFrom(segment.start),
        }),
      ),
    );
    if (!this.#shown.length) lines.append(h("p", { class: "soft" }, t("result.silent")));
    lines.addEventListener("click", ({ target }) => {
      const word = target instanceof Element ? target.closest(".word") : null;
      if (word) this.#player.playFrom(Number(word.dataset.start));
    });
  }

  /** What is being heard is marked; a result may have a hundred thousand words. */
  #at(time) {
    for (const element of this.root.querySelectorAll(".heard")) element.classList.remove("heard");
    if (this.#player?.audio.paused) return;
    const index = lastBefore(this.#shown, time);
    const line = find(".lines", this.root).children[index];
    if (index < 0 || !line || time >= this.#shown[index].end) return;
    line.classList.add("heard");
    for (const word of line.querySelectorAll(".word")) {
      const heard = time >= Number(word.dataset.start) && time < Number(word.dataset.end);
      word.classList.toggle("heard", heard);
    }
  }

  async #edit() {
    if (!this.#editing) {
      this.#editing = true;
      this.#masked = null; // what is corrected is what was said
      this.#draw();
      return;
    }
    const fields = [...this.root.querySelectorAll("textarea[data-index]")];
    const segments = this.#segments.map((segment, index) => {
      const text = fields[index].value.trim();
      return text === segment.text ? segment : { ...segment, text };
    });
    if (!(await this.#keep(segments))) return;
    this.#segments = segments;
    this.#stopEditing();
    toast(t("edit.saved"));
  }

  /** @returns {Promise<boolean>} whether the server has it */
  async #keep(segments) {
    try {
      await request(`api/edits/${encodeURIComponent(this.#id)}`, {
        method: "PUT",
        json: { segments, speakers: this.#names.all },
      });
    } catch (error) {
      const { title, advice } = problem(error.code, { message: error.message });
      toast(`${title} ${advice}`);
      return false;
    }
    this.edited = true;
    return true;
  }

  get #named() {
    return named(this.#shown, this.#voices.nameOf);
  }

  async #rename(number, name) {
    if (this.#masked) return; // it would not be shown
    this.#names.set(number, name);
    relabel(this.root, this.#voices);
    if (await this.#keep(this.#segments)) toast(t("edit.saved"));
  }

  #stopEditing() {
    this.#editing = false;
    this.#draw();
  }
}

/** @param {object} job with its result, short or whole */
export function isMasked(job) {
  return job.result?.processing_steps?.privacy_removal === true;
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
