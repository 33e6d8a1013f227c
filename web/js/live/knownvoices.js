/** Names of speakers whose voices are remembered, asked for while a recording runs. */

import { heard } from "../voices.js";

/** Between two questions: the more is heard of a voice, the surer it is known. */
const PAUSE_MS = 4_000;

export class KnownVoices {
  #askedAt = -PAUSE_MS;
  #isAsking = false;

  /**
   * @param {import("./transcript.js").Transcript} transcript
   * @param {() => void} onNamed somebody has a name now
   */
  constructor(transcript, onNamed) {
    this.transcript = transcript;
    this.onNamed = onNamed;
  }

  /** Ask who the speakers of a session are, not too often. @param {string} session of the server */
  async look(session) {
    const now = performance.now();
    if (this.#isAsking || now - this.#askedAt < PAUSE_MS) return;
    this.#isAsking = true;
    this.#askedAt = now;
    try {
      if (this.transcript.nameSpeakers(await heard(session))) this.onNamed();
    } catch {
      // asked again with the next words
    }
    this.#isAsking = false;
  }
}
