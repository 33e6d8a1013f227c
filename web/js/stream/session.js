/**
 * The client's half of the protocol, without a socket: messages in, events and messages out.
 *
 * A stream outlives connections and may outlive a session of the server. So positions count from
 * the stream's beginning, and times on the clock of a later session are moved onto the stream's
 * own clock. The counterpart of `realtime/client/session.py`, for one channel.
 */

import { CAPACITY, Outbox, WINDOW } from "./outbox.js";

/** Bytes between two pings, which make the server confirm audio. */
const PING_EVERY = 32 * 1024;
/** Seconds below which two times are equal, since times come in whole milliseconds. */
const SAME_PLACE_S = 0.0015;

export class ClientSession {
  /** Whether the server has sent `ready` on the current connection. */
  ready = false;
  /** The server's id of the session; null: there is none to resume. @type {string|null} */
  session = null;
  /** Whether the audio has ended. */
  finishing = false;
  /** Whether the server has sent its last message. */
  ended = false;
  /** Whether the server ended the session before the audio did; the next connection begins one. */
  handedOver = false;
  /** The fatal error of the current connection. @type {object|null} */
  failure = null;

  #urgent = [];
  #pinged = 0;
  #flushes = 0;
  #answered = 0;
  #changes = [];
  #base = 0;
  #shiftId = 0;
  #lastId = -1;
  #lastEnd = -1;
  #lost = 0;
  #resuming = false;

  /**
   * @param {number} rate Hz of the audio, 16 bit, mono
   * @param {number} capacity maximum bytes kept
   * @param {number} window maximum bytes in transit
   */
  constructor(rate, capacity = CAPACITY, window = WINDOW) {
    this.bytesPerS = 2 * rate;
    this.outbox = new Outbox(2, capacity, window);
    // Half of each limit, so that an answer that makes room is always in transit.
    this.pingEvery = Math.max(1, Math.min(PING_EVERY, capacity >> 1, window >> 1));
  }

  /** Bytes of audio that may be added now. */
  get room() {
    return this.outbox.room;
  }

  /** Seconds of audio that the server has not confirmed. */
  get unconfirmedS() {
    return (this.outbox.end - this.outbox.received) / this.bytesPerS;
  }

  /** Grows whenever the server confirms audio or sends a final. */
  get progress() {
    return this.outbox.received + this.#lastId;
  }

  /** @param {Uint8Array} audio */
  giveAudio(audio) {
    this.#refuseAfterEnd();
    this.outbox.addAudio(audio);
  }

  /** Queue `flush`, `clear` or `start`, which takes effect after the audio so far. */
  giveControl(type, values = {}) {
    this.#refuseAfterEnd();
    if (type === "flush") this.#flushes += 1;
    if (type === "start") this.#changes.push({ at: this.outbox.end, values });
    this.outbox.addControl(JSON.stringify({ type, ...values }));
  }

  /** End the audio; may be called again. */
  giveEnd() {
    if (this.finishing) return;
    this.giveControl("end");
    this.finishing = true;
  }

  #refuseAfterEnd() {
    if (this.finishing) throw new Error("The audio has already ended.");
  }

  /** Start a new connection, on which the server sends first. */
  connected() {
    this.ready = false;
    this.handedOver = false;
    this.failure = null;
    this.#urgent = [];
    this.#resuming = this.session !== null;
  }

  /** The next message to send; null: none until more is added or received. */
  nextMessage() {
    if (!this.ready || this.ended) return null;
    if (this.#urgent.length) return this.#urgent.shift();
    const message = this.outbox.nextMessage();
    if (this.outbox.sent - this.#pinged >= this.pingEvery) this.#ping();
    if (message === null && this.#urgent.length) return this.#urgent.shift();
    return message;
  }

  /** Ping the server even if little was sent, to check that it is alive. */
  ask() {
    if (this.ready) this.#ping();
  }

  #ping() {
    this.#pinged = this.outbox.sent;
    this.#urgent.push(JSON.stringify({ type: "ping", id: this.#pinged }));
  }

  /**
   * Handle one message of the server.
   * @param {string} text
   * @returns {object[]} events for the application
   */
  receive(text) {
    const raw = parse(text);
    switch (raw.type) {
      case "pong":
        if (Number.isInteger(raw.id)) this.outbox.confirm(raw.id);
        return [];
      case "ready":
        return this.#start(raw);
      case "final":
        return this.#takeFinal(raw);
      case "partial":
        return [this.#moved(raw)];
      case "speech_start":
      case "speech_end":
        return [{ ...raw, t: round(raw.t + this.#shiftS) }];
      case "error":
        if (raw.fatal !== true) return [raw];
        this.failure = raw;
        return [];
      case "end":
        return this.#takeEnd(raw);
      case "warning":
        return [raw];
      default:
        return []; // from a later version of the protocol
    }
  }

  get #shiftS() {
    return this.#base / this.bytesPerS;
  }

  /** The event with the stream's own times and ids. */
  #moved(raw) {
    const shift = this.#shiftS;
    const at = (time) => round(time + shift);
    const event = { ...raw, id: raw.id + this.#shiftId, start: at(raw.start), end: at(raw.end) };
    if (raw.words) {
      event.words = raw.words.map((word) => ({
        ...word,
        start: at(word.start),
        end: at(word.end),
      }));
    }
    return event;
  }

  #start(ready) {
    if (this.ready) return [ready]; // it only confirms changed options
    const events = [];
    if (this.#resuming && ready.resumed !== true) events.push(...this.forgetSession());
    this.session = ready.session;
    this.ready = true;
    if (ready.resumed === true) this.outbox.rewind(this.#base + 2 * ready.samples_received);
    else this.#beginAt(this.outbox.start);
    this.#pinged = this.outbox.sent;
    return [...events, ready];
  }

  #beginAt(offset) {
    this.outbox.rewind(offset);
    this.#base = offset;
    this.#shiftId = this.#lastId + 1;
    // Options changed before this position; later changes are sent at their own positions.
    const before = this.#changes.filter((change) => change.at < offset);
    if (before.length) {
      const values = Object.assign({}, ...before.map((change) => change.values));
      this.#urgent.push(JSON.stringify({ type: "start", ...values }));
    }
  }

  /**
   * The session no longer exists: the next one begins with the oldest audio kept.
   * @returns {object[]} a warning with the amount that may be missing
   */
  forgetSession() {
    this.session = null;
    this.#resuming = false;
    this.#lost += 1;
    const missing = this.outbox.start / this.bytesPerS - Math.max(0, this.#lastEnd);
    return [
      {
        type: "warning",
        code: "session_lost",
        text: "",
        message: "The server lost the session; a new one goes on.",
        missing_s: missing > SAME_PLACE_S ? round(missing) : 0,
      },
    ];
  }

  #takeFinal(raw) {
    if (Number.isInteger(raw.seq)) {
      this.#urgent.push(JSON.stringify({ type: "ack", seq: raw.seq }));
    }
    const final = this.#moved(raw);
    if (final.id <= this.#lastId) return []; // sent again after a break
    this.#lastId = final.id;
    const covered = this.#lastEnd;
    if (this.#lost && final.text && final.end <= covered + SAME_PLACE_S) {
      return []; // a later session repeated a final of an earlier one
    }
    if (final.flush) {
      this.#answered += 1;
      if (!final.text && this.#answered > this.#flushes) return []; // sent twice, answered twice
    }
    this.#lastEnd = Math.max(covered, final.end);
    this.outbox.release(2 * Math.round((this.#lastEnd * this.bytesPerS) / 2));
    return [final];
  }

  #takeEnd(end) {
    // Ends by the client, or for its silence, end the stream; others are for the server's reasons.
    const heard = this.#shiftS + end.audio_s >= this.outbox.end / this.bytesPerS - SAME_PLACE_S;
    if (!["drain", "max_session"].includes(end.reason) || (this.finishing && heard)) {
      this.ended = true;
      return [end];
    }
    this.handedOver = true;
    return this.forgetSession();
  }
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

/** Round to whole microseconds, to remove floating-point errors. */
function round(seconds) {
  return Math.round(seconds * 1e6) / 1e6;
}
