/** Controls of a result: the buttons beside its name, and the bar above its lines. */

import { copyWords } from "../clipboard.js";
import { h, icon } from "../dom.js";
import { FORMATS } from "../formats.js";
import { t } from "../i18n.js";
import { PARTS, display, isDisplayed } from "../shown.js";
import { READINGS } from "./asked.js";

/**
 * The buttons beside the name.
 * @param {{how: {masked: boolean, wishes: string[]}, isMasked: boolean, isReading: boolean,
 *   onLook: (change: object) => void, onSilence: () => void, isEditing: boolean,
 *   onEdit: () => void, outputs: import("./outputs.js").Outputs, lines: HTMLElement,
 *   more: HTMLElement[]}} given `more`: further menus
 */
export function tools({
  how,
  isMasked,
  isReading,
  onLook,
  onSilence,
  isEditing,
  onEdit,
  outputs,
  lines,
  more,
}) {
  const item = (text, run) =>
    h(
      "button",
      {
        type: "button",
        onclick: ({ target }) => {
          const menu = target.closest("details");
          const isHeld = menu.contains(document.activeElement);
          menu.open = false;
          if (isHeld) menu.querySelector("summary").focus(); // to which a dialog returns the focus
          run();
        },
      },
      text,
    );
  return h(
    "div",
    { class: "tools" },
    privacy(how, isMasked, onLook, onSilence),
    reading(how, onLook, isReading, lines),
    labelled("edit", isEditing ? "edit.done" : "edit", {
      id: "edit",
      "aria-pressed": String(isEditing),
      onclick: onEdit,
    }),
    more,
    labelled("copy", "copy", {
      onclick: () => copyWords(outputs.text),
    }),
    h(
      "details",
      { class: "menu saving" },
      h(
        "summary",
        { class: "button" },
        icon("download"),
        h("span", { class: "label" }, t("download")),
      ),
      h(
        "div",
        {},
        Object.keys(FORMATS).map((format) =>
          item(t(`format.${format}`), () => outputs.save(format)),
        ),
        item(t("export.sound"), () => outputs.saveSound()),
        item(t("export.more"), () => outputs.export()),
      ),
    ),
  );
}

function labelled(sign, name, props) {
  return h(
    "button",
    { type: "button", class: "plain", ...props },
    icon(sign),
    h("span", { class: "label" }, t(name)),
  );
}

/** Choose whether to show the result, including corrections, with personal data masked. */
function privacy({ masked: is }, only, onLook, onSilence) {
  // If masking was requested with the file, the original text was never stored.
  const masked = only || is;
  const choice = (wanted, name) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(masked === wanted),
        disabled: only && !wanted,
        title: only && !wanted ? t("privacy.only") : null,
        onclick: () => {
          if (wanted !== masked) onLook({ masked: wanted });
        },
      },
      t(name),
    );
  return h(
    "div",
    { class: "pair", role: "group", "aria-label": t("privacy") },
    choice(false, "privacy.original"),
    choice(true, "privacy.masked"),
    masked &&
      h(
        "button",
        {
          type: "button",
          "aria-label": t("sound.remove"),
          title: t("sound.remove"),
          onclick: onSilence,
        },
        icon("trash"),
      ),
  );
}

/** Options for reading the text; the stored transcript stays unchanged. */
function reading({ wishes }, onLook, isOpen, lines) {
  const choice = (name, text, checked, onChoice) => {
    const box = h("input", {
      type: "checkbox",
      name: `read-${name}`,
      checked,
      onchange: () => onChoice(box.checked),
    });
    return h("label", { class: "check" }, box, h("span", {}, t(text)));
  };
  const wish = (name) =>
    choice(name, `read.${name}`, wishes.includes(name), (isOn) =>
      onLook({ wishes: isOn ? [...wishes, name] : wishes.filter((other) => other !== name) }),
    );
  const part = (name) =>
    choice(name, `display.${name}`, isDisplayed(name), (isOn) => {
      display(name, isOn);
      lines.classList.toggle(name, isOn);
    });
  return h(
    "details",
    { class: "menu reading", open: isOpen },
    h("summary", { class: "button" }, icon("eye"), h("span", { class: "label" }, t("read"))),
    h("div", { class: "choices" }, ["paragraphs", ...READINGS].map(wish), PARTS.map(part)),
  );
}

/**
 * The bar above the lines.
 * @param {{find: import("./findbar.js").FindBar, status: HTMLElement[], lines: HTMLElement,
 *   document: import("./document.js").Document, onOriginal: () => void}} more
 */
export function bar({ find, status, lines, document, onOriginal }) {
  const confidence = labelled("eye", "confidence", {
    "aria-pressed": String(lines.classList.contains("confidence")),
    onclick: () => {
      const on = lines.classList.toggle("confidence");
      confidence.setAttribute("aria-pressed", String(on));
    },
  });
  return [
    h(
      "div",
      { class: "tools" },
      find.search,
      h("span", { class: "gap" }),
      status,
      h(
        "div",
        { class: "corrections", hidden: true },
        labelled("undo", "edit.undo", { id: "undo", onclick: () => document.undo() }),
        labelled("redo", "edit.redo", { id: "redo", onclick: () => document.redo() }),
        labelled("retry", "edit.original", { id: "original", onclick: onOriginal }),
      ),
      confidence,
    ),
    find.replace,
    find.offer,
  ];
}

/** The lines, and the column beside them. */
export function body(lang, lines, screen, aside) {
  return h(
    "div",
    { class: "result-body" },
    h("div", { class: "paper card" }, h("div", { class: "transcript", lang }, lines)),
    h("div", { class: "side" }, screen, aside),
  );
}

/** @returns {import("../keys.js").KeyAction[]} */
export function resultKeys(player, field, act) {
  return [
    { keys: ["Space"], text: "keys.play", run: () => player.toggle() },
    { keys: ["ArrowLeft"], text: "keys.back", run: () => player.skip(-1) },
    { keys: ["ArrowRight"], text: "keys.on", run: () => player.skip(1) },
    { keys: ["Q"], text: "player.skip", run: () => player.switchSkipping() },
    { keys: ["E"], text: "keys.edit", run: act.edit },
    { keys: ["C"], text: "comment.add", run: act.comment },
    { keys: ["/"], text: "keys.find", run: () => field.focus() },
    { keys: ["R"], text: "again", run: act.again },
    { keys: ["S"], text: "share", run: act.share },
  ];
}
