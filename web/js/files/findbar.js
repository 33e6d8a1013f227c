/** The bar that finds and replaces text in a transcript, and suggests to replace it everywhere. */

import { h, icon, toast } from "../dom.js";
import { t } from "../i18n.js";
import { anywhere, asWords, countOf } from "./document.js";
import { countText, mark, places, unmark } from "./search.js";

export class FindBar {
  #found = [];
  #current = 0;

  /**
   * @param {{segments: () => object[], sheet: import("./sheet.js").Sheet,
   *   document: import("./document.js").Document, onReveal: () => void,
   *   onTerm: (term: string) => void}} more `onTerm`: adds a term for later recognition
   */
  constructor(more) {
    this.more = more;
    this.count = h("span", { class: "count", role: "status" });
    this.field = h("input", {
      type: "search",
      id: "find-in-result",
      placeholder: t("search"),
      "aria-label": t("search"),
      oninput: () => this.#search(),
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        this.step(event.shiftKey ? -1 : 1);
      },
    });
    this.other = h("input", {
      type: "text",
      id: "replace",
      placeholder: t("replace.with"),
      "aria-label": t("replace.with"),
    });
    this.exact = h("input", { type: "checkbox", onchange: () => this.#search() });
    this.search = h(
      "div",
      { class: "finding" },
      icon("search"),
      this.field,
      this.count,
      this.#button("search.before", () => this.step(-1), "up"),
      this.#button("search.next", () => this.step(1), "down"),
    );
    this.replace = h(
      "div",
      { class: "finding", hidden: true },
      this.other,
      this.#button("replace.one", () => this.#replaceOne()),
      this.#button("replace.all", () => this.#replaceAll()),
      h("label", { class: "check" }, this.exact, h("span", {}, t("replace.exact"))),
    );
    this.offer = h("div", { class: "offer", role: "status", hidden: true });
  }

  #button(text, onclick, sign) {
    const props = { type: "button", class: sign ? "plain round" : "plain", onclick };
    if (!sign) return h("button", props, t(text));
    return h("button", { ...props, "aria-label": t(text), title: t(text) }, icon(sign));
  }

  /** Search for a text. */
  look(wanted) {
    this.field.value = wanted;
    this.#search();
  }

  get #pattern() {
    const isExact = this.exact.checked;
    const wanted = isExact ? this.field.value : this.field.value.trim();
    return wanted ? anywhere(wanted, { isExact }) : null;
  }

  #search() {
    this.#current = 0;
    this.#look(false);
    if (this.#found.length) this.#reveal();
  }

  /** Search again after the text has changed. */
  refresh() {
    this.#look(true);
  }

  #look(isSame) {
    const pattern = this.#pattern;
    this.#found = pattern ? places(this.more.segments(), pattern) : [];
    this.#current = Math.min(this.#current, Math.max(0, this.#found.length - 1));
    this.count.textContent = pattern ? countText(this.#current, this.#found.length) : "";
    if (pattern) mark(this.#found, this.#current, (index) => this.#lineOf(index), isSame);
    else unmark();
  }

  /** Only the current match is worth drawing its line for; others are marked once it is drawn. */
  #lineOf(index) {
    const { sheet } = this.more;
    return index === this.#found[this.#current].index ? sheet.at(index) : sheet.drawn(index);
  }

  /** Go to the next or previous match. */
  step(by) {
    if (!this.#found.length) return;
    this.#current = (this.#current + by + this.#found.length) % this.#found.length;
    this.#look(false);
    this.#reveal();
  }

  #reveal() {
    this.more.onReveal();
    const line = this.more.sheet.at(this.#found[this.#current].index);
    line?.scrollIntoView({ block: "center" });
  }

  #replaceOne() {
    const place = this.#found[this.#current];
    if (!place) return;
    const { text } = this.more.segments()[place.index];
    const end = place.at + place.length;
    this.more.document.retype(
      place.index,
      text.slice(0, place.at) + this.other.value + text.slice(end),
    );
    if (this.#found.length) this.#reveal();
  }

  #replaceAll() {
    const pattern = this.#pattern;
    if (pattern) this.#replaced(this.more.document.replaceAll(pattern, this.other.value));
  }

  #replaced(count) {
    toast(t("replace.done", { n: count }));
    if (count && this.other.value.trim()) this.#offerTerm(this.other.value.trim());
  }

  /** Suggest a correction for other places too. @param {{from, to}[]} corrected */
  suggest(corrected) {
    for (const { from, to } of corrected) {
      const n = countOf(this.more.segments(), asWords(from));
      if (!n) continue;
      this.#offer(t("apply.offer", { from, to, n }), t("apply.all"), () => {
        const count = this.more.document.replaceAll(asWords(from), to);
        toast(t("replace.done", { n: count }));
        this.#offerTerm(to);
      });
      return;
    }
  }

  #offerTerm(term) {
    this.#offer(t("term.offer", { term }), t("term.add"), () => {
      this.more.onTerm(term);
      toast(t("term.added", { term }));
      this.offer.hidden = true;
    });
  }

  #offer(text, name, onclick) {
    this.offer.hidden = false;
    this.offer.replaceChildren(
      h("span", {}, text),
      h("button", { type: "button", class: "primary", onclick }, name),
      this.#button("close", () => (this.offer.hidden = true), "close"),
    );
  }
}
