/**
 * Pairs finals of the translation with finals of the original. Spans `{start, end}` in, pairs out;
 * seconds on one clock.
 *
 * Both are finals of the same sound, cut by two streams: mostly at the same pauses, but without a
 * pause, one stream may have two finals where the other has one. A translation belongs to the
 * original with which it overlaps most, else to the nearest. Originals come in order of time, and a
 * translation may come before its original. So it waits until it overlaps one by half of its
 * length, or one begins after its end: from then on no later one can be closer.
 */

import { joinTexts } from "../scripts.js";

/** Seconds by which two spans overlap; negative: the seconds between them. */
export function shared(one, other) {
  return Math.min(one.end, other.end) - Math.max(one.start, other.start);
}

/**
 * The original closest to a translation, the earlier of two equal ones; null: there is none.
 * @param {object[]} originals in order of time
 */
export function closest(translation, originals) {
  let best = null;
  let most = -Infinity;
  for (let index = originals.length - 1; index >= 0; index -= 1) {
    const share = shared(translation, originals[index]);
    if (share >= most) {
      best = originals[index];
      most = share;
    }
    if (originals[index].end <= translation.start) break; // earlier ones are farther away
  }
  return best;
}

export class Pairing {
  #originals = [];
  #waiting = [];
  #closed = false;

  /**
   * The next original, in order of time.
   * @returns {{translation: object, original: object}[]} the translations paired now
   */
  addOriginal(original) {
    this.#originals.push(original);
    return this.#settle();
  }

  /** A translation, in any order. @returns as `addOriginal` */
  addTranslation(translation) {
    this.#waiting.push(translation);
    return this.#settle();
  }

  /**
   * No further original comes: pair all waiting translations with the nearest.
   * @returns as `addOriginal`; `original` is null if there are none at all
   */
  close() {
    this.#closed = true;
    return this.#settle();
  }

  #settle() {
    const placed = this.#waiting
      .map((translation) => ({ translation, original: closest(translation, this.#originals) }))
      .filter((pair) => this.#isSettled(pair));
    const settled = new Set(placed.map(({ translation }) => translation));
    this.#waiting = this.#waiting.filter((translation) => !settled.has(translation));
    return placed;
  }

  #isSettled({ translation, original }) {
    if (this.#closed) return true;
    if (!original) return false;
    const half = (translation.end - translation.start) / 2;
    return shared(translation, original) >= half || this.#originals.at(-1).start >= translation.end;
  }
}

/** The language into which Whisper translates. */
export const TARGET = "en";

const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** The translation shown beside a segment; empty: there is none, or none is needed. */
export function translationOf({ text, language, translations = [] }) {
  const joined = joinTexts(translations.map((one) => one.text));
  return language === TARGET || letters(joined) === letters(text) ? "" : joined;
}

/**
 * The transcript in the target language, with the translation's own times. Segments in that
 * language, or without a translation, stay unchanged.
 * @param {object[]} segments each with its `translations`, if any
 */
export function translated(segments) {
  const made = segments.flatMap((segment, index) => {
    const { translations = [], speaker, name } = segment;
    if (translationOf(segment)) {
      return translations.map((one) => ({ ...one, language: TARGET, speaker, name }));
    }
    // One translation may cover two originals: it is stored at one of them.
    const beside = [segments[index - 1], segments[index + 1]].filter((one) => one);
    const covered = beside.some((other) =>
      (other.translations ?? []).some((one) => shared(one, segment) > 0 && translationOf(other)),
    );
    return covered && segment.language !== TARGET ? [] : [{ ...segment, translations: undefined }];
  });
  return made.sort((one, other) => one.start - other.start);
}
