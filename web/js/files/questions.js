/** Questions to a transcript, answered by the server's language model with links to the lines. */

import { request } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { card, missing } from "./facts.js";
import { pointsOf } from "./summary.js";

/** Letters of a question, as on the server. */
const MOST_LETTERS = 500;

export class QuestionsCard {
  /** `{question, view, answer?, problem?}`, the newest first. */
  #asked = [];
  #isBusy = false;

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
    // It is kept when the card is drawn again, with what is being typed.
    this.field = h("textarea", { rows: 2, name: "question", maxlength: MOST_LETTERS });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#ask();
    });
  }

  /** @param {"original"|"masked"} view */
  draw(view) {
    if (!this.isOffered) return null;
    this.view = view;
    this.field.setAttribute("aria-label", t("questions"));
    this.field.placeholder = t("questions.hint");
    const button = h(
      "button",
      { name: "ask", disabled: this.#isBusy, "aria-busy": String(this.#isBusy) },
      t(this.#isBusy ? "questions.busy" : "questions.ask"),
    );
    const form = h("form", { class: "asking" }, this.field, button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
    });
    const shown = this.#asked.filter((one) => one.view === view);
    return card(
      t("questions"),
      form,
      h(
        "div",
        { class: "answers", role: "log", "aria-label": t("questions.answers") },
        shown.map((one) => this.#answered(one)),
      ),
      h("p", { class: "soft" }, t(`summary.about.${view}`)),
    );
  }

  #answered({ question, made, problem }) {
    return h(
      "div",
      {},
      h("h3", {}, question),
      problem && h("p", { class: "wrong" }, problem),
      made && (made.answer ? this.#sentences(made) : missing(made, "ask")),
    );
  }

  #sentences({ answer, dropped, left_out: leftOut }) {
    return [
      answer.length ? pointsOf(answer, this.onGo) : h("p", {}, t("questions.unanswered")),
      dropped > 0 && h("p", { class: "soft" }, t("summary.dropped", { n: dropped })),
      leftOut > 0 && h("p", { class: "soft" }, t("questions.left_out", { n: leftOut })),
    ];
  }

  async #ask() {
    const question = this.field.value.trim();
    if (!question || this.#isBusy) return;
    const { view } = this;
    this.#isBusy = true;
    this.onChange();
    const path = `api/questions/${encodeURIComponent(this.id)}?view=${view}`;
    try {
      const made = await request(path, { method: "POST", json: { question } });
      this.#asked.unshift({ question, view, made });
      if (made.answer) this.field.value = "";
    } catch (error) {
      this.#asked.unshift({ question, view, problem: sentence(error) });
    }
    this.#isBusy = false;
    this.onChange();
  }
}
