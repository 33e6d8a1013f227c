/** The fields of the panel of options, each with its label. */

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** Maximum letters of a text among a stream's options. */
const MOST_LETTERS = 4000;

/** @param {string} name key of the label */
export function field(name, control) {
  return h("label", { class: "field" }, h("span", {}, t(name)), control);
}

/** @param {[string, string][]} choices values and their names */
export function optionsOf(choices, chosen) {
  return choices.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
}

/**
 * @param {string} name
 * @param {string} value
 * @param {(value: string) => void} onChange
 * @param {() => Node|null} more makes content below the field once it has text
 */
export function textField(name, value, onChange, more = () => null) {
  const area = h("textarea", {
    id: name,
    rows: name === "prompt" ? 2 : 1,
    maxlength: MOST_LETTERS,
    placeholder: t(`${name}.example`),
    value,
  });
  const box = field(name, area);
  area.addEventListener("change", () => {
    const typed = area.value.trim();
    onChange(typed);
    if (typed && !box.querySelector("button")) box.append(more() ?? "");
  });
  return box;
}

/** @param {{label: string, about: string, disabled?: boolean}} texts keys; or why it is disabled */
export function checkBox(name, checked, onChange, { label, about, disabled = false }) {
  const box = h("input", { type: "checkbox", id: name, checked: checked && !disabled, disabled });
  box.addEventListener("change", () => onChange(box.checked));
  return h("label", { class: "check" }, box, h("span", {}, t(label), h("small", {}, t(about))));
}
