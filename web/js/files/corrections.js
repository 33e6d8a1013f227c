/** A result as people correct it: its document, and how far that is kept. */

import { h, toast } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { Names } from "../speakers.js";
import { correcting } from "./asked.js";
import { Document } from "./document.js";
import { Keeper } from "./keeper.js";

export class Corrections {
  #original;
  #status = "saved";

  /**
   * @param {object} job with its result
   * @param {object|null} edit as the server has it
   * @param {() => void} onChange
   */
  constructor(job, edit, onChange) {
    this.#original = job.result.segments;
    this.isEdited = Boolean(edit);
    this.badge = h("span", { class: "badge", role: "status", hidden: true });
    const state = {
      segments: edit?.segments ?? this.#original,
      speakers: new Names(edit ? edit.speakers : job.result.speakers).all,
    };
    this.document = new Document(state, () => {
      this.isEdited = true;
      this.keeper.take(this.document.state);
      onChange();
    });
    this.keeper = new Keeper(job.job_id, state, (status, error) => this.say(status, error), {
      send: correcting(job.job_id),
      store: localStorage,
    });
    this.say("saved");
  }

  get segments() {
    return this.document.segments;
  }

  /** What this browser has and the server has not. */
  bringBack() {
    const state = this.keeper.restored();
    if (!state) return;
    this.document.change(state);
    toast(t("edit.restored"));
  }

  /** The name that somebody gave to a speaker; undefined: none. */
  nameOf(number) {
    return this.document.state.speakers[number];
  }

  /** The speakers, and the names that they have. @returns {{number: number, name: string}[]} */
  get voices() {
    const numbers = new Set(this.segments.map(({ speaker }) => speaker).filter(Number.isInteger));
    return [...numbers].sort((one, other) => one - other).map((number) => ({
      number,
      name: this.nameOf(number) ?? "",
    }));
  }

  rename(number, name) {
    const names = new Names(this.document.state.speakers);
    names.set(number, name);
    this.document.change({ speakers: names.all });
  }

  /** The words as the model gave them. */
  restore() {
    this.document.change({ segments: this.#original });
    toast(t("edit.original.done"));
  }

  /** Ctrl and Z, or Y, where no field has them. */
  stepByKey(event) {
    const isOurs = (event.ctrlKey || event.metaKey) && ["z", "Z", "y"].includes(event.key);
    if (!isOurs || event.target.matches?.("input, textarea")) return;
    event.preventDefault();
    if (event.key === "y" || event.shiftKey) this.document.redo();
    else this.document.undo();
  }

  /** Say how far they are kept. */
  say(status = this.#status, error = null) {
    this.#status = status;
    const text = status === "saved" && !this.isEdited ? "" : t(`edit.${status}`);
    if (this.badge.textContent !== text) this.badge.textContent = text;
    this.badge.hidden = !text;
    this.badge.classList.toggle("late", status === "waiting");
    this.badge.title = error ? sentence(error) : "";
  }
}
