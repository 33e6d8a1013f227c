/** How loud it is, and whether something is wrong with it. Packets in, a level and a hint out. */

/** A microphone that is on gives more than this even in a quiet room (-66 dBFS). */
const DEAD = 0.0005;
/** Speech whose peaks stay below is hard to understand (-34 dBFS). */
const FAINT = 0.02;
/** Packets of 100 ms. */
const DEAD_AFTER = 25;
const FAINT_AFTER = 60;
/** Share of samples at full scale that is heard as distortion. */
const CLIPPED_SHARE = 0.002;
/**
 * So many distorted packets of the last 3 s are more than a cough, a knock at the microphone or the
 * first syllables, before the browser has turned the gain down: those distort 1 to 3 packets.
 */
const LOUD_WINDOW = 30;
const LOUD_FROM = 6;
/** Once said, it stays until this few are left: no flicker between words. */
const LOUD_UNTIL = 2;
/** The meter's lower end in dBFS. */
const FLOOR_DB = -60;

export class Level {
  /** Loudness of the last packet on the meter's scale, 0 … 1. */
  now = 0;
  /** `silent`, `faint`, `loud` or "". */
  hint = "";
  #dead = 0;
  #faint = 0;
  /** Whether each of the last packets was distorted. @type {boolean[]} */
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
