/** Speakers: the numbers in segments, and the names given by users. No elements. */

import { parts } from "./words.js";

/** Number of colours; the ninth speaker has the first one's colour, with another name. */
export const COLOURS = 8;
export const MOST_LETTERS = 40;
/** Number of speakers that the server accepts. */
export const MOST_SPEAKERS = 64;

/** The number of a segment's speaker, or of its channel; null: unknown. */
export function speakerOf({ speaker, channel }) {
  if (Number.isInteger(speaker)) return speaker;
  return Number.isInteger(channel) ? channel : null;
}

/** Whether the speaker differs from that of the segment before (undefined for the first). */
export function takesOver(segment, before) {
  return before === undefined || speakerOf(segment) !== speakerOf(before);
}

/** The numbers of all speakers, in order. */
export function speakersOf(segments) {
  const numbers = new Set(segments.map(speakerOf).filter((number) => number !== null));
  return [...numbers].sort((one, other) => one - other);
}

/**
 * Split a segment into one per turn if its words have different speakers. Words without a known
 * speaker belong to the words before them.
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

  /** @param {Record<string, string>} given names by number, as from `all` */
  constructor(given = {}) {
    for (const [number, name] of Object.entries(given ?? {})) this.set(Number(number), name);
  }

  /** The given name; empty: none. */
  get(number) {
    return this.#names.get(number) ?? "";
  }

  /** Set a name; an empty one removes it. */
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
 * The segments with a `name` if their speaker is known.
 * @param {(number: number) => string} nameOf
 */
export function named(segments, nameOf) {
  return segments.map((segment) => {
    const number = speakerOf(segment);
    return number === null ? segment : { ...segment, name: nameOf(number) };
  });
}
