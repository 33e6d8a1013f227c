/** The silence that is going on while it listens: a line that grows until somebody speaks. */

import { PAUSE_S } from "../pause.js";

const TICK_MS = 1000;

export class OpenSilence {
  /** End of the last speech, in s on the recording's clock; text may follow later. */
  #spokenS = 0;

  /**
   * @param {import("./paper.js").Paper} paper
   * @param {import("./recorder.js").Recorder} recorder
   */
  constructor(paper, recorder) {
    this.paper = paper;
    this.recorder = recorder;
    setInterval(() => this.show(), TICK_MS);
  }

  /** A recording begins. */
  reset() {
    this.#spokenS = 0;
  }

  /** @param {number} time in s on the recording's clock at which somebody fell silent */
  begin(time) {
    this.#spokenS = time;
  }

  show() {
    const { state, recordedS } = this.recorder;
    const { segments, recordings, partial } = this.paper.transcript;
    if (state !== "listening" || partial?.text.trim()) {
      this.paper.showSilence(null);
      return;
    }
    const { at } = recordings.at(-1);
    const start = Math.max(at + this.#spokenS, segments.at(-1)?.end ?? 0);
    const end = at + recordedS;
    this.paper.showSilence(end - start < PAUSE_S ? null : { start, end });
  }
}
