/** Who speaks: the numbers that segments carry, and the names that people gave. No elements. */

import { parts } from "./words.js";

/** Colours there are; a ninth speaker has the first one's again, and another name. */
export const COLOURS = 8;
export const MOST_LETTERS = 40;

/** The number of a segment's speaker, or of its channel; null: nobody knows. */
export function speakerOf({ speaker, channel }) {
  if (Number.isInteger(speaker)) return speaker;
  return Number.isInteger(channel) ? channel : null;
}

/** Whether somebody else speaks than in the segment before; undefined: it is the first. */
export function takesOver(segment, before) {
  return before === undefined || speakerOf(segment) !== speakerOf(before);
}

/**
 * A segment as one for every turn, where its words tell that speakers take turns within it. Words
 * of which nobody knows who said them go with those before.
 */
export function turns(segment) {
  const made = [];
  for (const { text, word } of parts(segment)) {
    const speaker = word ? speakerOf(word) : null;
    const last = made.at(-1);
    if (!last || (speaker !== null && ![null, speaker].includes(last.speaker))) {
      made.push({ text, words: word ? [word] : [], speaker });
      continue;
    }
    last.text += text;
    if (word) last.words.push(word);
    last.speaker ??= speaker;
  }
  if (made.length < 2) return [segment];
  return made.map((turn, index) => ({
    ...segment,
    ...turn,
    text: turn.text.trim(),
    start: index ? turn.words[0].start : segment.start,
    end: index < made.length - 1 ? turn.words.at(-1).end : segment.end,
  }));
}

export class Names {
  #names = new Map();

  /** @param {Record<string, string>} given names by number, as `all` has them */
  constructor(given = {}) {
    for (const [number, name] of Object.entries(given ?? {})) this.set(Number(number), name);
  }

  /** The name that somebody gave; empty: none. */
  get(number) {
    return this.#names.get(number) ?? "";
  }

  /** An empty name takes it away. */
  set(number, name) {
    const tidy = String(name).replace(/\s+/g, " ").trim().slice(0, MOST_LETTERS);
    if (tidy) this.#names.set(number, tidy);
    else this.#names.delete(number);
  }

  /** Names by number, for JSON. */
  get all() {
    return Object.fromEntries(this.#names);
  }
}

/**
 * The segments with `name`, where a speaker is known.
 * @param {(number: number) => string} nameOf
 */
export function named(segments, nameOf) {
  return segments.map((segment) => {
    const number = speakerOf(segment);
    return number === null ? segment : { ...segment, name: nameOf(number) };
  });
}
