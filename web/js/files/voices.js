/** The speakers of a result, whose voices can be remembered if the operator allows it. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { remember, showVoices } from "../voices.js";
import { card } from "./facts.js";

export class VoicesCard {
  /** State by speaker number: "busy", the name it is remembered by, or an error. */
  #states = new Map();

  /**
   * @param {string} id of the job
   * @param {boolean} isAllowed whether the operator allows it
   * @param {() => void} onChange called when it must be drawn again
   */
  constructor(id, isAllowed, onChange) {
    this.id = id;
    this.isAllowed = isAllowed;
    this.onChange = onChange;
  }

  /** @param {{number: number, name: string}[]} voices the speakers and their names */
  draw(voices) {
    if (!this.isAllowed || !voices.length) return null;
    const named = voices.filter(({ name }) => name);
    return card(
      t("voices"),
      named.length
        ? h("ul", { class: "voices" }, named.map(this.#row))
        : h("p", {}, t("voices.name_first")),
      h("p", { class: "soft" }, t("voices.about")),
      h("button", { type: "button", name: "voices", onclick: showVoices }, t("voices.title")),
    );
  }

  #row = ({ number, name }) => {
    const { isBusy, as, problem } = this.#states.get(number) ?? {};
    const isDone = as === name;
    return h(
      "li",
      {},
      name,
      " ",
      isDone
        ? h("span", { class: "badge" }, t("voices.remembered"))
        : h(
            "button",
            {
              type: "button",
              class: "remember",
              disabled: isBusy,
              "aria-label": `${t("voices.remember")}: ${name}`,
              onclick: () => this.#remember(number, name),
            },
            t("voices.remember"),
          ),
      problem && h("p", { class: "wrong" }, problem),
    );
  };

  async #remember(number, name) {
    this.#states.set(number, { isBusy: true });
    this.onChange();
    try {
      await remember(this.id, number, name);
      this.#states.set(number, { as: name });
    } catch (error) {
      this.#states.set(number, { problem: sentence(error) });
    }
    this.onChange();
  }
}
