/** Loudness, and problems with the sound. Packets in, a level and a hint out. */

/** A working microphone is louder than this even in a quiet room (-66 dBFS). */
const DEAD = 0.0005;
/** Speech with peaks below this is hard to understand (-34 dBFS). */
const FAINT = 0.02;
/** Number of packets of 100 ms. */
const DEAD_AFTER = 25;
const FAINT_AFTER = 60;
/** Share of samples at full scale from which distortion is audible. */
const CLIPPED_SHARE = 0.002;
/**
 * Number of distorted packets in the last 3 s that counts as too loud. A cough, a knock at the
 * microphone, or the first syllables before the browser lowers the gain distort only 1 to 3.
 */
const LOUD_WINDOW = 30;
const LOUD_FROM = 6;
/** The hint stays until only this many are left, so that it does not flicker between words. */
const LOUD_UNTIL = 2;
/** Lower end of the meter in dBFS. */
const FLOOR_DB = -60;

export class Level {
  /** Loudness of the last packet on the meter's scale, 0 … 1. */
  now = 0;
  /** `silent`, `faint`, `loud` or "". */
  hint = "";
  #dead = 0;
  #faint = 0;
  /** For each of the last packets, whether it was distorted. @type {boolean[]} */
  #distorted = [];

  /** @param {{audio: Int16Array, peak: number, rms: number, clipped: number}} packet */
  take({ audio, peak, rms, clipped }) {
    const db = 20 * Math.log10(Math.max(rms, 1e-6));
    this.now = Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
    this.#dead = peak < DEAD ? this.#dead + 1 : 0;
    this.#faint = peak < FAINT ? this.#faint + 1 : 0;
    this.#distorted.push(clipped > CLIPPED_SHARE * audio.length);
    this.#distorted = this.#distorted.slice(-LOUD_WINDOW);
    const loud = this.#distorted.filter(Boolean).length;
    if (loud >= (this.hint === "loud" ? LOUD_UNTIL : LOUD_FROM)) this.hint = "loud";
    else if (this.#dead >= DEAD_AFTER) this.hint = "silent";
    else if (this.#faint >= FAINT_AFTER) this.hint = "faint";
    else this.hint = "";
  }

  reset() {
    this.now = 0;
    this.hint = "";
    this.#dead = 0;
    this.#faint = 0;
    this.#distorted = [];
  }
}
