/** A language model's summary of a result: points and chapters that link to the lines they cite. */

import { request } from "../api.js";
import { h } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { card, missing } from "./facts.js";

/** Maximum links of one point: more than anybody looks up. */
const MOST_LINKS = 4;

export class SummaryCard {
  /** Summary for each view: `{summary, step_errors?, step_messages?, problem?}`. */
  #made = new Map();
  #busy = new Set();

  /**
   * @param {object} more
   * @param {string} more.id of the job
   * @param {boolean} more.isOffered whether there is a language model
   * @param {(seconds: number) => void} more.onGo go to a moment of the recording
   * @param {() => void} more.onChange called when it must be drawn again
   */
  constructor({ id, isOffered, onGo, onChange }) {
    this.id = id;
    this.isOffered = isOffered;
    this.onGo = onGo;
    this.onChange = onChange;
  }

  /** Load the existing summary for a view. */
  async load(view) {
    if (!this.isOffered || this.#made.has(view)) return;
    this.#made.set(view, {});
    try {
      const summary = await request(this.#address(view));
      if (!summary || this.#made.get(view)?.summary) return;
      this.#made.set(view, { summary });
      this.onChange();
    } catch {
      // The summary can be made again.
    }
  }

  /** @param {object} result in the current view @param {"original"|"masked"} view */
  draw(result, view) {
    const made = this.#made.get(view) ?? {};
    const answer = made.summary || made.step_errors ? made : result;
    const { summary } = answer;
    if (!this.isOffered && !("summary" in result)) return null;
    return card(
      t("summary"),
      summary ? this.#content(summary) : missing(answer, "summary"),
      made.problem && h("p", { class: "wrong" }, made.problem),
      this.isOffered && this.#button(view, summary),
      this.isOffered && h("p", { class: "soft" }, t(`summary.about.${view}`)),
    );
  }

  #content({ points, chapters, dropped, left_out: leftOut }) {
    if (!points.length && !chapters.length) return h("p", { class: "soft" }, t("summary.empty"));
    return [
      points.length > 0 && pointsOf(points, this.onGo),
      chapters.length > 0 && h("h3", {}, t("summary.chapters")),
      chapters.length > 0 && h("ol", { class: "chapters" }, chapters.map(this.#chapter)),
      dropped > 0 && h("p", { class: "soft" }, t("summary.dropped", { n: dropped })),
      leftOut > 0 && h("p", { class: "soft" }, t("summary.left_out", { n: leftOut })),
    ];
  }

  #chapter = ({ title, start, text }) =>
    h("li", {}, linkTo(start, this.onGo), " ", title, h("p", { class: "soft" }, text));

  #button(view, summary) {
    const isBusy = this.#busy.has(view);
    return h(
      "button",
      {
        type: "button",
        name: "summarise",
        disabled: isBusy,
        "aria-busy": String(isBusy),
        onclick: () => this.#make(view),
      },
      t(isBusy ? "summary.busy" : summary ? "summary.again" : "summary.make"),
    );
  }

  async #make(view) {
    this.#busy.add(view);
    this.onChange();
    const before = this.#made.get(view);
    try {
      const made = await request(this.#address(view), { method: "POST" });
      this.#made.set(view, made);
    } catch (error) {
      this.#made.set(view, { ...before, problem: sentence(error) });
    }
    this.#busy.delete(view);
    this.onChange();
  }

  #address(view) {
    return `api/summary/${encodeURIComponent(this.id)}?view=${view}`;
  }
}

/** Sentences of a language model with links to the lines that say them. */
export function pointsOf(points, onGo) {
  const links = (starts) => starts.slice(0, MOST_LINKS).map((start) => [" ", linkTo(start, onGo)]);
  return h(
    "ul",
    { class: "points" },
    points.map(({ text, starts }) => h("li", {}, text, links(starts))),
  );
}

/** A button that goes to a moment of the recording. */
export function linkTo(start, onGo) {
  const time = clock(start);
  const label = t("summary.go", { time });
  const props = { type: "button", class: "goto", title: label, "aria-label": label };
  return h("button", { ...props, onclick: () => onGo(start) }, time);
}
