/**
 * Keeps corrections: at once in this browser, and soon after on the server. Whatever happens in
 * between (the page is left, the network or the server is away), nothing is lost.
 */

import { difference } from "./document.js";

/** After the last change. */
const PAUSE_MS = 800;
/** Longer than that nobody waits, however long one types on. */
const LONGEST_MS = 8000;
const AGAIN_MS = 3000;
/** What a browser sends for a page that is going. */
const KEEPALIVE_BYTES = 60_000;
const texts = new WeakMap();

/** A segment as JSON, made once: segments never change. */
function textOf(segment) {
  if (!texts.has(segment)) texts.set(segment, JSON.stringify(segment));
  return texts.get(segment);
}

/** The body of a request to keep `state`. */
export function bodyOf({ segments, speakers }) {
  return `{"segments":[${segments.map(textOf).join(",")}],"speakers":${JSON.stringify(speakers)}}`;
}

export class Keeper {
  #saved;
  #newest;
  #timer = 0;
  #since = 0;
  #sending = null;

  /**
   * @param {string} id of the job
   * @param {import("./document.js").State} state that the server has
   * @param {(status: "saved"|"saving"|"waiting", error?: Error) => void} onStatus
   * @param {{send: (body: string, options: object) => Promise<any>, store: Storage}} ways
   */
  constructor(id, state, onStatus, { send, store }) {
    this.key = `corrections ${id}`;
    this.send = send;
    this.store = store;
    this.onStatus = onStatus;
    this.#saved = state;
    this.#newest = state;
  }

  /** What this browser knows and the server does not: the state with it, or null. */
  restored() {
    try {
      const draft = JSON.parse(this.store.getItem(this.key) ?? "null");
      if (!draft || draft.length !== this.#saved.segments.length) return null;
      const segments = [...this.#saved.segments];
      segments.splice(draft.from, draft.removed, ...draft.added);
      return { segments, speakers: draft.speakers };
    } catch {
      return null;
    }
  }

  get isSaved() {
    return this.#newest === this.#saved;
  }

  /** The newest state. */
  take(state) {
    this.#newest = state;
    this.#draft();
    this.onStatus("saving");
    const now = Date.now();
    this.#since ||= now;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(PAUSE_MS, this.#since + LONGEST_MS - now));
    this.#timer = setTimeout(() => this.flush(), wait);
  }

  /** Have it on the server now. @returns {Promise<boolean>} whether the server has it */
  async flush() {
    clearTimeout(this.#timer);
    if (this.#sending) await this.#sending;
    if (this.isSaved) return true;
    this.#sending = this.#put(this.#newest);
    const isDone = await this.#sending;
    this.#sending = null;
    return isDone;
  }

  async #put(state) {
    this.#since = 0;
    const body = bodyOf(state);
    try {
      await this.send(body, { keepalive: body.length * 3 < KEEPALIVE_BYTES });
    } catch (error) {
      this.onStatus("waiting", error);
      if (!error.code || error.code === "unreachable" || error.status >= 429)
        this.#timer = setTimeout(() => this.flush(), AGAIN_MS);
      return false;
    }
    this.#saved = state;
    this.#draft();
    if (this.isSaved) this.onStatus("saved");
    else this.take(this.#newest);
    return true;
  }

  /** What the server lacks, where the browser finds it again. */
  #draft() {
    if (this.isSaved) {
      this.store.removeItem(this.key);
      return;
    }
    const changed = difference(this.#saved.segments, this.#newest.segments);
    const draft = {
      ...changed,
      length: this.#saved.segments.length,
      speakers: this.#newest.speakers,
    };
    try {
      this.store.setItem(this.key, JSON.stringify(draft));
    } catch {
      this.flush(); // no room here: the server has
    }
  }
}
