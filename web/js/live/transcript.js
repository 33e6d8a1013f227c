/** The transcript of a session: finals, and the one reading that may still change. No elements. */

import { Names, speakerOf, turns } from "../speakers.js";
import { Pairing, TARGET, translationOf } from "./pairing.js";

/**
 * @typedef {object} Segment
 * @property {number} start s on the session's clock, on which recordings follow each other
 * @property {number} end
 * @property {string} text
 * @property {object[]} [words]
 * @property {string} [language]
 * @property {number} [speaker]
 * @property {{start: number, end: number, text: string}[]} [translations]
 * @property {boolean} [edited] somebody corrected the text
 * @property {boolean} [marked] somebody put a bookmark here
 */

export class Transcript {
  /** @type {Segment[]} */
  segments = [];
  /** Where each recording begins on the session's clock in s, and when it was, in ms since 1970.
   * @type {{at: number, started: number}[]} */
  recordings = [];
  /** @type {{stable: string, text: string, start: number}|null} */
  partial = null;
  names = new Names();
  #offset = 0;
  /** The present recording's first speaker has this number: whether it is one of those before,
   * only people can say. */
  #firstSpeaker = 0;
  /** The same of the recording before. */
  #firstBefore = 0;
  /** Seconds of the recording up to which everything was cleared away. */
  #cleared = 0;
  #heard = 0;
  #pairing = new Pairing();
  #changed = new Set();
  /** The places of the segments in `segments`. @type {WeakMap<Segment, number>} */
  #places = new WeakMap();
  #unsaved = new Set();
  /** Lines that gave way, by corrections, to others: their translation may still be on its way. */
  #followers = new WeakMap();

  /** Take a session that was kept. @param {{segments: Segment[], recordings: object[], names: object}} kept */
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
   * A recording begins; what is there stays before it, on a clock of its own.
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

  /** The recording that a moment of the session belongs to; undefined: nobody knows. */
  recordingAt(time) {
    return this.recordings.findLast(({ at }) => at <= time);
  }

  /** Seconds from the beginning of its recording. */
  timeOf(time) {
    return time - (this.recordingAt(time)?.at ?? 0);
  }

  /** The server knows the voices of the recording before: its numbers go on. */
  sameSpeakers() {
    this.#firstSpeaker = this.#firstBefore;
  }

  /** From here on the server counts speakers anew. */
  newSpeakers() {
    this.#firstBefore = this.#firstSpeaker;
    this.#firstSpeaker = 1 + Math.max(-1, ...this.segments.map((one) => speakerOf(one) ?? -1));
  }

  /**
   * Take a `partial` or `final` of the stream. `detected`: the model told the language.
   * @returns {object[]} the segments that were added: none, one, or one for every turn of a speaker
   */
  take(event, detected = false) {
    if (event.type === "partial") {
      this.partial = { text: event.text, stable: event.stable, start: this.#at(event.start) };
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

  /** Take a final of the stream that translates the same sound. */
  translate(final) {
    if (!final.text.trim() || final.end <= this.#cleared) return;
    this.#place(this.#pairing.addTranslation(this.#span(final)));
  }

  /** Neither stream says more: what was translated without an original finds its place. */
  finish() {
    this.#place(this.#pairing.close());
  }

  /** The segments whose translation has changed since the last time; they are told once. */
  takeChanged() {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /**
   * Name speakers of the present recording to whom nobody gave a name.
   * @param {Record<string, string>} names by the server's numbers
   * @returns {boolean} whether somebody has a name who had none
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
      if (!segment) continue; // somebody deleted the line
      segment.translations = inOrder([...(segment.translations ?? []), translation]);
      this.#changed.add(segment);
      this.touch(segment);
    }
  }

  /** What stands now where this line stood. */
  #present(segment) {
    let present = segment;
    while (present && this.#followers.has(present)) present = this.#followers.get(present);
    return present;
  }

  /**
   * Put other lines in the place of some. Bookmarks and translations go along, whichever came last.
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

  /** The place of a segment in `segments`. */
  placeOf(segment) {
    return this.#places.get(segment);
  }

  /** Something about a segment has changed: it must be kept anew. */
  touch(segment) {
    this.#unsaved.add(segment);
  }

  /** What has changed since the last time, with its place. @returns {{n: number, segment: Segment}[]} */
  takeUnsaved() {
    const unsaved = [...this.#unsaved].map((segment) => ({
      n: this.#places.get(segment),
      segment,
    }));
    this.#unsaved.clear();
    return unsaved;
  }

  /** All segments with their places. @returns {{n: number, segment: Segment}[]} */
  get placed() {
    return this.segments.map((segment, n) => ({ n, segment }));
  }

  /** An empty session; what a recording that runs says from now on is its beginning. */
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

  /** All that was said as it is read: translations below, and the unfinished part. */
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

/** Lines that gave way leave their bookmark to the first, each translation to whom it belongs. */
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
