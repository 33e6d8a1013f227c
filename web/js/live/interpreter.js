/**
 * The second stream of a recording, which translates the same sound into English. No elements.
 *
 * The original never waits for it, and requests its place on the server first. While there is no
 * place for the translation, its sound is buffered and sent later, as for the original. After it
 * is switched off, its last words still come.
 */

import { LiveStream } from "../stream/stream.js";
import { PASSING } from "../stream/verdict.js";

export class Interpreter {
  /** Whether the server has no place for the current stream yet. */
  waiting = false;
  /** @type {LiveStream|null} the stream that gets the sound */
  #hearing = null;
  /** Streams whose last words have not come yet. @type {Set<LiveStream>} */
  #streams = new Set();
  /** Streams that wait until the original has a place. @type {Set<LiveStream>} */
  #unopened = new Set();

  /**
   * @param {object} hooks
   * @param {(final: object) => void} hooks.onFinal with times on the recording's clock
   * @param {() => void} hooks.onWaiting called when `waiting` changes
   * @param {(code: string, values?: object) => void} hooks.onProblem key of a text under `problem`
   * @param {() => void} hooks.onOver called after the last words of the last stream
   */
  constructor(hooks) {
    this.hooks = hooks;
  }

  /** Whether a stream gets the recording's sound. */
  get on() {
    return this.#hearing !== null;
  }

  /** Whether words may still come. */
  get busy() {
    return this.#streams.size > 0;
  }

  /**
   * Start a stream, which connects on `open` once the original has a place.
   * @param {{url: string, key: string|null, rate: number, query: Record<string, string>}} options
   *   of the original's stream
   * @param {number} fromS its start in the recording
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

  /** The original has a place, so the translation may request one. */
  open() {
    const streams = [...this.#unopened];
    this.#unopened.clear();
    for (const stream of streams) stream.open();
  }

  /** The original is over: drop streams that have not connected, and end the others. */
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

  /** Send no more sound; the sound sent so far is still translated. */
  end() {
    this.#hearing?.end();
    this.#hearing = null;
  }

  /** Close all streams without waiting. */
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
