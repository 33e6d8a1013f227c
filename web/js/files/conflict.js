/** The dialog about corrections that two people made at the same time. */

import { show } from "../dialogs.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";

/** Maximum letters of a line in the dialog. */
const TASTE = 300;

/**
 * @param {ReturnType<typeof import("./merge.js").merge>} merged
 * @returns {Promise<{way: "merge"|"mine"|"theirs", theirs: boolean[]}|null>} `theirs`: for each
 *   collision, whether to keep theirs; null: decide later
 */
export function askConflict({ collisions, mine, theirs }) {
  const way = (value, text, ...more) => {
    const box = h("input", { type: "radio", name: "way", value, checked: value === "merge" });
    return h("label", { class: "check" }, box, h("span", {}, text, ...more));
  };
  const places = collisions.map((place, index) => collision(place, index));
  const chosen = (name) => form.querySelector(`[name="${name}"]:checked`).value;
  let answer = null;
  const form = h(
    "form",
    { method: "dialog", class: "conflict" },
    h(
      "fieldset",
      {},
      h("legend", { class: "unseen" }, t("conflict.what")),
      way("merge", t("conflict.merge"), h("small", {}, t("conflict.merge.about", { mine, theirs }))),
      places.length > 0 &&
        h(
          "div",
          { class: "collisions" },
          h("p", { class: "soft" }, t("conflict.both", { n: places.length })),
          ...places,
        ),
      way("mine", t("conflict.mine")),
      way("theirs", t("conflict.theirs")),
    ),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, t("conflict.later")),
      h("button", { class: "primary" }, t("conflict.apply")),
    ),
  );
  form.addEventListener("submit", () => {
    const choices = collisions.map((_, index) => chosen(`place-${index}`) === "theirs");
    answer = { way: chosen("way"), theirs: choices };
  });
  const dialog = show(h("h2", {}, t("conflict.title")), h("p", {}, t("conflict.about")), form);
  dialog.classList.add("wide");
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(answer)));
}

/** The choice for a place that both changed. */
function collision({ mine, theirs }, index) {
  const side = (value, text) =>
    h(
      "label",
      { class: "check" },
      h("input", { type: "radio", name: `place-${index}`, value, checked: value === "mine" }),
      h(
        "span",
        {},
        h("small", {}, t(`conflict.side.${value}`)),
        text.slice(0, TASTE) || t("conflict.nothing"),
      ),
    );
  return h(
    "fieldset",
    {},
    h("legend", {}, t("conflict.place", { n: index + 1 })),
    side("mine", mine),
    side("theirs", theirs),
  );
}
