/** The elements of the live view in their initial state. */

import { h, icon } from "../dom.js";
import { FORMATS } from "../formats.js";

/** Window width in pixels below which the panel is above the sheet (live.css). */
const FOLDED_BELOW = 960;

/**
 * @param {HTMLElement} root
 * @param {Record<string, (...values: any[]) => void>} actions of the buttons
 */
export function layout(root, actions) {
  root.append(
    h(
      "div",
      { class: "paper card" },
      tools(actions),
      h("div", { class: "find", role: "search", hidden: true }),
      transcript(),
    ),
    h("aside", { class: "panel card", "data-t-label": "panel" }, panel()),
    h("div", { class: "problem", role: "alert", hidden: true }),
    dock(actions),
  );
}

function tools(actions) {
  const round = (id, label, picture, action, hidden = false) =>
    h(
      "button",
      { type: "button", class: "plain round", id, "data-t-label": label, onclick: action, hidden },
      icon(picture),
    );
  const tool = (id, text, picture, action, more = {}) =>
    h(
      "button",
      { type: "button", class: "plain", id, onclick: action, ...more },
      icon(picture),
      h("span", { class: "label", "data-t": text }),
    );
  const title = h("input", {
    type: "text",
    id: "title",
    maxlength: 120,
    autocomplete: "off",
    "data-t-label": "session.name",
    onchange: () => actions.rename(title.value.trim()),
    onkeydown: ({ key, isComposing }) => {
      if (!isComposing && (key === "Enter" || key === "Escape")) title.blur();
    },
  });
  return h(
    "div",
    { class: "tools" },
    h("h1", { class: "unseen", "data-t": "transcript" }),
    title,
    round("fresh", "session.fresh", "add", actions.fresh),
    round("history", "history", "history", actions.history),
    round("find", "find", "search", actions.find),
    round("live-undo", "edit.undo", "undo", actions.undo, true),
    round("live-redo", "edit.redo", "redo", actions.redo, true),
    h("span", { class: "gap" }),
    tool("captions", "captions", "captions", actions.captions),
    tool("copy", "copy", "copy", actions.copy),
    downloads(actions.save, actions.downloads),
    display(actions),
  );
}

/** Options and notes, one at a time; collapsed on phones. */
function panel() {
  const parts = ["options", "notes"];
  const bodies = parts.map((name) =>
    h("div", { class: `body ${name}`, hidden: name !== "options" }),
  );
  const one = (name, index) =>
    h(
      "label",
      {},
      h("input", {
        type: "radio",
        name: "panel",
        value: name,
        checked: index === 0,
        onchange: () => bodies.forEach((body, other) => (body.hidden = other !== index)),
      }),
      h("span", { "data-t": name }),
    );
  return h(
    "details",
    { open: innerWidth > FOLDED_BELOW },
    h("summary", { "data-t": "panel" }),
    h(
      "div",
      { class: "segmented parts", role: "radiogroup", "data-t-label": "panel" },
      parts.map(one),
    ),
    ...bodies,
  );
}

/** Buttons for the display of the sheet. */
function display({ zoom, display: toggle }) {
  const entry = (props, picture, text) =>
    h("button", { type: "button", ...props }, icon(picture), h("span", { "data-t": text }));
  return h(
    "details",
    { class: "menu", id: "display" },
    h("summary", { class: "button", "data-t-label": "display" }, icon("sliders")),
    h(
      "div",
      {},
      entry({ id: "bigger", onclick: () => zoom(1) }, "bigger", "zoom.bigger"),
      entry({ id: "smaller", onclick: () => zoom(-1) }, "smaller", "zoom.smaller"),
      entry({ id: "times", onclick: () => toggle("times") }, "history", "display.times"),
      entry({ id: "ends", onclick: () => toggle("ends") }, "history", "display.ends"),
      entry({ id: "silences", onclick: () => toggle("silences") }, "pause", "display.silences"),
      entry({ id: "eye", onclick: () => toggle("eye") }, "eye", "confidence"),
    ),
  );
}

function downloads(save, onToggle) {
  const one = (format) =>
    h(
      "button",
      { type: "button", onclick: () => save(format) },
      h("span", { "data-t": `format.${format}` }),
    );
  return h(
    "details",
    { class: "menu", id: "downloads", ontoggle: onToggle },
    h(
      "summary",
      { class: "button" },
      icon("download"),
      h("span", { class: "label", "data-t": "download" }),
    ),
    h("div", {}, choice(), Object.keys(FORMATS).map(one)),
  );
}

/** The choice between the original and its translation, if there is one. */
function choice() {
  const one = (value) =>
    h(
      "label",
      {},
      h("input", { type: "radio", name: "download", value, checked: value === "original" }),
      h("span", { "data-t": `download.${value}` }),
    );
  return h(
    "div",
    { class: "segmented", role: "radiogroup", "data-t-label": "download.of", hidden: true },
    ["original", "translation"].map(one),
  );
}

function transcript() {
  return h(
    "div",
    { class: "transcript-box" },
    h(
      "div",
      { class: "transcript", tabindex: "0", role: "region", "data-t-label": "transcript" },
      h("div", { class: "lines" }),
      h("div", { class: "silence", hidden: true }),
      h("div", { class: "empty" }),
    ),
    h(
      "button",
      { type: "button", class: "latest", hidden: true },
      icon("down"),
      h("span", { "data-t": "latest" }),
    ),
  );
}

function dock(actions) {
  return h(
    "div",
    { class: "dock card" },
    h("button", { type: "button", class: "talk", id: "talk", onclick: actions.toggle }),
    h(
      "div",
      { class: "status" },
      h(
        "div",
        { class: "state" },
        h("span", { class: "dot" }),
        // Screen readers read out changes of this, but not the small print, which counts seconds.
        h("span", { class: "what", role: "status" }),
        h("small", {}),
      ),
      h("canvas", { class: "meter", "aria-hidden": "true" }),
    ),
    h("span", { class: "clock" }, "0:00"),
    h(
      "button",
      { type: "button", id: "resume", hidden: true, onclick: actions.resume },
      icon("retry"),
      h("span", { "data-t": "session.resume" }),
    ),
    h("button", {
      type: "button",
      class: "round",
      id: "pause",
      hidden: true,
      onclick: actions.pause,
    }),
  );
}
