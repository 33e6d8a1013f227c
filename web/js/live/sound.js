/**
 * Stores the sound of a recording in this browser, a piece every two seconds, so that a crash loses
 * no more; as Opus if the browser supports it.
 */

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const PIECE_MS = 2000;
const BITS_PER_S = 32_000;

export class SoundKeeper {
  /** @type {MediaRecorder|null} */
  #recorder = null;

  /**
   * @param {import("./store.js").Store} store
   * @param {() => void} onFailure called when it cannot be stored
   */
  constructor(store, onFailure) {
    this.store = store;
    this.onFailure = onFailure;
  }

  /** Whether this browser supports it. */
  static get possible() {
    return Boolean(globalThis.MediaRecorder);
  }

  /**
   * Start storing; it ends with the tracks.
   * @param {MediaStream} media
   * @param {string} session
   * @param {number} recording time of its start, which identifies it in the session
   * @param {() => void} onKept called when its first piece is stored
   */
  start(media, session, recording, onKept) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(media, { mimeType, audioBitsPerSecond: BITS_PER_S });
    let order = Promise.resolve();
    recorder.addEventListener("dataavailable", ({ data }) => {
      if (!data.size) return;
      order = order
        .then(() => this.store.addSound(session, recording, data))
        .then(onKept)
        .catch(() => {
          if (recorder.state !== "inactive") recorder.stop();
          this.onFailure();
        });
    });
    recorder.start(PIECE_MS);
    this.#recorder = recorder;
  }

  /** Pause or continue: sound during a pause is not stored. */
  pause(isPaused) {
    const state = this.#recorder?.state;
    if (isPaused && state === "recording") this.#recorder.pause();
    if (!isPaused && state === "paused") this.#recorder.resume();
  }
}

/** The file extension for this sound. @param {Blob} sound */
export function endingOf({ type }) {
  return /^audio\/(\w+)/.exec(type)?.[1].replace("mp4", "m4a") ?? "webm";
}
