/** Display options of the sheet: size, confidence, times. Stored in this browser. */

import { find } from "../dom.js";

const ZOOMS = [0.8, 1, 1.25, 1.6, 2];
const STORED_ZOOM = "zoom";
/** Switches: id of the button → class of the lines, and the default. */
const SWITCHES = {
  eye: { name: "confidence", first: false },
  times: { name: "times", first: true },
};

export class Display {
  /** @param {HTMLElement} root of the live view */
  constructor(root) {
    this.root = root;
    this.lines = find(".lines", root);
    this.zoom(0);
    for (const id of Object.keys(SWITCHES)) this.#show(id);
  }

  /** @param {number} step 1: larger, -1: smaller */
  zoom(step) {
    const stored = Number(localStorage.getItem(STORED_ZOOM) ?? 1);
    const index = Math.max(0, Math.min(ZOOMS.length - 1, stored + step));
    localStorage.setItem(STORED_ZOOM, String(index));
    this.lines.style.setProperty("--zoom", String(ZOOMS[index]));
  }

  /** @param {"eye"|"times"} id of the button */
  toggle(id) {
    localStorage.setItem(`display-${id}`, this.#isOn(id) ? "off" : "on");
    this.#show(id);
  }

  #isOn(id) {
    const stored = localStorage.getItem(`display-${id}`);
    return stored === null ? SWITCHES[id].first : stored === "on";
  }

  #show(id) {
    const on = this.#isOn(id);
    find(`#${id}`, this.root).setAttribute("aria-pressed", String(on));
    this.lines.classList.toggle(SWITCHES[id].name, on);
  }
}
