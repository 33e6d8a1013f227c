/** The transcript of a session: finals, and the current partial. No elements. */

import { Names, speakerOf, turns } from "../speakers.js";
import { Pairing, TARGET, translationOf } from "./pairing.js";

/**
 * @typedef {object} Segment
 * @property {number} start s on the session's clock, on which recordings are consecutive
 * @property {number} end
 * @property {string} text
 * @property {object[]} [words]
 * @property {string} [language]
 * @property {number} [speaker]
 * @property {{start: number, end: number, text: string}[]} [translations]
 * @property {boolean} [edited] whether the text was corrected
 * @property {boolean} [marked] whether it has a bookmark
 */

export class Transcript {
  /** @type {Segment[]} */
  segments = [];
  /** Start of each recording on the session's clock in s, and in ms since 1970.
   * @type {{at: number, started: number}[]} */
  recordings = [];
  /** @type {{stable: string, text: string, start: number, end: number, language?: string}|null} */
  partial = null;
  names = new Names();
  #offset = 0;
  /** Number of the current recording's first speaker. It is a new one, since only users can tell
   * whether it is a speaker of an earlier recording. */
  #firstSpeaker = 0;
  /** Number of the previous recording's first speaker. */
  #firstBefore = 0;
  /** Seconds of the recording up to which everything was cleared. */
  #cleared = 0;
  #heard = 0;
  #pairing = new Pairing();
  #changed = new Set();
  /** Segment → index in `segments`. @type {WeakMap<Segment, number>} */
  #places = new WeakMap();
  #unsaved = new Set();
  /** Replaced line → its successor, for translations that come after a correction. */
  #followers = new WeakMap();

  /** Load `kept`. @param {{segments: Segment[], recordings: object[], names: object}} kept */
  load({ segments = [], recordings = [], names = {} }) {
    this.clear();
    for (const segment of segments) this.#add(segment);
    this.#unsaved.clear();
    this.recordings = recordings;
    this.names = new Names(names);
    this.#offset = this.segments.at(-1)?.end ?? 0;
    this.newSpeakers();
  }

  /**
   * Begin a recording after the existing ones; it has its own clock.
   * @param {number} started ms since 1970
   */
  begin(started) {
    this.#offset = this.segments.at(-1)?.end ?? 0;
    this.#cleared = 0;
    this.#heard = 0;
    this.#pairing = new Pairing();
    this.partial = null;
    this.recordings = this.recordings.filter(({ at }) => at < this.#offset);
    this.recordings.push({ at: this.#offset, started });
    this.newSpeakers();
  }

  /** The recording that contains a moment of the session; undefined: none. */
  recordingAt(time) {
    return this.recordings.findLast(({ at }) => at <= time);
  }

  /** The time of a moment of the session within its recording, in seconds. */
  timeOf(time) {
    return time - (this.recordingAt(time)?.at ?? 0);
  }

  /** Continue the speaker numbers, since the server knows the previous recording's voices. */
  sameSpeakers() {
    this.#firstSpeaker = this.#firstBefore;
  }

  /** Use new speaker numbers, since the server restarts counting. */
  newSpeakers() {
    this.#firstBefore = this.#firstSpeaker;
    this.#firstSpeaker = 1 + Math.max(-1, ...this.segments.map((one) => speakerOf(one) ?? -1));
  }

  /**
   * Add a `partial` or `final` of the stream. `detected`: the model detected the language.
   * @returns {object[]} the added segments: none, one, or one for each speaker's turn
   */
  take(event, detected = false) {
    if (event.type === "partial") {
      const { text, stable, language } = event;
      const [start, end] = [this.#at(event.start), this.#at(event.end)];
      this.partial = { text, stable, start, end, language };
      return [];
    }
    this.partial = null;
    this.#heard = event.end;
    if (!event.text.trim()) return [];
    const segment = {
      ...this.#span(event),
      language: event.language,
      confidence: event.confidence,
    };
    if (detected) segment.detected = true;
    if (Number.isInteger(event.speaker)) segment.speaker = this.#speaker(event);
    if (event.words) {
      segment.words = event.words.map((word) => ({
        ...word,
        start: this.#at(word.start),
        end: this.#at(word.end),
        ...(Number.isInteger(word.speaker) ? { speaker: this.#speaker(word) } : {}),
      }));
    }
    const added = turns(segment);
    for (const one of added) {
      this.#add(one);
      this.#place(this.#pairing.addOriginal(one));
    }
    return added;
  }

  /** Add a final of the translating stream. */
  translate(final) {
    if (!final.text.trim() || final.end <= this.#cleared) return;
    this.#place(this.#pairing.addTranslation(this.#span(final)));
  }

  /**
   * Both streams are over: place the translations that wait for an original, and make a line of a
   * partial whose final will not come, since what was shown must not vanish.
   * @returns {Segment[]} the line, if there is one
   */
  settle() {
    const { partial } = this;
    this.partial = null;
    const left = [];
    if (partial?.text.trim()) {
      const { start, end, language } = partial;
      left.push({ start, end, text: partial.text.trim(), language });
      this.#add(left[0]);
    }
    this.#place(this.#pairing.close());
    return left;
  }

  /** The segments whose translation has changed since the last call. */
  takeChanged() {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /**
   * Name the current recording's speakers who have no name yet.
   * @param {Record<string, string>} names by the server's numbers
   * @returns {boolean} whether a speaker got a name
   */
  nameSpeakers(names) {
    const unnamed = Object.entries(names)
      .map(([number, name]) => [this.#speaker({ speaker: Number(number) }), name])
      .filter(([number]) => !this.names.get(number));
    for (const [number, name] of unnamed) this.names.set(number, name);
    return unnamed.length > 0;
  }

  #speaker({ speaker }) {
    return speaker + this.#firstSpeaker;
  }

  #at(time) {
    return Math.round((time + this.#offset) * 1000) / 1000;
  }

  #span({ start, end, text }) {
    return { start: this.#at(start), end: this.#at(end), text: text.trim() };
  }

  #place(pairs) {
    for (const { translation, original } of pairs) {
      if (!original) {
        const segment = { ...translation, language: TARGET };
        this.#add(segment);
        this.#changed.add(segment);
        continue;
      }
      const segment = this.#present(original);
      if (!segment) continue; // the line was deleted
      segment.translations = inOrder([...(segment.translations ?? []), translation]);
      this.#changed.add(segment);
      this.touch(segment);
    }
  }

  /** The current successor of a line. */
  #present(segment) {
    let present = segment;
    while (present && this.#followers.has(present)) present = this.#followers.get(present);
    return present;
  }

  /**
   * Replace lines by others, which inherit the current bookmarks and translations.
   * @param {Segment[]} segments
   */
  replace(from, count, segments) {
    const old = this.segments.splice(from, count, ...segments);
    handOn(old, segments);
    for (const segment of segments) this.#followers.delete(segment);
    old.forEach((one, index) => {
      if (segments.includes(one)) return;
      this.#followers.set(one, segments[Math.min(index, segments.length - 1)] ?? null);
      this.#unsaved.delete(one);
    });
    const moved = segments.length === count ? segments : this.segments.slice(from);
    moved.forEach((segment, index) => {
      this.#places.set(segment, from + index);
      this.touch(segment);
    });
  }

  #add(segment) {
    this.#places.set(segment, this.segments.length);
    this.segments.push(segment);
    this.touch(segment);
  }

  /** Index of a segment in `segments`. */
  placeOf(segment) {
    return this.#places.get(segment);
  }

  /** Mark a segment as changed, so that it is saved again. */
  touch(segment) {
    this.#unsaved.add(segment);
  }

  /** Segments changed since the last call, indexed. @returns {{n: number, segment: Segment}[]} */
  takeUnsaved() {
    const unsaved = [...this.#unsaved].map((segment) => ({
      n: this.#places.get(segment),
      segment,
    }));
    this.#unsaved.clear();
    return unsaved;
  }

  /** All segments with their indices. @returns {{n: number, segment: Segment}[]} */
  get placed() {
    return this.segments.map((segment, n) => ({ n, segment }));
  }

  /** Clear the session; it begins with the next text of a recording that is running. */
  clear() {
    this.segments = [];
    this.recordings = this.recordings.slice(-1).map(({ started }) => ({ at: 0, started }));
    this.partial = null;
    this.names = new Names();
    this.#offset = 0;
    this.#cleared = this.#heard;
    this.#pairing = new Pairing();
    this.#changed.clear();
    this.#unsaved.clear();
    this.newSpeakers();
  }

  /** The whole text for reading: with translations below, and the partial. */
  get read() {
    const segments = this.segments.map((segment) => {
      const translation = translationOf(segment);
      return translation ? { ...segment, text: `${segment.text}\n${translation}` } : segment;
    });
    const { partial } = this;
    return partial?.text.trim() ? [...segments, { ...partial, end: partial.start }] : segments;
  }
}

function inOrder(translations) {
  return translations.sort((one, other) => one.start - other.start);
}

/** Hand a bookmark to the first new line, and each translation to the line at its time. */
function handOn(old, segments) {
  const translations = inOrder(old.flatMap((segment) => segment.translations ?? []));
  const isMarked = old.some(({ marked }) => marked);
  segments.forEach((segment, index) => {
    const end = segments[index + 1]?.start ?? Infinity;
    const begin = index ? segment.start : -Infinity;
    const own = translations.filter(({ start }) => start >= begin && start < end);
    if (own.length) segment.translations = own;
    else delete segment.translations;
    if (isMarked && index === 0) segment.marked = true;
    else delete segment.marked;
  });
}
