/**
 * The second stream of a recording: the same sound, to be had in English. No elements.
 *
 * The original never waits for it, and asks the server for a place first. While there is none
 * for the translation, the sound is kept and sent later, as that of the original is; switched off,
 * its last words still come.
 */

import { LiveStream } from "../stream/stream.js";
import { PASSING } from "../stream/verdict.js";

export class Interpreter {
  /** The server refused the present stream a place for now. */
  waiting = false;
  /** @type {LiveStream|null} the one that hears */
  #hearing = null;
  /** All whose last words have not come. @type {Set<LiveStream>} */
  #streams = new Set();
  /** Those that wait until the original has a place. @type {Set<LiveStream>} */
  #unopened = new Set();

  /**
   * @param {object} hooks
   * @param {(final: object) => void} hooks.onFinal on the recording's clock
   * @param {() => void} hooks.onWaiting the server has no place, or has one again
   * @param {(code: string, values?: object) => void} hooks.onProblem a text's key, under `problem`
   * @param {() => void} hooks.onOver the last words of the last stream have come
   */
  constructor(hooks) {
    this.hooks = hooks;
  }

  /** Whether it hears the recording. */
  get on() {
    return this.#hearing !== null;
  }

  /** Whether words may still come. */
  get busy() {
    return this.#streams.size > 0;
  }

  /**
   * Begin to hear; `open` follows once the original has a place.
   * @param {{url: string, key: string|null, rate: number, query: Record<string, string>}} options
   *   of the original's stream
   * @param {number} fromS where in the recording
   */
  begin({ query, ...options }, fromS) {
    const { words: _, vad_events: __, diarize: ___, ...same } = query;
    const at = (time) => time + fromS;
    const stream = new LiveStream({
      ...options,
      query: { ...same, task: "translate", partials: "false" },
      onEvent: (event) => {
        if (event.type !== "final") return;
        this.hooks.onFinal({ ...event, start: at(event.start), end: at(event.end) });
      },
      onState: (state, verdict) => this.#changed(stream, state, verdict),
    });
    this.#streams.add(stream);
    this.#unopened.add(stream);
    this.#hearing = stream;
  }

  /** The original has a place: the translation may ask for one. */
  open() {
    const streams = [...this.#unopened];
    this.#unopened.clear();
    for (const stream of streams) stream.open();
  }

  /** The original is over: what has not begun never will, of the rest the last words come. */
  finish() {
    this.end();
    for (const stream of [...this.#unopened]) stream.abandon();
  }

  /** @param {Int16Array} samples */
  send(samples) {
    const stream = this.#hearing;
    if (!stream || stream.send(samples)) return;
    this.hooks.onProblem("translation_kept_full");
    stream.abandon();
  }

  flush() {
    this.#hearing?.flush();
  }

  /** @param {object} values language, prompt, hotwords */
  change(values) {
    this.#hearing?.change(values);
  }

  /** Hear no more; what was heard is still translated. */
  end() {
    this.#hearing?.end();
    this.#hearing = null;
  }

  /** Do not wait for anything. */
  abandon() {
    for (const stream of [...this.#streams]) stream.abandon();
  }

  #changed(stream, state, verdict) {
    if (state === "over") {
      this.#streams.delete(stream);
      this.#unopened.delete(stream);
      if (this.#hearing === stream) this.#hearing = null;
      if (verdict) this.hooks.onProblem("translation_failed", { message: verdict.message });
    }
    const full = state === "broken" && PASSING.has(verdict.code);
    this.#wait(full || (this.waiting && state === "connecting"));
    if (state === "over" && !this.busy) this.hooks.onOver();
  }

  #wait(waiting) {
    if (waiting === this.waiting) return;
    this.waiting = waiting;
    this.hooks.onWaiting();
  }
}
