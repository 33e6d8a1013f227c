/** Comments as they are shown, written and deleted, each below its line. */

import { h, icon, toast } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";
import { MOST_LETTERS, MOST_NAME_LETTERS, listed, withComments } from "./comments.js";
import { card } from "./facts.js";
import { linkTo } from "./summary.js";

const STORED_NAME = "comment-name";

/** The comments of a line; null: none. */
export function commentsOf({ comments = [] }) {
  if (!comments.length) return null;
  return h(
    "ul",
    { class: "comments", "aria-label": t("comments") },
    comments.map((comment) =>
      h(
        "li",
        {},
        words(comment),
        h(
          "button",
          {
            type: "button",
            class: "plain",
            name: "uncomment",
            "aria-label": t("comment.delete"),
            title: t("comment.delete"),
          },
          icon("close"),
        ),
      ),
    ),
  );
}

function words({ name, text }) {
  return h("span", {}, name && [h("strong", {}, name), " "], text);
}

/** The list of comments beside the text; null: none. @param {(seconds: number) => void} onGo */
export function commentsCard(segments, onGo) {
  const all = listed(segments);
  if (!all.length) return null;
  const line = (comment) => h("li", {}, linkTo(comment.start, onGo), " ", words(comment));
  return card(t("comments"), h("ul", { class: "comment-list" }, all.map(line)));
}

export class Commenting {
  #form = null;

  /**
   * @param {import("./sheet.js").Sheet} sheet
   * @param {import("./document.js").Document} document
   * @param {{isReadOnly: () => boolean, here: () => number}} more `isReadOnly`: a view is shown,
   *   not the text itself; `here`: index of the line being played
   */
  constructor(sheet, document, { isReadOnly, here }) {
    this.sheet = sheet;
    this.document = document;
    this.isReadOnly = isReadOnly;
    this.here = here;
    // One button for all lines: it is in the line that has the pointer or the focus.
    this.button = h(
      "button",
      { type: "button", class: "plain say", onclick: () => this.#openAt(this.button) },
      icon("comment"),
    );
    const { lines } = sheet;
    for (const type of ["pointerover", "focusin"])
      lines.addEventListener(type, ({ target }) => this.#offer(target.closest(".line")));
    lines.addEventListener("click", ({ target }) => {
      const button = target.closest("[name=uncomment]");
      if (button) this.#delete(button);
    });
    this.translate();
  }

  translate() {
    this.button.setAttribute("aria-label", t("comment.add"));
    this.button.title = t("comment.add");
  }

  #offer(line) {
    const { button } = this;
    if (!line || this.isReadOnly() || button.parentElement === line) return;
    if (button !== document.activeElement) line.querySelector(".from")?.after(button);
  }

  /** Write a comment on the line that has the focus, or else on the one being played. */
  open() {
    const focused = this.sheet.indexOf(document.activeElement);
    this.#openIn(focused >= 0 ? focused : Math.max(0, this.here()));
  }

  #openAt(element) {
    this.#openIn(this.sheet.indexOf(element));
  }

  #openIn(index) {
    if (this.isReadOnly()) {
      toast(t("comment.original"));
      return;
    }
    const line = this.sheet.at(index);
    if (!line?.matches(".line")) return;
    this.close();
    const { start } = this.document.segments[index];
    const text = h("textarea", {
      rows: 2,
      name: "comment",
      maxlength: MOST_LETTERS,
      "aria-label": t("comment.text", { time: clock(start) }),
      placeholder: t("comment.hint"),
    });
    const name = h("input", {
      type: "text",
      name: "comment-name",
      maxlength: MOST_NAME_LETTERS,
      value: localStorage.getItem(STORED_NAME) ?? "",
      "aria-label": t("comment.name"),
      placeholder: t("comment.name"),
    });
    const save = () => this.#save(text.value, name.value);
    const cancel = () => this.close(true);
    this.#form = h(
      "form",
      {
        class: "commenting",
        onsubmit: (event) => {
          event.preventDefault();
          save();
        },
        onkeydown: (event) => {
          if (event.isComposing) return; // this Enter only ends a Hangul syllable
          if (event.key === "Escape") cancel();
          else if (event.key === "Enter" && !event.shiftKey && event.target === text) save();
          else return;
          event.preventDefault();
          event.stopPropagation();
        },
      },
      text,
      h(
        "div",
        { class: "line-tools" },
        name,
        h("button", { class: "primary" }, t("comment.save")),
        h("button", { type: "button", class: "plain", onclick: cancel }, t("cancel")),
      ),
    );
    line.append(this.#form);
    text.focus({ preventScroll: true });
    this.#form.scrollIntoView({ block: "nearest" });
  }

  #save(text, name) {
    // The line may be another one by now: what was corrected meanwhile moves it.
    const index = this.sheet.indexOf(this.#form);
    const [tidy, writer] = [text.trim(), name.trim()];
    if (writer) localStorage.setItem(STORED_NAME, writer);
    else localStorage.removeItem(STORED_NAME);
    this.close(true);
    if (!tidy || index < 0) return;
    const comment = writer ? { text: tidy, name: writer } : { text: tidy };
    this.#put(index, (comments) => [...comments, comment]);
  }

  #delete(button) {
    const index = this.sheet.indexOf(button);
    const items = [...button.closest("ul").children];
    const at = items.indexOf(button.closest("li"));
    if (index < 0 || this.isReadOnly()) return;
    this.#put(index, (comments) => comments.filter((_, place) => place !== at));
    toast(t("comment.deleted"));
  }

  #put(index, change) {
    const segment = this.document.segments[index];
    const made = withComments(segment, change(segment.comments ?? []));
    this.document.splice(index, 1, [made]);
    this.sheet.at(index)?.querySelector(".from")?.focus({ preventScroll: true });
  }

  /** Discard what is being written. @param {boolean} isByKey whether the line gets the focus */
  close(isByKey = false) {
    const line = this.#form?.closest(".line");
    this.#form?.remove();
    this.#form = null;
    if (isByKey) line?.querySelector(".from")?.focus({ preventScroll: true });
  }
}
