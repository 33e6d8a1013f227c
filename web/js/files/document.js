/** A transcript under correction, with undo and redo. No elements, no requests. */

import { speakerOf } from "../speakers.js";
import { merge, realign, split } from "./align.js";

/** Maximum steps of undo; a step stores only the list of its segments. */
const MOST_STEPS = 300;

/**
 * @typedef {{segments: object[], speakers: Record<string, string>}} State immutable; each change
 *   makes a new one
 */

/** Operations on the lines of a transcript, based on a subclass's `segments` and `splice`. */
export class Lines {
  /** @returns {boolean} whether the line could be split there */
  split(index, offset) {
    const halves = split(this.segments[index], offset);
    if (halves) this.splice(index, 1, halves);
    return Boolean(halves);
  }

  /** Join a line with the next one. @returns {boolean} whether there is one */
  merge(index) {
    if (index < 0 || index + 1 >= this.segments.length) return false;
    this.splice(index, 2, [merge(this.segments[index], this.segments[index + 1])]);
    return true;
  }

  /** Give a line a new text; its words keep their times. */
  retype(index, text) {
    this.splice(index, 1, [realign(this.segments[index], text)]);
  }

  /** Give a line to a speaker. @returns {boolean} whether it was another one's */
  assign(index, speaker) {
    const segment = this.segments[index];
    if (speakerOf(segment) === speaker) return false;
    const words = segment.words?.map((word) => ("speaker" in word ? { ...word, speaker } : word));
    this.splice(index, 1, [{ ...segment, speaker, ...(words ? { words } : {}) }]);
    return true;
  }

  /** Undo and redo by Ctrl+Z and Ctrl+Y, unless a text field handles them. */
  stepByKey(event) {
    const isOurs = (event.ctrlKey || event.metaKey) && ["z", "Z", "y"].includes(event.key);
    if (!isOurs || event.target.matches?.("input, textarea")) return;
    event.preventDefault();
    if (event.key === "y" || event.shiftKey) this.redo();
    else this.undo();
  }
}

export class Document extends Lines {
  #undo = [];
  #redo = [];
  #last = "";

  /**
   * @param {State} state
   * @param {(state: State, before: State) => void} onChange
   */
  constructor(state, onChange) {
    super();
    this.state = state;
    this.onChange = onChange;
  }

  get segments() {
    return this.state.segments;
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  get canRedo() {
    return this.#redo.length > 0;
  }

  /**
   * @param {Partial<State>} change
   * @param {string} step consecutive changes with the same step are undone together
   */
  change(change, step = "") {
    if (!step || step !== this.#last) this.#undo.push(this.state);
    if (this.#undo.length > MOST_STEPS) this.#undo.shift();
    this.#redo = [];
    this.#last = step;
    this.#become({ ...this.state, ...change });
  }

  /** Make the next change a step of its own. */
  endStep() {
    this.#last = "";
  }

  undo() {
    this.#goBack(this.#undo, this.#redo);
  }

  redo() {
    this.#goBack(this.#redo, this.#undo);
  }

  #goBack(from, to) {
    if (!from.length) return;
    to.push(this.state);
    this.#last = "";
    this.#become(from.pop());
  }

  #become(state) {
    const before = this.state;
    this.state = state;
    this.onChange(state, before);
  }

  /** Replace `count` segments by others. */
  splice(from, count, made, step) {
    const segments = [...this.segments];
    segments.splice(from, count, ...made);
    this.change({ segments }, step);
  }

  /** @returns {number} number of replacements */
  replaceAll(pattern, text) {
    let count = 0;
    const segments = this.segments.map((segment) => {
      const found = segment.text.match(pattern)?.length ?? 0;
      count += found;
      return found
        ? realign(
            segment,
            segment.text.replace(pattern, () => text),
          )
        : segment;
    });
    if (count) this.change({ segments });
    return count;
  }
}

/** A pattern for the literal text `wanted` at any position. */
export function anywhere(wanted, { isExact = false } = {}) {
  return new RegExp(escaped(wanted), isExact ? "gu" : "giu");
}

/** A pattern for whole words, which Korean particles may follow. */
export function asWords(wanted) {
  const behind = /\p{Script=Hangul}$/u.test(wanted) ? "" : "(?![^\\P{L}가-힣]|\\p{N})";
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped(wanted)}${behind}`, "gu");
}

/** Number of matches of a pattern. */
export function countOf(segments, pattern) {
  return segments.reduce((sum, { text }) => sum + (text.match(pattern)?.length ?? 0), 0);
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

/**
 * The difference between two lists: the segments at `from` that were replaced. The lists share
 * the objects of unchanged segments.
 */
export function difference(before, after) {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let tail = 0;
  while (tail < most - from && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return {
    from,
    removed: before.length - tail - from,
    added: after.slice(from, after.length - tail),
  };
}

/** Index of the last segment that begins at or before `time`, by binary search; -1: none. */
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
