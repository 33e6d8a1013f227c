/**
 * Sends the text to caption pages: other tabs, a second screen, OBS on another machine.
 *
 * It goes through the page's own server, since a browser source in OBS shares nothing with this
 * browser. Only the latest state is sent, one request at a time: late captions are worse than few.
 */

import { headers } from "../api.js";
import { randomName } from "../dom.js";
import { translationOf } from "./pairing.js";

export class Relay {
  /** @type {string|null} the room's secret name, which gives access to the captions */
  room = sessionStorage.getItem("captions-room");
  /** @type {() => object} */
  #words;
  #busy = false;
  #again = false;

  /** @param {() => {finals: object[], partial: object|null}} words the current text */
  constructor(words) {
    this.#words = words;
  }

  /** The room, created if there is none yet. */
  open() {
    if (!this.room) {
      this.room = randomName();
      sessionStorage.setItem("captions-room", this.room);
    }
    this.#post();
    return this.room;
  }

  /** Send the changed text. */
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
        // The next update contains this text too.
      }
    } while (this.#again);
    this.#busy = false;
  }
}
