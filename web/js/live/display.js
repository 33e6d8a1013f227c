/** Display options of the sheet: size, confidence, times. Stored in this browser. */

import { find } from "../dom.js";
import { PARTS, display, isDisplayed } from "../shown.js";

const ZOOMS = [0.8, 1, 1.25, 1.6, 2];
const STORED_ZOOM = "zoom";
/** Switches: id of the button → class of the lines, and the default. */
const SWITCHES = {
  eye: { name: "confidence", first: false },
  times: { name: "times", first: true },
  ...Object.fromEntries(PARTS.map((name) => [name, { name, first: false }])),
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

  /** @param {keyof SWITCHES} id of the button */
  toggle(id) {
    display(id, !isDisplayed(id, SWITCHES[id].first));
    this.#show(id);
  }

  #show(id) {
    const on = isDisplayed(id, SWITCHES[id].first);
    find(`#${id}`, this.root).setAttribute("aria-pressed", String(on));
    this.lines.classList.toggle(SWITCHES[id].name, on);
    if (id === "times") find("#ends", this.root).disabled = !on;
  }
}
