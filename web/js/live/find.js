/** Search in the session, also during a recording: a row below the head of the sheet. */

import { h, icon } from "../dom.js";
import { countText, mark, places, unmark } from "../files/search.js";

export class Find {
  #found = [];
  #current = 0;
  /** What had the focus before the search. @type {Element|null} */
  #before = null;

  /**
   * @param {HTMLElement} row
   * @param {import("./paper.js").Paper} paper
   */
  constructor(row, paper) {
    this.row = row;
    this.paper = paper;
    this.field = h("input", {
      type: "search",
      "data-t-label": "search",
      "data-t-placeholder": "search",
    });
    this.count = h("span", { class: "count", role: "status" });
    const step = (label, picture, by) =>
      h(
        "button",
        { type: "button", class: "plain round", "data-t-label": label, onclick: () => this.go(by) },
        icon(picture),
      );
    row.append(
      this.field,
      this.count,
      step("find.previous", "up", -1),
      step("find.next", "down", 1),
      h(
        "button",
        {
          type: "button",
          class: "plain round",
          "data-t-label": "close",
          onclick: () => this.hide(),
        },
        icon("close"),
      ),
    );
    this.field.addEventListener("input", () => this.#look(true));
    this.field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") this.hide();
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.go(event.shiftKey ? -1 : 1);
    });
  }

  show() {
    if (!this.row.contains(document.activeElement)) this.#before = document.activeElement;
    this.row.hidden = false;
    this.field.focus();
    this.field.select();
    this.#look(false);
  }

  hide() {
    this.row.hidden = true;
    unmark();
    this.field.blur();
    if (this.#before?.isConnected) this.#before.focus({ preventScroll: true });
  }

  /** Search again after text was added or corrected. */
  refresh() {
    if (!this.row.hidden && this.field.value.trim()) this.#look(false);
  }

  /** Go to the next (1) or previous (-1) match. */
  go(by) {
    const total = this.#found.length;
    if (!total) return;
    this.#current = (this.#current + by + total) % total;
    this.#reveal(true);
  }

  #look(isNew) {
    const wanted = this.field.value.trim();
    const { segments } = this.paper.transcript;
    const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), "giu");
    this.#found = wanted ? places(segments, pattern) : [];
    if (isNew) this.#current = 0;
    this.#current = Math.min(this.#current, Math.max(0, this.#found.length - 1));
    this.#reveal(isNew);
  }

  #reveal(isMoving) {
    const isAsked = Boolean(this.field.value.trim());
    this.count.textContent = isAsked ? countText(this.#current, this.#found.length) : "";
    const place = this.#found[this.#current];
    if (isMoving && place) this.paper.at(place.index)?.scrollIntoView({ block: "center" });
    mark(this.#found, this.#current, (index) => this.paper.at(index), !isMoving);
  }
}
