/** The current session: its transcript, name and notes, saved on every change. No elements. */

import { randomName } from "../dom.js";

/** Storage key of the session that this tab shows, for reloads. */
const STORED = "live-session";
/** Storage key that is set if the user does not want sessions to be stored. */
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
  /** Name given by the user. */
  title = "";
  notes = "";
  hasSound = false;
  /** ms since 1970. */
  created = Date.now();
  #written = Promise.resolve();
  /** Failures to save, by the key of their text. */
  #failed = new Set();

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./serverstore.js").ServerStore} server
   * @param {import("./transcript.js").Transcript} transcript
   * @param {(text: string) => void} onFailure called once per kind of failure to save
   */
  constructor(store, server, transcript, onFailure) {
    this.store = store;
    this.server = server;
    this.transcript = transcript;
    this.onFailure = onFailure;
  }

  /** Whether it has no content. */
  get empty() {
    return !this.transcript.segments.length && !this.notes.trim();
  }

  /** Whether text would be lost if the page were closed. */
  get unkept() {
    const isKept =
      (keepsSessions() && !this.#failed.has("history.failed")) ||
      (this.server.isOn && !this.#failed.has("history.server.failed"));
    return !this.empty && !isKept;
  }

  /** Open the session that this tab showed before a reload. */
  async restore() {
    const id = sessionStorage.getItem(STORED);
    if (id) await this.open(id).catch(() => {});
  }

  /**
   * @param {string} id
   * @param {boolean} isThere whether the server has it, or has more of it
   * @returns {Promise<boolean>} whether it exists
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

  /** Open it from the server, and store it in this browser too, since it may be continued here. */
  async #openFromServer(id) {
    const kept = await this.server.get(id);
    const segments = await this.server.lines(id);
    this.transcript.load({ ...kept, segments });
    this.#is({ ...kept, hasSound: false });
    const { placed } = this.transcript;
    if (keepsSessions()) await this.store.put(this.#kept(), placed, placed.length);
    return true;
  }

  /** Begin a new session; the current one stays in the history. */
  fresh() {
    this.transcript.clear();
    this.#is({ id: randomName(), title: "", notes: "", hasSound: false, created: Date.now() });
  }

  #is({ id, title, notes, hasSound, created }) {
    Object.assign(this, { id, title, notes, hasSound, created });
    sessionStorage.setItem(STORED, id);
  }

  /** Save the changes, one write after the other. Resolves when they are saved. */
  async save() {
    const isWanted = keepsSessions() || this.server.isOn;
    if (this.empty || !isWanted) return this.#written;
    // Copy it now, since another session may be open by the time of the write.
    const kept = this.#kept();
    const lines = this.transcript.takeUnsaved();
    const count = this.transcript.segments.length;
    sessionStorage.setItem(STORED, kept.id);
    this.#written = this.#written.then(() => Promise.all(this.#puts(kept, lines, count)));
    return this.#written;
  }

  #puts(kept, lines, count) {
    const isHere = this.id === kept.id; // else another session is open now
    const all = () => (isHere ? this.transcript.placed : null);
    const puts = [];
    if (keepsSessions()) puts.push(["history.failed", this.store.put(kept, lines, count)]);
    if (this.server.isOn) {
      puts.push(["history.server.failed", this.server.put(kept, lines, count, all)]);
    }
    // Storage full, a private window, or no server: the page itself still has the session.
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
