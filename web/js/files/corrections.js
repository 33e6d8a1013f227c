/** Corrections of a result: its document, and how much of it is saved. */

import { h, toast } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { Names } from "../speakers.js";
import { corrected, correcting } from "./asked.js";
import { listed, placed } from "./comments.js";
import { askConflict } from "./conflict.js";
import { Document } from "./document.js";
import { Keeper } from "./keeper.js";
import { equal, merge } from "./merge.js";
import { isOpen, page } from "./pages.js";

const MERGED = { way: "merge", theirs: [] };

export class Corrections {
  #original;
  #recognised;
  #status = "saved";
  #id;
  #isAsking = false;

  /**
   * @param {object} job with its result
   * @param {object|null} edit as the server has it
   * @param {(isRenamed: boolean) => void} onChange `isRenamed`: whether speakers have other names
   * @param {() => void} onReplace called before lines are replaced, to close a field in them
   */
  constructor(job, edit, onChange, onReplace) {
    this.onReplace = onReplace;
    this.#original = job.result.segments;
    this.#recognised = job.result.speakers;
    this.isEdited = Boolean(edit);
    this.badge = h("span", { class: "badge", role: "status", hidden: true });
    this.resolve = h(
      "button",
      { type: "button", id: "resolve", hidden: true, onclick: () => this.#settle() },
      t("conflict.resolve"),
    );
    this.#id = job.job_id;
    const known = this.#stateOf(edit);
    this.document = new Document(known.state, (state, before) => {
      this.isEdited = true;
      this.keeper.take(this.document.state);
      onChange(state.speakers !== before.speakers);
    });
    this.keeper = new Keeper(job.job_id, known, (status, error) => this.#told(status, error), {
      send: correcting(job.job_id),
      store: localStorage,
      page,
      isOpen,
    });
    this.say("saved");
  }

  /** @param {object|null} edit as the server has it */
  #stateOf(edit) {
    const segments = edit?.segments ?? this.#original;
    const names = edit ? edit.speakers : this.#recognised;
    return {
      state: { segments, speakers: new Names(names).all },
      version: edit?.version ?? 0,
    };
  }

  #told(status, error) {
    this.say(status, error);
    if (status === "conflict") this.#settle();
  }

  get segments() {
    return this.document.segments;
  }

  /** Restore corrections of closed pages that this browser has stored and the server lacks. */
  async bringBack() {
    for (const { base, mine, forget } of await this.keeper.restored()) {
      const theirs = this.document.state;
      const merged = merge(base, mine, theirs);
      const answer = merged.collisions.length ? await askConflict(merged) : MERGED;
      const state = answer ? chosen(answer, { merged, mine, theirs }) : mine;
      if (!equal(state, theirs)) {
        this.onReplace();
        this.document.change(state);
        toast(t("edit.restored"));
      } // else the server had it already, and only its answer was lost
      forget();
    }
  }

  /** Somebody else corrected it meanwhile: ask how to combine both. */
  async #settle() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const { state: theirs, version } = this.#stateOf(await corrected(this.#id));
      const mine = this.document.state;
      if (equal(mine, theirs)) {
        this.keeper.rebase(mine, version); // the server had it: only its answer was lost
        return;
      }
      const merged = merge(this.keeper.saved, mine, theirs);
      const isOneSided = !merged.collisions.length && !(merged.mine && merged.theirs);
      const answer = isOneSided ? MERGED : await askConflict(merged);
      if (!answer) return;
      this.onReplace();
      this.keeper.rebase(theirs, version);
      const state = chosen(answer, { merged, mine, theirs });
      // Undo leads to the rejected version.
      if (answer.way === "mine") this.document.change(theirs);
      this.document.change(state);
    } catch (error) {
      this.say("waiting", error);
    } finally {
      this.#isAsking = false;
    }
  }

  /** The name given to a speaker; undefined: none. */
  nameOf(number) {
    return this.document.state.speakers[number];
  }

  /** The speakers and their names. @returns {{number: number, name: string}[]} */
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

  /** Restore the model's text; comments stay. */
  restore() {
    this.document.change({ segments: placed(this.#original, listed(this.segments)) });
    toast(t("edit.original.done"));
  }

  /** Show whether the corrections are saved. */
  say(status = this.#status, error = null) {
    this.#status = status;
    const text = status === "saved" && !this.isEdited ? "" : t(`edit.${status}`);
    if (this.badge.textContent !== text) this.badge.textContent = text;
    this.badge.hidden = !text;
    this.badge.classList.toggle("late", ["waiting", "conflict"].includes(status));
    this.resolve.hidden = status !== "conflict";
    this.resolve.textContent = t("conflict.resolve");
    this.badge.title = error ? sentence(error) : "";
  }
}

/** The state that results from an answer to a conflict. */
function chosen({ way, theirs: choices }, { merged, mine, theirs }) {
  return { merge: () => merged.build(choices), mine: () => mine, theirs: () => theirs }[way]();
}
