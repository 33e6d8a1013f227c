/** What stands beside the words of a result. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { facts } from "./facts.js";
import { SummaryCard } from "./summary.js";

export class Aside {
  #summary;
  #shown = null;

  /**
   * @param {string} id of the job
   * @param {boolean} isOffered a language model can be asked for a summary
   * @param {(seconds: number) => void} onGo to where something is said
   */
  constructor(id, isOffered, onGo) {
    this.element = h("aside", { class: "facts" });
    this.#summary = new SummaryCard({ id, isOffered, onGo, onChange: () => this.#draw() });
  }

  /** @param {object} result as it is looked at @param {"original"|"masked"} view */
  draw(result, view) {
    this.#shown = { result, view };
    this.#summary.load(view);
    this.#draw();
  }

  #draw() {
    const { result, view } = this.#shown;
    this.element.setAttribute("aria-label", t("result.facts"));
    const cards = [this.#summary.draw(result, view), ...facts(result)];
    this.element.replaceChildren(...cards.filter(Boolean));
  }
}
