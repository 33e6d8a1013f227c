/**
 * Hands the words on to caption pages: other tabs, a second screen, OBS on another machine.
 *
 * Through the page's own server, since a browser source shares nothing with this browser. Only the
 * newest state is sent, and one request at a time: captions that come late are worse than fewer.
 */

import { headers } from "../api.js";
import { randomName } from "../dom.js";

/** Finals that a caption page shows at most. */
const LINES = 6;

export class Relay {
  /** @type {string|null} the room's secret name; whoever knows it may read along */
  room = sessionStorage.getItem("captions-room");
  #finals = [];
  #busy = false;
  #again = false;
  #partial = null;

  /** The room, made where there is none yet. */
  open() {
    if (!this.room) {
      this.room = randomName();
      sessionStorage.setItem("captions-room", this.room);
    }
    this.#post();
    return this.room;
  }

  /** @param {object} event a `partial` or `final` of the stream */
  send(event) {
    if (event.type === "final") {
      if (event.text.trim()) this.#finals = [...this.#finals, event.text.trim()].slice(-LINES);
      this.#partial = null;
    } else {
      this.#partial = { stable: event.stable, text: event.text };
    }
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
      const body = JSON.stringify({ finals: this.#finals, partial: this.#partial });
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
