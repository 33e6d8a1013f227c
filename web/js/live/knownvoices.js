/** Names of speakers with remembered voices, requested during a recording. */

import { heard } from "../voices.js";

/** Time between requests, as recognition improves with more speech of a voice. */
const PAUSE_MS = 4_000;

export class KnownVoices {
  #askedAt = -PAUSE_MS;
  #isAsking = false;

  /**
   * @param {import("./transcript.js").Transcript} transcript
   * @param {() => void} onNamed called when a speaker got a name
   */
  constructor(transcript, onNamed) {
    this.transcript = transcript;
    this.onNamed = onNamed;
  }

  /** Request the names of a session's speakers at intervals. @param {string} session server's id */
  async look(session) {
    const now = performance.now();
    if (this.#isAsking || now - this.#askedAt < PAUSE_MS) return;
    this.#isAsking = true;
    this.#askedAt = now;
    try {
      if (this.transcript.nameSpeakers(await heard(session))) this.onNamed();
    } catch {
      // The next words cause another request.
    }
    this.#isAsking = false;
  }
}
