/** Corrections of a session while it grows, with undo and redo. No elements. */

import { Lines } from "../files/document.js";

/** Maximum steps of undo. */
const MOST_STEPS = 300;

/** @typedef {{from: number, before: object[], after: object[]}} Step a replacement of lines */

/**
 * New lines of a recording come after all others, so the lines of a step keep their places.
 */
export class LiveDocument extends Lines {
  /** @type {Step[]} */
  #undo = [];
  /** @type {Step[]} */
  #redo = [];
  #last = "";

  /**
   * @param {import("./transcript.js").Transcript} transcript
   * @param {(step: Step) => void} onChange called after lines were replaced
   */
  constructor(transcript, onChange) {
    super();
    this.transcript = transcript;
    this.onChange = onChange;
  }

  get segments() {
    return this.transcript.segments;
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  get canRedo() {
    return this.#redo.length > 0;
  }

  /** Forget all steps, for another session. */
  reset() {
    this.#undo = [];
    this.#redo = [];
    this.#last = "";
  }

  endStep() {
    this.#last = "";
  }

  splice(from, count, made, step = "") {
    const change = {
      from,
      before: this.segments.slice(from, from + count),
      after: made.map((segment) => ({ ...segment, edited: true })),
    };
    const last = this.#undo.at(-1);
    if (step && step === this.#last) last.after = change.after;
    else this.#undo.push(change);
    if (this.#undo.length > MOST_STEPS) this.#undo.shift();
    this.#redo = [];
    this.#last = step;
    this.#put(change);
  }

  /** Join lines, but not of two recordings, since each has its own clock. */
  merge(index) {
    const [one, other] = this.segments.slice(index, index + 2);
    const { transcript } = this;
    if (!other || transcript.recordingAt(one.start) !== transcript.recordingAt(other.start))
      return false;
    return super.merge(index);
  }

  undo() {
    this.#goBack(this.#undo, this.#redo);
  }

  redo() {
    this.#goBack(this.#redo, this.#undo);
  }

  #goBack(steps, others) {
    const step = steps.pop();
    if (!step) return;
    const back = { from: step.from, before: step.after, after: step.before };
    others.push(back);
    this.#last = "";
    this.#put(back);
  }

  #put(step) {
    this.transcript.replace(step.from, step.before.length, step.after);
    this.onChange(step);
  }
}
