/**
 * Sessions stored in this browser (IndexedDB): their metadata, their lines as they come, and their
 * sound in pieces, so that a crash loses only seconds. None of it leaves the browser.
 */

const NAME = "live-sessions";
const VERSION = 1;
const STORES = ["sessions", "lines", "sound"];

/**
 * @typedef {object} Kept
 * @property {string} id
 * @property {string} title given by the user; may be empty
 * @property {number} created ms since 1970
 * @property {{at: number, started: number}[]} recordings
 * @property {Record<string, string>} names of speakers
 * @property {string} notes
 * @property {number} durationS
 * @property {string} beginning first words
 * @property {boolean} hasSound
 */

export class Store {
  /** @type {Promise<IDBDatabase>|null} */
  #opened = null;

  /** All sessions, the newest first. @returns {Promise<Kept[]>} */
  async list() {
    const sessions = await this.#ask("sessions", (store) => store.getAll());
    const last = ({ created, recordings }) => recordings.at(-1)?.started ?? created;
    return sessions.sort((one, other) => last(other) - last(one));
  }

  /** @returns {Promise<Kept|undefined>} */
  async get(id) {
    return this.#ask("sessions", (store) => store.get(id));
  }

  /** The lines of a session in order. */
  async lines(id) {
    const lines = await this.#ask("lines", (store) => store.getAll(all(id)));
    return lines.map(({ segment }) => segment);
  }

  /**
   * @param {Kept} session
   * @param {{n: number, segment: object}[]} lines that are new or changed
   * @param {number} count number of its lines; stored lines beyond are deleted
   */
  async put(session, lines = [], count = Infinity) {
    await this.#write((stores) => {
      stores.sessions.put(session);
      for (const { n, segment } of lines) stores.lines.put({ session: session.id, n, segment });
      if (count < Infinity) stores.lines.delete(all(session.id, count));
    });
  }

  async remove(id) {
    await this.#write((stores) => {
      stores.sessions.delete(id);
      stores.lines.delete(all(id));
      stores.sound.delete(all(id));
    });
  }

  /** Store the next piece of a recording's sound. @param {number} recording time of its start */
  async addSound(session, recording, piece) {
    await this.#write(({ sound }) =>
      sound.put({ session, n: performance.timeOrigin + performance.now(), recording, piece }),
    );
  }

  /** The sound of a session by recording. @returns {Promise<Map<number, Blob>>} */
  async sound(id) {
    const kept = await this.#ask("sound", (store) => store.getAll(all(id)));
    const pieces = Map.groupBy(kept, ({ recording }) => recording);
    return new Map(
      [...pieces].map(([recording, found]) => {
        const type = found[0].piece.type;
        return [
          recording,
          new Blob(
            found.map(({ piece }) => piece),
            { type },
          ),
        ];
      }),
    );
  }

  async removeSound(id) {
    await this.#write(({ sound }) => sound.delete(all(id)));
  }

  async #database() {
    this.#opened ??= promised(indexedDB.open(NAME, VERSION), (request) => {
      request.onupgradeneeded = () => {
        request.result.createObjectStore("sessions", { keyPath: "id" });
        for (const name of ["lines", "sound"]) {
          request.result.createObjectStore(name, { keyPath: ["session", "n"] });
        }
      };
    });
    return this.#opened;
  }

  async #ask(name, question) {
    const database = await this.#database();
    return promised(question(database.transaction(name).objectStore(name)));
  }

  async #write(change) {
    const database = await this.#database();
    const transaction = database.transaction(STORES, "readwrite");
    change(Object.fromEntries(STORES.map((name) => [name, transaction.objectStore(name)])));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

/** The key range of a session, starting with this number. */
function all(id, from = -Infinity) {
  return IDBKeyRange.bound([id, from], [id, []]);
}

function promised(request, prepare = () => {}) {
  return new Promise((resolve, reject) => {
    prepare(request);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
