/**
 * Hands the words on to caption pages: other tabs, a second screen, OBS on another machine.
 *
 * Through the page's own server, since a browser source shares nothing with this browser. Only the
 * newest state is sent, and one request at a time: captions that come late are worse than fewer.
 */

import { headers } from "../api.js";
import { randomName } from "../dom.js";
import { translationOf } from "./pairing.js";

export class Relay {
  /** @type {string|null} the room's secret name; whoever knows it may read along */
  room = sessionStorage.getItem("captions-room");
  /** @type {() => object} */
  #words;
  #busy = false;
  #again = false;

  /** @param {() => {finals: object[], partial: object|null}} words those of now */
  constructor(words) {
    this.#words = words;
  }

  /** The room, made where there is none yet. */
  open() {
    if (!this.room) {
      this.room = randomName();
      sessionStorage.setItem("captions-room", this.room);
    }
    this.#post();
    return this.room;
  }

  /** The words have changed. */
  send() {
    if (this.room) this.#post();
  }

  async #post() {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    do {
      this.#again = false;
      const { finals, partial } = this.#words();
      const body = JSON.stringify({
        finals: finals.map((segment) => ({
          text: segment.text,
          translation: translationOf(segment),
          speaker: segment.name ?? "",
        })),
        partial: partial && { stable: partial.stable, text: partial.text },
      });
      try {
        await fetch(`api/captions/${this.room}`, {
          method: "POST",
          body,
          headers: headers({ "Content-Type": "application/json" }),
        });
      } catch {
        // the next words carry these along
      }
    } while (this.#again);
    this.#busy = false;
  }
}
