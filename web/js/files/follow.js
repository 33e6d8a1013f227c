/** Keeps the line being played in view until the reader scrolls. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

/** Keys that scroll. */
const SCROLLING = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);
/** Range, as parts of the free height of the window, in which a line need not be moved. */
const [HIGHEST, LOWEST] = [0.08, 0.7];
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Follow {
  #line = null;
  #isOn = true;
  #off = new AbortController();

  /** @param {() => number} top of the free part of the window, in px */
  constructor(top) {
    this.top = top;
    this.button = h(
      "button",
      { type: "button", class: "latest follow", hidden: true, onclick: () => this.on() },
      icon("down"),
      h("span", { "data-t": "player.follow" }, t("player.follow")),
    );
    const { signal } = this.#off;
    const leave = () => this.#leave();
    addEventListener("wheel", leave, { passive: true, signal });
    addEventListener("touchmove", leave, { passive: true, signal });
    addEventListener(
      "keydown",
      ({ key, target }) => {
        if (SCROLLING.has(key) && !target.matches?.("input, textarea, select")) leave();
      },
      { signal },
    );
    addEventListener(
      "pointerdown",
      ({ target, clientX }) => {
        if (target === document.documentElement && clientX >= target.clientWidth) leave();
      },
      { signal }, // a press on the scrollbar
    );
  }

  /** Start following again. */
  on() {
    this.#isOn = true;
    this.button.hidden = true;
    if (this.#line) this.#show(this.#line);
  }

  /** Stop following, since the reader scrolls. */
  #leave() {
    if (!this.#line) return;
    this.#isOn = false;
    this.button.hidden = false;
  }

  leave() {
    this.#leave();
  }

  /** @param {HTMLElement|null} line being played; null: none */
  see(line) {
    const isNew = line !== this.#line;
    this.#line = line;
    if (!line) this.button.hidden = true;
    else if (!this.#isOn) this.button.hidden = false;
    else if (isNew) this.#show(line);
  }

  #show(line) {
    const top = this.top();
    const free = innerHeight - top;
    const place = line.getBoundingClientRect();
    const isSeen = place.top >= top + HIGHEST * free && place.bottom <= top + LOWEST * free;
    if (isSeen) return;
    const far = Math.abs(place.top - top) > innerHeight;
    scrollBy({
      top: place.top - top - free * 0.2,
      behavior: still.matches || far ? "instant" : "smooth",
    });
  }

  close() {
    this.#off.abort();
    this.button.remove();
  }
}
