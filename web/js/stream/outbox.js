/**
 * Buffer of audio that may have to be sent again. Bytes in, messages out; no socket, no clock.
 *
 *     start ──── received ──── sent ──── end      (byte offsets from the stream's beginning)
 *     kept in    sent, not     not yet
 *     case the   confirmed     sent
 *     session
 *     is lost
 *
 * The counterpart of `realtime/client/outbox.py`. Audio is kept in its original packets, because
 * slicing a large array for every packet would copy it each time.
 */

/** Maximum bytes of audio kept: 35 minutes at 16 kHz, 11 at 48 kHz. */
export const CAPACITY = 64 * 1024 * 1024;
/** Maximum bytes in transit without confirmation: 16 s at 16 kHz. */
export const WINDOW = 512 * 1024;
/** Maximum bytes of one audio message. */
export const MESSAGE = 32 * 1024;

export class Outbox {
  /** Offset of the oldest byte kept. */
  start = 0;
  /** The server has everything before this. */
  received = 0;
  /** Everything before this was sent on the current connection. */
  sent = 0;
  /** Offset just after the last byte added. */
  end = 0;
  #packets = [];
  #controls = [];
  #nextControl = 0;

  /**
   * @param {number} frameBytes bytes per frame; only whole frames are dropped
   * @param {number} capacity bytes
   * @param {number} window bytes
   */
  constructor(frameBytes = 2, capacity = CAPACITY, window = WINDOW) {
    if (frameBytes < 1 || capacity < frameBytes || window < frameBytes) {
      throw new RangeError("capacity and window must hold a frame of at least 1 byte.");
    }
    this.frameBytes = frameBytes;
    this.capacity = capacity;
    this.window = window;
  }

  /** Bytes that may be added now; 0: unconfirmed audio fills the buffer. */
  get room() {
    return Math.max(0, this.capacity - (this.end - Math.max(this.start, this.received)));
  }

  /** Append audio; check `room` first, which one packet may exceed. @param {Uint8Array} audio */
  addAudio(audio) {
    if (!audio.length) return;
    this.#packets.push({ at: this.end, bytes: audio });
    this.end += audio.length;
    const excess = this.end - this.start - this.capacity;
    if (excess > 0) this.#dropTo(Math.min(this.start + excess, this.received));
  }

  /** Append a control message, sent after all audio before it. @param {string} message */
  addControl(message) {
    this.#controls.push({ at: this.end, message });
  }

  /** The next message; null: none, or the window is full. @returns {Uint8Array|string|null} */
  nextMessage() {
    let stop = this.end;
    const control = this.#controls[this.#nextControl];
    if (control) {
      if (control.at <= this.sent) {
        this.#nextControl += 1;
        return control.message;
      }
      stop = control.at;
    }
    stop = Math.min(stop, this.sent + MESSAGE, this.received + this.window);
    if (stop <= this.sent) return null;
    const audio = this.#slice(this.sent, stop);
    this.sent = stop;
    return audio;
  }

  /** The server has everything before `offset`. */
  confirm(offset) {
    this.received = Math.max(this.received, Math.min(offset, this.sent));
  }

  /** Finals cover everything before `offset`, which is not needed again. */
  release(offset) {
    this.confirm(offset);
    this.#dropTo(Math.min(offset, this.received));
  }

  /**
   * Send from `offset`, over a new connection; controls from there are sent again.
   * @returns {number} missing bytes, which are no longer kept
   */
  rewind(offset) {
    const place = Math.min(Math.max(offset, this.start), this.end);
    this.sent = place;
    this.received = place;
    this.#nextControl = this.#controls.findIndex((control) => control.at >= place);
    if (this.#nextControl < 0) this.#nextControl = this.#controls.length;
    return Math.max(0, this.start - offset);
  }

  #slice(from, to) {
    const out = new Uint8Array(to - from);
    for (let index = this.#packetAt(from); index < this.#packets.length; index += 1) {
      const { at, bytes } = this.#packets[index];
      if (at >= to) break;
      const part = bytes.subarray(Math.max(0, from - at), Math.min(bytes.length, to - at));
      out.set(part, Math.max(0, at - from));
    }
    return out;
  }

  /** Index of the packet with `offset`, by binary search: there may be ten thousand packets. */
  #packetAt(offset) {
    let low = 0;
    let high = this.#packets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { at, bytes } = this.#packets[middle];
      if (at + bytes.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropTo(offset) {
    const place = offset - (offset % this.frameBytes);
    if (place <= this.start) return;
    this.start = place;
    const keep = this.#packetAt(place);
    if (keep > 0) this.#packets.splice(0, keep);
    // Controls at `place` itself may have to be sent again, but never earlier ones.
    let old = 0;
    while (old < this.#nextControl && this.#controls[old].at < place) old += 1;
    this.#controls.splice(0, old);
    this.#nextControl -= old;
  }
}
