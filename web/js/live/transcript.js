/** The transcript of a session: finals, and the one reading that may still change. No elements. */

const STORED = "transcript";
/** Finals that a reload brings back. */
const MOST_STORED = 2000;

export class Transcript {
  /** @type {{start: number, end: number, text: string, words?: object[], language?: string}[]} */
  segments = [];
  /** @type {{stable: string, text: string, start: number}|null} */
  partial = null;
  #offset = 0;

  /** What a reload of the page would otherwise have lost. */
  restore(storage = sessionStorage) {
    try {
      this.segments = JSON.parse(storage.getItem(STORED) ?? "[]");
    } catch {
      this.segments = [];
    }
    this.begin();
  }

  /** A further recording goes on after what is there: its times follow. */
  begin() {
    this.#offset = this.segments.at(-1)?.end ?? 0;
    this.partial = null;
  }

  /**
   * Take a `partial` or `final` of the stream. `detected`: the model told the language.
   * @returns {object|null} the segment that was added
   */
  take(event, detected = false) {
    const at = (time) => Math.round((time + this.#offset) * 1000) / 1000;
    if (event.type === "partial") {
      this.partial = { text: event.text, stable: event.stable, start: at(event.start) };
      return null;
    }
    this.partial = null;
    if (!event.text.trim()) return null;
    const segment = {
      start: at(event.start),
      end: at(event.end),
      text: event.text.trim(),
      language: event.language,
      confidence: event.confidence,
    };
    if (detected) segment.detected = true;
    if (event.words) {
      segment.words = event.words.map((word) => ({
        ...word,
        start: at(word.start),
        end: at(word.end),
      }));
    }
    this.segments.push(segment);
    return segment;
  }

  store(storage = sessionStorage) {
    try {
      storage.setItem(STORED, JSON.stringify(this.segments.slice(-MOST_STORED)));
    } catch {
      // full: the page itself still has it
    }
  }

  clear(storage = sessionStorage) {
    this.segments = [];
    this.partial = null;
    this.#offset = 0;
    storage.removeItem(STORED);
  }

  /** All of it as plain text, the unfinished part too. */
  get text() {
    const lines = this.segments.map((segment) => segment.text);
    if (this.partial?.text.trim()) lines.push(this.partial.text.trim());
    return lines.join("\n");
  }
}

/** Probability below which a word counts as doubted, and as most likely wrong. */
const DOUBTED = 0.7;
const WRONG = 0.4;

/** 0: sure, 1: doubted, 2: most likely wrong. */
export function doubt(probability) {
  if (!(probability < DOUBTED)) return 0;
  return probability < WRONG ? 2 : 1;
}

/**
 * The text of a segment as parts, those that are words with their word: spaces and signs between
 * the words stay as they are.
 * @returns {{text: string, word: object|null}[]}
 */
export function parts({ text, words }) {
  const found = [];
  let place = 0;
  for (const word of words ?? []) {
    const letters = word.word.trim();
    const at = letters ? text.indexOf(letters, place) : -1;
    if (at < 0) continue; // somebody corrected it
    if (at > place) found.push({ text: text.slice(place, at), word: null });
    found.push({ text: letters, word });
    place = at + letters.length;
  }
  if (place < text.length) found.push({ text: text.slice(place), word: null });
  return found;
}
