/** One finished file: its sound, its text, and the facts found in it. */

import { find, h, icon, toast } from "../dom.js";
import { explainWords } from "../explain.js";
import { onLanguage, t } from "../i18n.js";
import { sentence } from "../problems.js";
import { displayed } from "../shown.js";
import { named } from "../speakers.js";
import { corrected, isMasked, readView } from "./asked.js";
import { Aside } from "./aside.js";
import { Commenting } from "./commenting.js";
import { Corrections } from "./corrections.js";
import { Editor } from "./editor.js";
import { FindBar } from "./findbar.js";
import { Follow } from "./follow.js";
import { nameOf } from "./listing.js";
import { missing } from "./missing.js";
import { Outputs } from "./outputs.js";
import { Player } from "./player.js";
import { Playing } from "./playing.js";
import { unmark } from "./search.js";
import { shareButton } from "./share.js";
import { Sheet } from "./sheet.js";
import { bar, body, resultKeys, tools } from "./tools.js";
import { Translating } from "./translating.js";
import { again, versionsMenu } from "./versions.js";

export class ResultView {
  #id = "";
  #job = null;
  /** {segments, about} shown instead of the original text; null: the original. */
  #view = null;
  #how = { masked: false, wishes: [] };
  /** Number of the latest requested view; answers for earlier ones are ignored. */
  #turn = 0;
  /** @type {Corrections|null} */
  #corrections = null;
  #player = null;
  #sheet = null;
  #editor = null;
  /** @type {Translating|null} */
  #translating = null;
  /** @type {Commenting|null} */
  #comments = null;
  #find = null;
  #follow = null;
  /** @type {Playing|null} */
  #playing = null;
  #outputs = new Outputs(
    () => ({ job: this.#job, how: this.#how, about: this.#about, named: this.#named }),
    () => this.#settle(),
  );

  /** @type {import("../label.js").Voices} */
  #voices = {
    nameOf: (number) =>
      (!this.#how.masked && this.#corrections?.nameOf(number)) || t("speaker", { n: number + 1 }),
    rename: (number, name) => this.#rename(number, name),
  };

  /** @param {HTMLElement} root @param {import("./view.js").FilesView} files */
  constructor(root, files) {
    this.root = root;
    this.files = files;
    onLanguage(() => this.#corrections && this.#draw());
    explainWords(root, (line) => this.#sheet?.segmentOf(line));
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#corrections?.keeper.flush();
    });
    addEventListener("keydown", (event) => this.#corrections?.document.stepByKey(event));
  }

  /** @param {string} id of the job @param {string} wanted text to find in it */
  async show(id, wanted = "") {
    this.hide();
    this.#id = id;
    this.root.replaceChildren(h("p", { class: "soft" }, t("result.loading")));
    try {
      const [job, edit] = await Promise.all([
        this.files.fetch(id),
        corrected(id).catch(() => null),
      ]);
      if (this.#id !== id) return;
      if (job.result) this.#open(job, edit);
      else location.hash = "files";
      if (job.result && wanted) this.#find.look(wanted);
    } catch (error) {
      this.root.replaceChildren(this.#back(), ...missing(error));
    }
  }

  #open(job, edit) {
    this.#job = job;
    const closeField = () => [this.#editor, this.#comments].forEach((one) => one?.close());
    this.#corrections = new Corrections(job, edit, (isRenamed) => this.#changed(isRenamed), closeField);
    this.#build();
    this.#corrections.bringBack();
  }

  #build() {
    const { result, file_path: name, file_id: fileId } = this.#job;
    this.#translating = new Translating(this.#job, {
      isOffered: Boolean(this.files.config.summaries),
      settle: () => this.#settle(),
      onChange: () => this.#fill(),
    });
    const lines = h("div", { class: ["lines confidence", ...displayed()].join(" ") });
    const playing = h("div", { class: "player" });
    this.#sheet = new Sheet(lines, {
      voices: this.#voices,
      translation: this.#translating,
      onDrawn: () => this.#find?.refresh(),
    });
    this.#player = new Player(playing, {
      fileId,
      name,
      file: this.files.files.get(fileId),
      spoken: () => this.#corrections?.segments ?? [],
      onTime: (time) => this.#playing?.at(time),
    });
    if (isMasked(this.#job)) this.#player.hear(this.#id);
    this.head = h("div", { class: "result-head" });
    this.bar = h("div", { class: "bars" });
    const goTo = (seconds) => this.#playing.goTo(seconds);
    this.aside = new Aside(this.#id, this.files.config, goTo, this.#voices.nameOf);
    this.deck = h("div", { class: "deck card" }, playing, this.bar);
    this.#editor = new Editor(this.#sheet, this.#corrections.document, (corrected) =>
      this.#find.suggest(corrected),
    );
    this.#comments = new Commenting(this.#sheet, this.#corrections.document, {
      isReadOnly: () => this.#view !== null,
      here: () => this.#playing.index,
    });
    this.#follow = new Follow(() => this.deck.getBoundingClientRect().bottom);
    this.#playing = new Playing(this.#player, this.#sheet, this.#follow, () => this.#shown);
    this.root.replaceChildren(
      this.head,
      this.deck,
      body(result.language, lines, this.#player.screen, this.aside.element),
      this.#follow.button,
    );
    lines.addEventListener("click", (event) => this.#click(event));
    lines.addEventListener("dblclick", (event) => this.#edit(event));
    this.#draw();
    this.#sheet.fill(this.#shown);
  }

  hide() {
    this.#leave();
    for (const part of [this.#player, this.#sheet, this.#follow]) part?.close();
    this.#player = this.#sheet = this.#corrections = this.#follow = this.#editor = null;
    this.#comments = this.#playing = this.#translating = null;
    this.#id = "";
    this.#job = this.#view = null;
    this.#how = { masked: false, wishes: [] };
    this.#turn += 1;
    this.root.replaceChildren();
    unmark();
  }

  #settle() {
    this.#editor.close();
    return this.#corrections.keeper.flush();
  }

  /** Leave the result; corrections are being saved. */
  #leave() {
    this.#editor?.close();
    this.#corrections?.keeper.flush();
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    if (!this.#player) return [];
    return resultKeys(this.#player, this.#find.field, {
      edit: () => this.#switchEditing(),
      comment: () => this.#comments.open(),
      again: () => again(this.#job, this.files),
      share: () => this.#outputs.share(),
    });
  }

  #back() {
    return h("a", { class: "button", href: "#files" }, icon("back"), t("result.back"));
  }

  /** Draw everything except the player and the lines, in the page's language. */
  #draw() {
    const { activeElement: active } = document;
    const focused = this.head.contains(active) ? active.name : "";
    this.head.replaceChildren(
      this.#back(),
      h("h1", {}, nameOf(this.#job)),
      tools({
        how: this.#how,
        isMasked: isMasked(this.#job),
        isReading: Boolean(this.head.querySelector(".reading[open]")),
        onLook: (change) => this.#look(change),
        onSilence: () => this.#silence(),
        isEditing: this.#editor.isOn,
        onEdit: () => this.#switchEditing(),
        outputs: this.#outputs,
        lines: this.#sheet.lines,
        more: [
          this.#translating.draw(this.#how, this.#shown),
          versionsMenu(this.#job, this.files),
          shareButton(() => this.#outputs.share()),
        ],
      }),
    );
    if (focused) this.head.querySelector(`[name="${focused}"]`)?.focus();
    this.#find = new FindBar({
      segments: () => this.#shown,
      sheet: this.#sheet,
      document: this.#corrections.document,
      onReveal: () => this.#follow.leave(),
      onTerm: (term) => this.files.wishes.addTerm(term),
    });
    this.bar.replaceChildren(
      ...bar({
        find: this.#find,
        status: [this.#corrections.badge, this.#corrections.resolve],
        document: this.#corrections.document,
        lines: this.#sheet.lines,
        onOriginal: () => this.#restore(),
      }),
    );
    this.#sheet.lines.classList.toggle("viewed", this.#view !== null);
    this.#translating.mark(this.#sheet.lines, this.#editor.isOn);
    this.#comments.translate();
    this.#player.translate();
    this.#caption();
    this.#sheet.rename();
    this.#refresh();
  }

  /** Update the parts that depend on the text. */
  #refresh() {
    const { document: words, isEdited, voices } = this.#corrections;
    this.#corrections.say();
    this.aside.draw(this.#about, this.#how.masked ? "masked" : "original", voices, this.#shown);
    const isOn = this.#editor.isOn;
    find("#undo", this.bar).disabled = !words.canUndo;
    find("#redo", this.bar).disabled = !words.canRedo;
    find("#original", this.bar).disabled = !isEdited;
    find(".corrections", this.bar).hidden = !isOn;
    this.#find.replace.hidden = !isOn;
    this.#find.refresh();
  }

  #changed(isRenamed) {
    if (this.#view || !this.#sheet) return;
    this.#sheet.update(this.#shown);
    if (isRenamed) this.#sheet.rename();
    this.#refresh();
    this.#caption();
  }

  #caption() {
    if (this.#player.screen) this.#player.caption(this.#named, this.#job.result.language);
  }

  #switchEditing() {
    if (this.#view && !this.#editor.isOn) this.#plain(); // only the original can be corrected
    this.#editor.isOn = !this.#editor.isOn;
    this.#draw();
  }

  #edit(event) {
    const index = this.#sheet.indexOf(event.target);
    if (this.#editor.isOn || this.#view || index < 0 || !event.target.closest("p")) return;
    this.#switchEditing();
    this.#editor.openAt(index, event);
  }

  #click(event) {
    const { target } = event;
    const index = this.#sheet.indexOf(target);
    if (index < 0) return;
    if (target.closest(".from")) this.#playing.from(this.#shown[index].start);
    else if (this.#editor.isOn && target.closest("p")) this.#editor.openAt(index, event);
    else this.#playing.fromWord(event);
  }

  /** Change the view. @param {Partial<{masked: boolean, wishes: string[]}>} change */
  async #look(change) {
    const wasMasked = this.#how.masked;
    Object.assign(this.#how, change);
    const turn = (this.#turn += 1);
    this.#editor.isOn = false;
    try {
      await this.#corrections.keeper.flush();
      const view = await readView(this.#id, this.#how, this.#corrections.segments);
      if (turn === this.#turn) this.#view = view;
    } catch (error) {
      toast(sentence(error));
      this.#how.masked = wasMasked;
    }
    if (turn !== this.#turn) return;
    if (this.#how.masked !== wasMasked) this.#player.hear(this.#how.masked ? this.#id : null);
    this.#fill();
  }

  #fill() {
    if (!this.#sheet) return;
    this.#draw(); // first, since it chooses the translation
    this.#sheet.fill(this.#shown);
  }

  /** Permanently replace the original sound by the one masked with tones. */
  async #silence() {
    if (!(await this.#outputs.silence())) return;
    this.files.files.delete(this.#job.file_id);
    this.#player.forget();
  }

  /** Show the original text, for corrections. */
  #plain() {
    if (this.#how.masked) this.#player.hear(null);
    this.#view = null;
    this.#how = { masked: false, wishes: [] };
    this.#sheet.fill(this.#shown);
  }

  #restore() {
    this.#editor.close();
    this.#corrections.restore();
  }

  #rename(number, name) {
    if (this.#how.masked) return; // the new name would not be visible
    this.#corrections.rename(number, name);
  }

  /** The segments in the current view. */
  get #shown() {
    return this.#view?.segments ?? this.#corrections.segments;
  }

  /** The result in the current view. */
  get #about() {
    return this.#view?.about ?? this.#job.result;
  }

  get #named() {
    return named(this.#shown, this.#voices.nameOf);
  }
}
