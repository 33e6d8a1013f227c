/** Users' presets of the live page's options, stored in this browser. */

import { h, icon, toast } from "../dom.js";
import { t } from "../i18n.js";

const STORED = "live-presets";
/** Options that depend on the place rather than on the kind of speech. */
const APART = ["source", "server"];
const MOST = 30;
const MOST_LETTERS = 40;

/** @returns {Record<string, object>} values by name */
export function ownPresets() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? "{}");
    return kept !== null && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

function keep(presets) {
  localStorage.setItem(STORED, JSON.stringify(presets));
}

/** @param {string} name @param {object} values of the options */
export function keepPreset(name, values) {
  const kept = Object.entries(values).filter(([key]) => !APART.includes(key));
  const others = Object.entries(ownPresets()).filter(([other]) => other !== name);
  keep(Object.fromEntries([...others, [name, Object.fromEntries(kept)]].slice(-MOST)));
}

export function removePreset(name) {
  keep(Object.fromEntries(Object.entries(ownPresets()).filter(([other]) => other !== name)));
}

/** Whether the options equal those of a preset. */
function matches(preset, values) {
  return Object.entries(preset).every(([key, value]) => values[key] === value);
}

/**
 * The control to choose a preset, save the current options as one, or delete one.
 * @param {object} values of the options
 * @param {(values: object) => void} onChoose
 * @param {(selector: string) => void} redraw moves the focus to the match of `selector`
 */
export function presetControl(values, onChoose, redraw) {
  const presets = ownPresets();
  const chosen = Object.keys(presets).find((name) => matches(presets[name], values)) ?? "";
  const select = h(
    "select",
    { id: "own-preset" },
    h("option", { value: "" }, t("preset.own.none")),
    ...Object.keys(presets).map((name) =>
      h("option", { value: name, selected: name === chosen }, name),
    ),
  );
  select.addEventListener("change", () => {
    if (select.value) onChoose(presets[select.value]);
  });
  const field = h("input", {
    type: "text",
    id: "own-preset-name",
    maxlength: MOST_LETTERS,
    autocomplete: "off",
    placeholder: t("preset.own.example"),
    "aria-label": t("preset.own.name"),
  });
  const save = () => {
    const name = field.value.trim() || chosen;
    if (!name) {
      field.focus();
      return;
    }
    keepPreset(name, values);
    toast(t("preset.own.kept", { name }));
    redraw("#own-preset");
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) save();
  });
  const remove = h(
    "button",
    {
      type: "button",
      class: "plain round",
      disabled: !chosen,
      "aria-label": t("preset.own.remove"),
      title: t("preset.own.remove"),
      onclick: () => {
        removePreset(chosen);
        redraw("#own-preset");
      },
    },
    icon("trash"),
  );
  return h(
    "div",
    { class: "field" },
    h("span", {}, h("label", { for: "own-preset" }, t("preset.own"))),
    h("div", { class: "beside" }, select, remove),
    h(
      "div",
      { class: "beside" },
      field,
      h("button", { type: "button", onclick: save }, t("preset.own.save")),
    ),
  );
}
