/** Actions on a line during a recording: correct it, bookmark it. */

import { h, icon } from "../dom.js";
import { Editor } from "../files/editor.js";

export class LineActions {
  /** The line under the pointer or with the focus. @type {HTMLElement|null} */
  #line = null;

  /**
   * @param {import("./paper.js").Paper} paper
   * @param {import("./document.js").LiveDocument} document
   * @param {(segment: object) => void} onMark called when a bookmark was set or removed
   * @param {() => void} onCorrected
   */
  constructor(paper, document, onMark, onCorrected) {
    this.paper = paper;
    this.onMark = onMark;
    this.editor = new Editor(paper, document, onCorrected);
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
    // Not pointerover, which comes for each frame in which text scrolls under a resting pointer: to
    // move the tools makes the browser lay out.
    for (const kind of ["pointermove", "pointerdown"])
      paper.lines.addEventListener(kind, ({ target }) => this.#at(target.closest(".line")));
    paper.lines.addEventListener("focusin", ({ target }) => this.#at(target.closest(".line")));
    paper.lines.addEventListener("dblclick", (event) => {
      const index = event.target.closest("p") ? paper.indexOf(event.target) : -1;
      if (index >= 0) this.editor.openAt(index, event);
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

  /** The line for keyboard actions: the focused one, else the newest. */
  get #meant() {
    const held = document.activeElement?.closest(".line") ?? null;
    if (held) return held;
    if (this.#line?.isConnected && this.#line.matches(":hover")) return this.#line;
    return this.paper.lastLine;
  }

  /** Move the focus to the next (1) or previous (-1) line. */
  walk(step) {
    const held = document.activeElement?.closest(".line");
    const line = held ? this.paper.neighbour(held, step) : this.paper.lastLine;
    if (!line) return;
    line.tabIndex = -1;
    line.focus();
    line.scrollIntoView({ block: "nearest" });
  }

  /** Set or remove the bookmark of the line. */
  mark() {
    const line = this.#meant;
    const segment = line && this.paper.segmentOf(line);
    if (!segment) return;
    if (segment.marked) delete segment.marked;
    else segment.marked = true;
    this.paper.redraw(segment);
    this.onMark(segment);
  }

  /** Turn the line into a field, with the same keys and tools as in results of files. */
  edit() {
    const line = this.#meant;
    const index = line ? this.paper.indexOf(line) : -1;
    if (index >= 0) this.editor.open(index, Infinity);
  }
}
