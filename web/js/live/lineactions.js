/** What can be done with a line while recording goes on: correct it, put a bookmark at it. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

export class LineActions {
  /** The line that was pointed at or walked to. @type {HTMLElement|null} */
  #line = null;

  /**
   * @param {import("./paper.js").Paper} paper
   * @param {(segment: object) => void} onChange of a segment's text or bookmark
   */
  constructor(paper, onChange) {
    this.paper = paper;
    this.onChange = onChange;
    const button = (name, run) =>
      h(
        "button",
        { type: "button", class: "plain round", "data-t-label": `line.${name}`, onclick: run },
        icon(name),
      );
    this.tools = h(
      "div",
      { class: "line-tools" },
      button("bookmark", () => this.mark()),
      button("edit", () => this.edit()),
    );
    paper.lines.addEventListener("pointerover", ({ target }) => this.#at(target.closest(".line")));
    paper.lines.addEventListener("focusin", ({ target }) => this.#at(target.closest(".line")));
    paper.lines.addEventListener("dblclick", ({ target }) => {
      if (target.closest("p")) this.edit();
    });
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    return [
      { keys: ["J"], text: "keys.next_line", run: () => this.walk(1) },
      { keys: ["K"], text: "keys.previous_line", run: () => this.walk(-1) },
      { keys: ["E"], text: "line.edit", run: () => this.edit() },
      { keys: ["B"], text: "line.bookmark", run: () => this.mark() },
    ];
  }

  #at(line) {
    if (!line || !this.paper.segmentOf(line) || line === this.#line) return;
    this.#line = line;
    line.append(this.tools);
  }

  /** The line that is meant: the one walked to, else the newest. */
  get #meant() {
    const held = document.activeElement?.closest(".line") ?? null;
    if (held) return held;
    if (this.#line?.isConnected && this.#line.matches(":hover")) return this.#line;
    return this.paper.lastLine;
  }

  /** To the next line (1) or the one before (-1), by keyboard. */
  walk(step) {
    const held = document.activeElement?.closest(".line");
    const line = held ? this.paper.neighbour(held, step) : this.paper.lastLine;
    if (!line) return;
    line.tabIndex = -1;
    line.focus();
    line.scrollIntoView({ block: "nearest" });
  }

  /** Put a bookmark at the line, or take it away. */
  mark() {
    const line = this.#meant;
    const segment = line && this.paper.segmentOf(line);
    if (!segment) return;
    if (segment.marked) delete segment.marked;
    else segment.marked = true;
    this.paper.redraw(segment);
    this.onChange(segment);
  }

  /** Correct the text; Enter or leaving takes it, Escape does not. */
  edit() {
    const line = this.#meant;
    const segment = line && this.paper.segmentOf(line);
    const words = line?.querySelector("p");
    if (!segment || !words) return;
    const field = h("textarea", { rows: 1, value: segment.text, "aria-label": t("line.text") });
    let done = false;
    const leave = (isWanted, isByKey) => {
      if (done) return;
      done = true;
      const text = field.value.replace(/\s+/g, " ").trim();
      const isChanged = isWanted && text && text !== segment.text;
      if (isChanged) Object.assign(segment, { text, edited: true });
      this.paper.redraw(segment);
      if (isChanged) this.onChange(segment);
      if (!isByKey) return;
      line.tabIndex = -1;
      line.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      leave(event.key === "Enter", true);
    });
    field.addEventListener("blur", () => leave(true, false));
    words.replaceWith(field);
    field.focus();
  }
}
