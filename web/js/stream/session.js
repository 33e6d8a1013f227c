/**
 * The client's half of the protocol, without a socket: messages in, events and messages out.
 *
 * A stream lives longer than a connection and may outlive a session of the server. So positions
 * count from the stream's beginning, and what the server says on the clock of a later session is
 * moved onto the stream's own. The counterpart of `realtime/client/session.py`, for one channel.
 */

import { CAPACITY, Outbox, WINDOW } from "./outbox.js";

/** Bytes between two questions "have you got it so far?" */
const PING_EVERY = 32 * 1024;
/** Seconds: times come in whole milliseconds, closer than this is the same place. */
const SAME_PLACE_S = 0.0015;

export class ClientSession {
  /** The server has said `ready` on the present connection. */
  ready = false;
  /** The server's id of the session; null: there is none to go on with. @type {string|null} */
  session = null;
  /** The end of the audio was given. */
  finishing = false;
  /** The server has said its last word. */
  ended = false;
  /** The server ended the session although audio goes on: the next connection begins another. */
  handedOver = false;
  /** The fatal error of the present connection. @type {object|null} */
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
   * @param {number} capacity bytes kept at most
   * @param {number} window bytes on their way at most
   */
  constructor(rate, capacity = CAPACITY, window = WINDOW) {
    this.bytesPerS = 2 * rate;
    this.outbox = new Outbox(2, capacity, window);
    // Half of each bound, so that an answer that would make room is always on its way.
    this.pingEvery = Math.max(1, Math.min(PING_EVERY, capacity >> 1, window >> 1));
  }

  /** Bytes of audio that may be given now. */
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

  /** Queue `flush`, `clear` or `start`: it takes effect after the audio given so far. */
  giveControl(type, values = {}) {
    this.#refuseAfterEnd();
    if (type === "flush") this.#flushes += 1;
    if (type === "start") this.#changes.push({ at: this.outbox.end, values });
    this.outbox.addControl(JSON.stringify({ type, ...values }));
  }

  /** No more audio will come; may be called again. */
  giveEnd() {
    if (this.finishing) return;
    this.giveControl("end");
    this.finishing = true;
  }

  #refuseAfterEnd() {
    if (this.finishing) throw new Error("The end of the audio was already given.");
  }

  /** A connection stands; the server speaks first. */
  connected() {
    this.ready = false;
    this.handedOver = false;
    this.failure = null;
    this.#urgent = [];
    this.#resuming = this.session !== null;
  }

  /** What to send now; null: nothing until more is given or received. */
  nextMessage() {
    if (!this.ready || this.ended) return null;
    if (this.#urgent.length) return this.#urgent.shift();
    const message = this.outbox.nextMessage();
    if (this.outbox.sent - this.#pinged >= this.pingEvery) this.#ping();
    if (message === null && this.#urgent.length) return this.#urgent.shift();
    return message;
  }

  /** Ask how far the server is, also where little was sent: is anybody there? */
  ask() {
    if (this.ready) this.#ping();
  }

  #ping() {
    this.#pinged = this.outbox.sent;
    this.#urgent.push(JSON.stringify({ type: "ping", id: this.#pinged }));
  }

  /**
   * Take in one message of the server.
   * @param {string} text
   * @returns {object[]} what the application should see of it
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
        return []; // of a later version of the protocol
    }
  }

  get #shiftS() {
    return this.#base / this.bytesPerS;
  }

  /** The same event on the stream's own clock and count. */
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
    if (this.ready) return [ready]; // it confirms changed options; nothing begins
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
    // Options that were changed before this place; later changes are sent in theirs.
    const before = this.#changes.filter((change) => change.at < offset);
    if (before.length) {
      const values = Object.assign({}, ...before.map((change) => change.values));
      this.#urgent.push(JSON.stringify({ type: "start", ...values }));
    }
  }

  /**
   * The session is no more: the next one begins with the oldest audio that is kept.
   * @returns {object[]} a warning that tells how much may be missing
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
      return []; // a later session heard again what an earlier one had finished
    }
    if (final.flush) {
      this.#answered += 1;
      if (!final.text && this.#answered > this.#flushes) return []; // asked twice, answered twice
    }
    this.#lastEnd = Math.max(covered, final.end);
    this.outbox.release(2 * Math.round((this.#lastEnd * this.bytesPerS) / 2));
    return [final];
  }

  #takeEnd(end) {
    // A client's own end, and one for its silence, are ends; others are the server's affairs.
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

/** Whole microseconds: no dust of an addition. */
function round(seconds) {
  return Math.round(seconds * 1e6) / 1e6;
}
