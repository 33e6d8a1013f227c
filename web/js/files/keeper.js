/**
 * Keeps corrections: at once in this browser, and soon after on the server. Whatever happens in
 * between (the page is left, the network or the server is away, somebody else corrects the same),
 * nothing is lost.
 */

import { difference } from "./document.js";
import { rebased } from "./merge.js";

/** After the last change. */
const PAUSE_MS = 800;
/** Longer than that nobody waits, however long one types on. */
const LONGEST_MS = 8000;
const AGAIN_MS = 3000;
/** What a browser sends for a page that is going. */
const KEEPALIVE_BYTES = 60_000;
/** HTTP: what was corrected is no longer what the server has. */
const OUTDATED = 412;
const texts = new WeakMap();
/** Keepers of this page so far. */
let made = 0;

/** A segment as JSON, made once: segments never change. */
function textOf(segment) {
  if (!texts.has(segment)) texts.set(segment, JSON.stringify(segment));
  return texts.get(segment);
}

/** The body of a request to keep `state`. */
export function bodyOf({ segments, speakers }) {
  return `{"segments":[${segments.map(textOf).join(",")}],"speakers":${JSON.stringify(speakers)}}`;
}

/** @typedef {import("./document.js").State} State */
/** @typedef {"saved"|"saving"|"waiting"|"conflict"} Keeping */

export class Keeper {
  #saved;
  #newest;
  #version;
  #timer = 0;
  #since = 0;
  #sending = null;
  /** The server has another state than was corrected here: nothing is sent until `rebase`. */
  #isOutdated = false;

  /**
   * @param {string} id of the job
   * @param {{state: State, version: number}} known what the server has
   * @param {(status: Keeping, error?: Error) => void} onStatus `conflict`: somebody else was
   *   quicker; call `rebase` with what the server has now
   * @param {{send: (body: string, version: number, options: object) => Promise<{version: number}>,
   *   store: Storage, page: string, isOpen: (page: string) => Promise<boolean>}} ways `page`: a name
   *   of this one; `isOpen`: whether another one is still there
   */
  constructor(id, { state, version }, onStatus, { send, store, page, isOpen }) {
    this.prefix = `corrections ${id} `;
    // One for each: an earlier one of this page may still be sending.
    this.key = `${this.prefix}${page}.${(made += 1)}`;
    this.page = page;
    this.send = send;
    this.store = store;
    this.isOpen = isOpen;
    this.onStatus = onStatus;
    this.#saved = state;
    this.#newest = state;
    this.#version = version;
  }

  /**
   * What this page knew when it last showed the transcript, and what pages knew that are gone, and
   * the server does not.
   * @returns {Promise<{base: State, mine: State, forget: () => void}[]>} the states with it, and
   *   those without; `forget`: once it is kept in another way, or not wanted
   */
  async restored() {
    const isOthers = (key) => key.startsWith(this.prefix) && key !== this.key;
    const keys = Object.keys(this.store).filter(isOthers);
    const isLeft = async (key) => {
      const [page] = key.slice(this.prefix.length).split(".");
      return page === this.page || !(await this.isOpen(page));
    };
    const left = await Promise.all(keys.map(isLeft));
    return keys.filter((_, at) => left[at]).flatMap((key) => this.#read(key) ?? []);
  }

  /** null: it is no draft. */
  #read(key) {
    const forget = () => this.store.removeItem(key);
    try {
      const draft = JSON.parse(this.store.getItem(key));
      if (draft.version !== this.#version) return { ...rebased(draft, this.#saved), forget };
      const segments = [...this.#saved.segments];
      segments.splice(draft.from, draft.was.length, ...draft.added);
      return { base: this.#saved, mine: { segments, speakers: draft.speakers }, forget };
    } catch {
      forget();
      return null;
    }
  }

  get isSaved() {
    return this.#newest === this.#saved;
  }

  /** What the server had when it was last heard of: what the newest state was made of. */
  get saved() {
    return this.#saved;
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

  /** The server has another state than this page knew. */
  rebase(state, version) {
    this.#saved = state;
    this.#version = version;
    this.#isOutdated = false;
    this.#draft();
    if (this.isSaved) this.onStatus("saved");
  }

  /** Have it on the server now. @returns {Promise<boolean>} whether the server has it */
  async flush() {
    clearTimeout(this.#timer);
    while (this.#sending) await this.#sending; // whoever waited as well may be next
    if (this.isSaved) return true;
    if (this.#isOutdated) {
      this.onStatus("conflict");
      return false;
    }
    this.#sending = this.#put(this.#newest);
    const isDone = await this.#sending;
    this.#sending = null;
    return isDone;
  }

  async #put(state) {
    this.#since = 0;
    const body = bodyOf(state);
    try {
      const options = { keepalive: body.length * 3 < KEEPALIVE_BYTES };
      this.#version = (await this.send(body, this.#version, options)).version;
    } catch (error) {
      this.#isOutdated = error.status === OUTDATED;
      this.onStatus(this.#isOutdated ? "conflict" : "waiting", error);
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

  /** What the server lacks, where a browser finds it again. */
  #draft() {
    if (this.isSaved) {
      this.store.removeItem(this.key);
      return;
    }
    const { segments, speakers: names } = this.#saved;
    const { from, removed, added } = difference(segments, this.#newest.segments);
    const draft = {
      version: this.#version,
      from,
      was: segments.slice(from, from + removed),
      added,
      names,
      speakers: this.#newest.speakers,
    };
    try {
      this.store.setItem(this.key, JSON.stringify(draft));
    } catch {
      this.flush(); // no room here: the server has
    }
  }
}
