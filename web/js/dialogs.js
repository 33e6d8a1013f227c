/** The dialogs: help, and the question for a key. */

import { key, setKey } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const KEYS = [
  ["Space", "help.space"],
  ["P", "help.p"],
  ["C", "help.c"],
  ["1 2 3", "help.views"],
  ["?", "help.help"],
];

function show(...content) {
  const dialog = h("dialog", {}, ...content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * What the keys do, and where the words go.
 * @param {object} config of the page's server
 * @param {string} server another one that hears what is said; empty: there is none
 */
export function showHelp(config, server) {
  const keys = KEYS.map(([name, text]) => [h("dt", {}, h("kbd", {}, name)), h("dd", {}, t(text))]);
  const close = h("button", { type: "button", class: "primary" }, t("close"));
  const dialog = show(
    h("h2", {}, t("help")),
    h("dl", { class: "keys" }, ...keys.flat()),
    h("p", {}, server ? t("help.privacy.elsewhere", { server }) : t("help.privacy")),
    h("p", {}, `Realtime Whisper ${config.version}`, config.model ? ` · ${config.model}` : ""),
    h("div", { class: "buttons" }, close),
  );
  close.addEventListener("click", () => dialog.close());
}

/**
 * Ask for an API key; it is kept until the tab is closed. Reloads the page with its own server's.
 * @param {string} server another live server's address
 */
export function askKey(server = "") {
  if (document.querySelector("dialog[open]")) return;
  const field = h("input", { type: "password", autocomplete: "off", value: key(server) ?? "" });
  const form = h(
    "form",
    { method: "dialog" },
    h("label", { class: "field" }, h("span", {}, t("key")), field, h("small", {}, t("key.about"))),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, t("cancel")),
      h("button", { class: "primary" }, t("key.use")),
    ),
  );
  form.addEventListener("submit", () => {
    setKey(field.value.trim(), server);
    if (!server) location.reload();
  });
  const dialog = show(h("h2", {}, t("key.enter")), server && h("p", {}, server), form);
}
