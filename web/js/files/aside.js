/** The column beside the text of a result. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { commentsCard } from "./commenting.js";
import { facts } from "./facts.js";
import { speakingCard } from "./speaking.js";
import { QuestionsCard } from "./questions.js";
import { SummaryCard } from "./summary.js";
import { VoicesCard } from "./voices.js";

export class Aside {
  #summary;
  #questions;
  #voices;
  #shown = null;

  /**
   * @param {string} id of the job
   * @param {object} config of the server
   * @param {(seconds: number) => void} onGo go to a moment of the recording
   * @param {(number: number) => string} nameOf the name of a speaker in the current view
   */
  constructor(id, config, onGo, nameOf) {
    const onChange = () => this.#draw();
    this.onGo = onGo;
    this.nameOf = nameOf;
    this.element = h("aside", { class: "facts" });
    const isOffered = Boolean(config.summaries);
    this.#summary = new SummaryCard({ id, isOffered, onGo, onChange });
    this.#questions = new QuestionsCard({ id, isOffered, onGo, onChange });
    this.#voices = new VoicesCard(id, Boolean(config.remembers_voices), onChange);
  }

  /**
   * @param {object} result in the current view
   * @param {"original"|"masked"} view
   * @param {{number: number, name: string}[]} voices the speakers and their names
   * @param {object[]} segments in the current view
   */
  draw(result, view, voices, segments) {
    this.#shown = { result, view, voices, segments };
    this.#summary.load(view);
    this.#draw();
  }

  #draw() {
    const { result, view, voices, segments } = this.#shown;
    const { activeElement: active } = document; // before a card takes its field along
    this.element.setAttribute("aria-label", t("result.facts"));
    const cards = [
      this.#summary.draw(result, view),
      this.#questions.draw(view),
      commentsCard(segments, this.onGo),
      speakingCard(segments, this.nameOf),
      this.#voices.draw(view === "masked" ? [] : voices),
      ...facts(result),
    ];
    this.element.replaceChildren(...cards.filter(Boolean));
    if (this.element.contains(active)) active.focus({ preventScroll: true });
  }
}
