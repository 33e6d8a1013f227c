/**
 * Sessions stored on the page's server, if its operator allows it and the user wants it: their
 * metadata and lines, but not their sound.
 */

import { request } from "../api.js";

const SESSIONS = "api/sessions/";
/** Key of the user's choice in the browser's storage. */
const STORED = "sessions-on-server";
/** Letters and lines per request: the server accepts 64 KiB of JSON, including escaped quotes. */
const MOST_LETTERS = 12_000;
const MOST_LINES = 100;

export function keepsOnServer() {
  return localStorage.getItem(STORED) !== null;
}

export function switchServer(on) {
  if (on) localStorage.setItem(STORED, "1");
  else localStorage.removeItem(STORED);
}

/** @typedef {import("./store.js").Kept} Kept */

export class ServerStore {
  /** Sessions of which the server has all lines. */
  #whole = new Set();

  /** @param {object} config of the server, which may be filled later */
  constructor(config) {
    this.config = config;
  }

  /** Days after which an unchanged session is deleted; 0: sessions are not stored. */
  get days() {
    return this.config.session_days ?? 0;
  }

  /** Whether to store sessions there. */
  get isOn() {
    return this.days > 0 && keepsOnServer();
  }

  /** All sessions, the newest first. @returns {Promise<Kept[]>} */
  async list() {
    return this.days ? (await request(SESSIONS)).sessions : [];
  }

  /** @returns {Promise<Kept>} */
  async get(id) {
    return request(SESSIONS + id);
  }

  /** The lines of a session in order. */
  async lines(id) {
    const found = [];
    for (let first = 0; first !== null; ) {
      const { lines, next } = await request(`${SESSIONS}${id}/lines?first=${first}`);
      found.push(...lines.map(({ segment }) => JSON.parse(segment)));
      first = next;
    }
    this.#whole.add(id);
    return found;
  }

  /**
   * Store a session. @param {Kept} session
   * @param {{n: number, segment: object}[]} changed lines that are new or changed
   * @param {number} count number of its lines; stored lines beyond are deleted
   * @param {() => {n: number, segment: object}[]|null} all lines, for a server that lacks them;
   *   null: not available
   */
  async put(session, changed, count, all) {
    const known = this.#whole.delete(session.id) ? changed : all();
    const lines = known ?? changed;
    const { hasSound: _, ...about } = session; // sound stays in the browser
    for (const part of parts(lines)) await this.#send(session.id, { about, lines: part, count });
    if (known) this.#whole.add(session.id);
  }

  /** Update the metadata of a stored session: its name. */
  async rename(session) {
    const { hasSound: _, ...about } = session;
    await this.#send(session.id, { about });
  }

  async remove(id) {
    this.#whole.delete(id);
    await request(SESSIONS + id, { method: "DELETE" });
  }

  #send(id, json) {
    return request(SESSIONS + id, { method: "PUT", json });
  }
}

/** Lines divided into requests; at least one request, which contains the metadata. */
function parts(lines) {
  const found = [[]];
  let letters = 0;
  for (const { n, segment } of lines) {
    const text = JSON.stringify(segment);
    const isFull = letters + text.length > MOST_LETTERS || found.at(-1).length >= MOST_LINES;
    if (found.at(-1).length && isFull) {
      found.push([]);
      letters = 0;
    }
    found.at(-1).push({ n, segment: text });
    letters += text.length;
  }
  return found;
}
