/**
 * One live stream over as many connections as necessary: audio in by `send`, events out.
 *
 * A broken connection is replaced and the session resumed; no audio is sent twice, and none is lost
 * as long as there is room to keep it.
 */

import { ClientSession } from "./session.js";
import { delayMs, judge } from "./verdict.js";

const OPEN_MS = 10_000;
/** A server that does not answer pings for this long is gone: half-open connections are common
 * when a laptop changes its network. */
const SILENT_MS = 20_000;
const ASK_MS = 5_000;

export class LiveStream {
  #socket = null;
  #timer = 0;
  #watch = 0;
  #tries = 0;
  #heardAt = 0;
  #everReady = false;
  #over = false;

  /**
   * @param {object} options
   * @param {string} options.url of the server
   * @param {Record<string, string>} options.query options of the stream
   * @param {string|null} options.key an API key
   * @param {number} options.rate Hz
   * @param {(event: object) => void} options.onEvent ready, partial, final, warning, error, end …
   * @param {(state: string, verdict?: object) => void} options.onState `connecting`, `open`,
   *   `broken` (with the reason and `afterMs`), `over` (with the reason if it was a failure)
   */
  constructor(options) {
    this.options = options;
    this.session = new ClientSession(options.rate, options.capacity);
    this.onOnline = () => this.tryNow();
  }

  /** Start connecting. */
  open() {
    addEventListener("online", this.onOnline);
    this.#watch = setInterval(() => this.#look(), ASK_MS);
    this.#connect();
  }

  /**
   * Send audio. @param {Int16Array} samples
   * @returns {boolean} false: there is no room, and the packet was not accepted
   */
  send(samples) {
    if (this.#over || this.session.finishing) return false;
    if (this.session.room < samples.byteLength) return false;
    this.session.giveAudio(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    this.#pump();
    return true;
  }

  /** Finalise the speech so far. */
  flush() {
    this.#control("flush");
  }

  /** Change language, prompt, hotwords or task for the next utterance. */
  change(values) {
    this.#control("start", values);
  }

  #control(type, values) {
    if (this.#over || this.session.finishing) return;
    this.session.giveControl(type, values);
    this.#pump();
  }

  /** End the audio; the last final and `end` follow. */
  end() {
    if (this.#over) return;
    this.session.giveEnd();
    this.#pump();
  }

  /** Close at once, without waiting for messages in transit. */
  abandon(verdict) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    removeEventListener("online", this.onOnline);
    this.#drop();
    this.options.onState("over", verdict);
  }

  #connect() {
    const { url, query, key } = this.options;
    const address = new URL(url);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    if (this.session.session) address.searchParams.set("session", this.session.session);
    // A page cannot set headers. A key that is no valid subprotocol goes into the query.
    const fits = key && /^[\w.~!#$%&'*+^`|-]+$/.test(key);
    if (key && !fits) address.searchParams.set("token", key);
    this.options.onState("connecting");
    const socket = fits ? new WebSocket(address, ["token", key]) : new WebSocket(address);
    this.#socket = socket;
    this.#heardAt = performance.now();
    this.session.connected();
    this.#timer = setTimeout(() => this.#closed(socket, 1006), OPEN_MS);
    socket.onmessage = ({ data }) => this.#receive(socket, data);
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  #receive(socket, data) {
    if (socket !== this.#socket) return;
    this.#heardAt = performance.now();
    const before = this.session.progress;
    const events = this.session.receive(data);
    if (this.session.ready) {
      clearTimeout(this.#timer);
      this.#everReady = true;
    }
    // Not at `ready`: a server that fails right after it would be retried forever without delays.
    if (this.session.progress > before) this.#tries = 0;
    for (const event of events) {
      if (event.type === "ready") this.options.onState("open");
      this.options.onEvent(event);
    }
    if (this.session.ended) this.abandon();
    else this.#pump();
  }

  #pump() {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    let message;
    while ((message = this.session.nextMessage()) !== null) socket.send(message);
  }

  #closed(socket, code) {
    if (socket !== this.#socket || this.#over) return;
    this.#drop();
    const verdict = judge(code, this.session.failure);
    if (verdict.code === "session_not_found" && this.session.session) {
      for (const event of this.session.forgetSession()) this.options.onEvent(event);
    } else if (!verdict.retry && !this.session.handedOver) {
      this.abandon(verdict);
      return;
    }
    const afterMs = delayMs(this.#tries, verdict.afterMs);
    this.#tries += 1;
    this.options.onState("broken", { ...verdict, afterMs, everReady: this.#everReady });
    this.#timer = setTimeout(() => this.#connect(), afterMs);
  }

  /** Connect now, since the network is back or the server is ready. */
  tryNow() {
    if (this.#over || this.#socket) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #look() {
    if (!this.#socket || !this.session.ready) return;
    if (performance.now() - this.#heardAt > SILENT_MS) this.#closed(this.#socket, 1006);
    else this.session.ask();
    this.#pump();
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.session.ready = false;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
