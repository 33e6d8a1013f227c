/** The transcript of a session: finals, and the one reading that may still change. No elements. */

import { Names, speakerOf, turns } from "../speakers.js";
import { Pairing, TARGET, translationOf } from "./pairing.js";

const STORED = "transcript";
const STORED_NAMES = "transcript-names";
/** Finals that a reload brings back. */
const MOST_STORED = 2000;

export class Transcript {
  /**
   * @type {{start: number, end: number, text: string, words?: object[], language?: string,
   *   speaker?: number, translations?: {start: number, end: number, text: string}[]}[]}
   */
  segments = [];
  /** @type {{stable: string, text: string, start: number}|null} */
  partial = null;
  names = new Names();
  #offset = 0;
  /** The present recording's first speaker has this number: whether it is one of those before,
   * only people can say. */
  #firstSpeaker = 0;
  /** Seconds of the recording up to which everything was cleared away. */
  #cleared = 0;
  #heard = 0;
  #pairing = new Pairing();
  #changed = new Set();

  /** What a reload of the page would otherwise have lost. */
  restore(storage = sessionStorage) {
    try {
      this.segments = JSON.parse(storage.getItem(STORED) ?? "[]");
      this.names = new Names(JSON.parse(storage.getItem(STORED_NAMES) ?? "{}"));
    } catch {
      this.segments = [];
    }
    this.begin();
  }

  /** A further recording goes on after what is there: its times follow. */
  begin() {
    this.#offset = this.segments.at(-1)?.end ?? 0;
    this.#cleared = 0;
    this.#heard = 0;
    this.#pairing = new Pairing();
    this.partial = null;
    this.newSpeakers();
  }

  /** From here on the server counts speakers anew. */
  newSpeakers() {
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
      this.segments.push(one);
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
        this.segments.push(segment);
        this.#changed.add(segment);
        continue;
      }
      original.translations = [...(original.translations ?? []), translation].sort(
        (one, other) => one.start - other.start,
      );
      this.#changed.add(original);
    }
  }

  store(storage = sessionStorage) {
    try {
      storage.setItem(STORED, JSON.stringify(this.segments.slice(-MOST_STORED)));
      storage.setItem(STORED_NAMES, JSON.stringify(this.names.all));
    } catch {
      // full: the page itself still has it
    }
  }

  clear(storage = sessionStorage) {
    this.segments = [];
    this.partial = null;
    this.names = new Names();
    this.#offset = 0;
    this.#cleared = this.#heard;
    this.#pairing = new Pairing();
    this.#changed.clear();
    this.newSpeakers();
    storage.removeItem(STORED);
    storage.removeItem(STORED_NAMES);
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
