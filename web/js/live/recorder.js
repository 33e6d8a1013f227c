/**
 * One recording: sound → stream → events, and its state. No elements of the page.
 *
 * Recording and connection are independent: without a connection the sound is buffered and sent
 * later, and after the recording the connection stays until the last words have come.
 */

import { Capture, CaptureError, microphone, sharedSound } from "../audio/capture.js";
import { Level } from "../audio/level.js";
import { LiveStream } from "../stream/stream.js";
import { Interpreter } from "./interpreter.js";
import { SHARED } from "./options.js";
import { next, recording, refusal } from "./state.js";

/** Lag of the text, in seconds, from which the page reports it. */
const BEHIND_S = 2.5;

export class Recorder {
  state = "idle";
  level = new Level();
  /** Time of the next attempt to connect, on `performance.now()`'s clock. */
  againAt = 0;
  /** Whether the sound comes from a tab or the system. */
  shared = false;
  /** Samples given to the stream ÷ rate. */
  recordedS = 0;
  /** Why there is no connection: "broken", "full" or "loading"; empty: there is one, or none yet. */
  trouble = "";
  #capture = null;
  #stream = null;
  /** Options of the current stream, which the translation shares except for a few. */
  #wishes = null;
  #lagS = 0;
  #lock = null;

  /**
   * @param {object} hooks
   * @param {() => void} hooks.onState called when the state changed
   * @param {(event: object) => void} hooks.onEvent of the stream
   * @param {(final: object) => void} hooks.onTranslation a final in English, on the same clock
   * @param {(level: number) => void} hooks.onLevel of each packet of 100 ms, 0 … 1
   * @param {(code: string, values?: object) => void} hooks.onProblem key of a text under `problem`
   * @param {(media: MediaStream) => void} hooks.onMedia the sound begins; it ends with its tracks
   * @param {(seconds: number) => void} hooks.onGivenUp the user does not wait for the text of the
   *   last seconds
   * @param {() => void} hooks.onUnanswered called when the server did not answer, before a retry
   */
  constructor(hooks) {
    this.hooks = hooks;
    this.interpreter = new Interpreter({
      onFinal: hooks.onTranslation,
      onWaiting: hooks.onState,
      onProblem: hooks.onProblem,
      onOver: () => this.#over(),
    });
  }

  /**
   * @param {object} wishes
   * @param {string} wishes.source a device, or `SHARED`
   * @param {boolean} wishes.clean whether to filter noise
   * @param {string} wishes.url of the live server
   * @param {string|null} wishes.key API key for this server
   * @param {Record<string, string>} wishes.query of the stream
   * @param {boolean} wishes.bilingual whether to translate too
   */
  async start(wishes) {
    if (this.state !== "idle") return;
    this.#go("start");
    let media;
    try {
      media =
        wishes.source === SHARED
          ? await sharedSound()
          : await microphone({ deviceId: wishes.source, clean: wishes.clean });
      if (this.state !== "asking") {
        media.getTracks().forEach((track) => track.stop());
        return;
      }
      this.level.reset();
      this.shared = wishes.source === SHARED;
      this.recordedS = 0;
      this.#capture = await Capture.start(
        media,
        (packet) => this.#take(packet),
        () => this.#lost(),
      );
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#go("failed");
      this.hooks.onProblem(error.code);
      return;
    }
    this.hooks.onMedia(media);
    this.#open(wishes);
    this.#go("recording");
    this.#stayAwake();
  }

  #open({ url, key, query, bilingual }) {
    const rate = this.#capture.rate;
    this.#lagS = 0;
    this.trouble = "";
    this.#wishes = {
      url,
      key,
      rate,
      query: { ...query, encoding: "s16le", sample_rate: String(rate), idle_close_ms: "0" },
    };
    this.#stream = new LiveStream({
      ...this.#wishes,
      onEvent: (event) => this.#heard(event),
      onState: (state, verdict) => this.#connection(state, verdict),
    });
    this.#stream.open();
    if (bilingual) this.interpreter.begin(this.#wishes, 0);
  }

  /** End the recording; a second call does not wait for the last words. */
  async stop() {
    if (this.state === "finishing") {
      const leftS = this.#stream?.session.unconfirmedS ?? 0;
      this.interpreter.abandon();
      this.#stream?.abandon();
      this.hooks.onGivenUp(leftS);
      return;
    }
    if (this.state === "asking") {
      this.#go("stop");
      return;
    }
    if (this.state === "idle") return;
    const capture = this.#capture;
    this.#capture = null;
    await capture.stop(); // which still delivers its last packet
    this.#stream?.end();
    this.interpreter.end();
    this.#go("stop");
    this.level.reset();
    this.#lock?.release();
  }

  /** Pause recording without closing the connection, or continue. */
  pause() {
    if (this.state === "paused") {
      this.#go("resume");
      if (!this.#stream.session.ready) this.#go("broken");
    } else if (recording(this.state)) {
      this.#go("pause");
      this.#stream.flush();
      this.interpreter.flush();
      this.level.reset();
    }
  }

  /** Retry now, since the server may be ready. */
  retry() {
    this.#stream?.tryNow();
  }

  /** Change options of a running stream. `bilingual`: whether to translate from now on. */
  change(values, bilingual) {
    const stream = this.#stream;
    if (!stream || stream.session.finishing) return;
    stream.change(values);
    Object.assign(this.#wishes.query, values);
    const { task: _, ...same } = values;
    if (!bilingual) this.interpreter.end();
    else if (this.interpreter.on) this.interpreter.change(same);
    else {
      this.interpreter.begin(this.#wishes, this.recordedS);
      if (stream.session.ready) this.interpreter.open();
    }
  }

  /** Lag of the text behind the speech, in seconds. */
  get behindS() {
    if (["idle", "asking", "paused"].includes(this.state) || !this.#stream) return 0;
    const waiting = this.#stream.session.unconfirmedS;
    const lag = Math.max(this.#lagS, waiting - 2);
    return lag > BEHIND_S ? lag : 0;
  }

  get paused() {
    return this.state === "paused";
  }

  /** The browser's name for the source. */
  get label() {
    return this.#capture?.label ?? "";
  }

  #take(packet) {
    this.level.take(packet);
    if (this.paused) return;
    this.hooks.onLevel(this.level.now);
    this.interpreter.send(packet.audio);
    if (this.#stream?.send(packet.audio)) {
      this.recordedS += packet.audio.length / this.#capture?.rate || 0;
    } else if (this.#stream && !this.#stream.session.finishing) {
      this.hooks.onProblem("kept_full");
      this.stop();
    }
  }

  #lost() {
    this.hooks.onProblem("source_lost");
    this.stop();
  }

  #heard(event) {
    if (event.type === "speech_start") this.#go("speech");
    if (event.type === "speech_end") this.#go("silence");
    if (event.type === "partial" || event.type === "final") this.#lagS = event.lag_ms / 1000;
    if (event.type === "warning" && event.lag_ms) this.#lagS = event.lag_ms / 1000;
    this.hooks.onEvent(event);
  }

  #connection(state, verdict) {
    if (state === "open") {
      this.trouble = "";
      this.#go("open");
      this.interpreter.open();
    }
    if (state === "broken") {
      this.againAt = performance.now() + verdict.afterMs;
      this.trouble = refusal(verdict.code);
      this.#go(this.trouble);
      if (verdict.code === "disconnected" && !verdict.everReady) this.hooks.onUnanswered();
    }
    if (state === "over") {
      this.#capture?.close();
      this.#capture = null;
      this.#stream = null;
      this.#lock?.release();
      this.interpreter.finish();
      this.#over();
      if (verdict) {
        const { code, message, reason, afterMs } = verdict;
        this.hooks.onProblem(code, { message, reason, seconds: Math.ceil(afterMs / 1000) });
      }
    }
  }

  /** Become idle once both streams are complete. */
  #over() {
    if (this.#stream) return;
    if (!this.interpreter.busy) this.#go("over");
    else if (this.state !== "finishing") this.#go("stop");
  }

  #go(event) {
    this.state = next(this.state, event);
    this.hooks.onState();
  }

  /** Keep the screen on, since a sleeping phone does not record. */
  async #stayAwake() {
    try {
      this.#lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.#lock = null; // refused if the battery is low
    }
  }
}
