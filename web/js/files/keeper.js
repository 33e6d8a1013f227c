/**
 * Saves corrections: at once in this browser, and soon after on the server. Nothing is lost if the
 * page is closed in between, the network or the server fails, or somebody else corrects the same.
 */

import { difference } from "./document.js";
import { rebased } from "./merge.js";

/** Delay of saving after the last change. */
const PAUSE_MS = 800;
/** Maximum delay of saving, even while the typing continues. */
const LONGEST_MS = 8000;
const AGAIN_MS = 3000;
/** Maximum bytes that a browser sends for a page being closed. */
const KEEPALIVE_BYTES = 60_000;
/**
 * Maximum segments of a draft, old and new ones. One with fifteen words and their times takes 1,000
 * letters: twice as many hardly fit into the 5 MB of a browser's storage, and writing them would
 * stop the page for half a second.
 */
const MOST_DRAFTED = 2000;
/** HTTP status: the corrected version is no longer the server's. */
const OUTDATED = 412;
const texts = new WeakMap();
/** Number of keepers made in this page. */
let made = 0;

/** A segment as JSON, which is cached since segments never change. */
function textOf(segment) {
  if (!texts.has(segment)) texts.set(segment, JSON.stringify(segment));
  return texts.get(segment);
}

/** The body of a request that saves `state`. */
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
  /** The server has a different state than the one corrected here: send nothing until `rebase`. */
  #isOutdated = false;

  /**
   * @param {string} id of the job
   * @param {{state: State, version: number}} known the server's state
   * @param {(status: Keeping, error?: Error) => void} onStatus `conflict`: somebody else saved
   *   first; call `rebase` with the server's new state
   * @param {{send: (body: string, version: number, options: object) => Promise<{version: number}>,
   *   store: Storage, page: string, isOpen: (page: string) => Promise<boolean>}} ways `page`: name
   *   of this page; `isOpen`: whether another page is still open
   */
  constructor(id, { state, version }, onStatus, { send, store, page, isOpen }) {
    this.prefix = `corrections ${id} `;
    // One key per keeper: an earlier keeper of this page may still be sending.
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
   * Drafts that the server lacks, from this page's earlier display of the transcript and from
   * closed pages.
   * @returns {Promise<{base: State, mine: State, forget: () => void}[]>} `mine`: the state with the
   *   draft; `base`: without it; `forget`: call it once the draft is saved otherwise or discarded
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

  /** Read a draft; null: the entry is not a valid draft. */
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

  /** The last known state of the server, on which the newest state is based. */
  get saved() {
    return this.#saved;
  }

  /** Take the newest state. */
  take(state) {
    this.#newest = state;
    const isDrafted = this.#draft();
    this.onStatus("saving");
    const now = Date.now();
    this.#since ||= now;
    clearTimeout(this.#timer);
    const pause = Math.max(0, Math.min(PAUSE_MS, this.#since + LONGEST_MS - now));
    const wait = isDrafted ? pause : 0;
    this.#timer = setTimeout(() => this.flush(), wait);
  }

  /** Take a new state of the server. */
  rebase(state, version) {
    this.#saved = state;
    this.#version = version;
    this.#isOutdated = false;
    const isDrafted = this.#draft();
    if (this.isSaved) this.onStatus("saved");
    else if (!isDrafted) this.flush();
  }

  /** Save to the server now. @returns {Promise<boolean>} whether the server has it */
  async flush() {
    clearTimeout(this.#timer);
    while (this.#sending) await this.#sending; // another waiting call may send first
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

  /**
   * Store the changes that the server lacks as a draft in the browser.
   * @returns {boolean} false: there is no room for them, so that only the server can keep them
   */
  #draft() {
    if (this.isSaved) {
      this.store.removeItem(this.key);
      return true;
    }
    const { segments, speakers: names } = this.#saved;
    const { from, removed, added } = difference(segments, this.#newest.segments);
    if (removed + added.length > MOST_DRAFTED) return false;
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
      return true;
    } catch {
      return false; // the browser's storage is full
    }
  }
}
