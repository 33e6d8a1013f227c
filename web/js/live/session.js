/** The session on the sheet: its transcript, name and notes, kept as they change. No elements. */

import { randomName } from "../dom.js";

/** Which session this tab shows: a reload brings it back. */
const STORED = "live-session";
/** Set where people do not want sessions to be kept. */
const STORED_OFF = "sessions-off";
const BEGINNING_LETTERS = 160;

export function keepsSessions() {
  return localStorage.getItem(STORED_OFF) === null;
}

export function switchKeeping(on) {
  if (on) localStorage.removeItem(STORED_OFF);
  else localStorage.setItem(STORED_OFF, "1");
}

export class Session {
  id = randomName();
  /** As somebody named it. */
  title = "";
  notes = "";
  hasSound = false;
  /** ms since 1970. */
  created = Date.now();
  #written = Promise.resolve();
  /** What could not be kept, by the text that says so. */
  #failed = new Set();

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./serverstore.js").ServerStore} server
   * @param {import("./transcript.js").Transcript} transcript
   * @param {(text: string) => void} onFailure it cannot be kept; said once
   */
  constructor(store, server, transcript, onFailure) {
    this.store = store;
    this.server = server;
    this.transcript = transcript;
    this.onFailure = onFailure;
  }

  /** Whether there is nothing in it. */
  get empty() {
    return !this.transcript.segments.length && !this.notes.trim();
  }

  /** Whether words would be lost with the page. */
  get unkept() {
    const isKept =
      (keepsSessions() && !this.#failed.has("history.failed")) ||
      (this.server.isOn && !this.#failed.has("history.server.failed"));
    return !this.empty && !isKept;
  }

  /** The one that this tab showed before it was loaded anew. */
  async restore() {
    const id = sessionStorage.getItem(STORED);
    if (id) await this.open(id).catch(() => {});
  }

  /**
   * @param {string} id
   * @param {boolean} isThere the server has it, or has more of it
   * @returns {Promise<boolean>} whether there is such a session
   */
  async open(id, isThere = false) {
    if (isThere) return this.#openFromServer(id);
    const kept = await this.store.get(id);
    if (!kept) return false;
    const segments = await this.store.lines(id);
    this.transcript.load({ ...kept, segments });
    this.#is(kept);
    return true;
  }

  /** This browser keeps it from now on too: somebody may go on with it. */
  async #openFromServer(id) {
    const kept = await this.server.get(id);
    const segments = await this.server.lines(id);
    this.transcript.load({ ...kept, segments });
    this.#is({ ...kept, hasSound: false });
    const { placed } = this.transcript;
    if (keepsSessions()) await this.store.put(this.#kept(), placed, placed.length);
    return true;
  }

  /** Another one begins; the present one stays in the history. */
  fresh() {
    this.transcript.clear();
    this.#is({ id: randomName(), title: "", notes: "", hasSound: false, created: Date.now() });
  }

  #is({ id, title, notes, hasSound, created }) {
    Object.assign(this, { id, title, notes, hasSound, created });
    sessionStorage.setItem(STORED, id);
  }

  /** Keep what has changed, one write after the other. Resolves when it is kept. */
  async save() {
    const isWanted = keepsSessions() || this.server.isOn;
    if (this.empty || !isWanted) return this.#written;
    // Now: by the time of the write another session may lie on the sheet.
    const kept = this.#kept();
    const lines = this.transcript.takeUnsaved();
    const count = this.transcript.segments.length;
    sessionStorage.setItem(STORED, kept.id);
    this.#written = this.#written.then(() => Promise.all(this.#puts(kept, lines, count)));
    return this.#written;
  }

  #puts(kept, lines, count) {
    const isHere = this.id === kept.id; // else another one lies on the sheet
    const all = () => (isHere ? this.transcript.placed : null);
    const puts = [];
    if (keepsSessions()) puts.push(["history.failed", this.store.put(kept, lines, count)]);
    if (this.server.isOn) {
      puts.push(["history.server.failed", this.server.put(kept, lines, count, all)]);
    }
    // Full, or a private window, or nobody there: the page itself still has it.
    return puts.map(([text, put]) => put.catch(() => this.#fail(text)));
  }

  #fail(text) {
    if (!this.#failed.has(text)) this.onFailure(text);
    this.#failed.add(text);
  }

  #kept() {
    const { id, title, notes, hasSound, created, transcript } = this;
    const { segments, recordings, names } = transcript;
    const beginning = segments.slice(0, 8).map(({ text }) => text);
    return {
      id,
      title,
      notes,
      hasSound,
      created,
      recordings,
      names: names.all,
      durationS: segments.at(-1)?.end ?? 0,
      beginning: beginning.join(" ").slice(0, BEGINNING_LETTERS),
    };
  }
}
