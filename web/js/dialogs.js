/** The dialogs for help and for an API key. */

import { key, request, setKey } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { keysOn, switchKeys } from "./keys.js";
import { sentence } from "./problems.js";

const ARROWS = { ArrowLeft: "←", ArrowRight: "→" };

/** Show a dialog with this content; it is removed when closed. */
export function show(...content) {
  const dialog = h("dialog", { closedby: "any" }, ...content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Show the keyboard shortcuts, and where audio and text are sent.
 * @param {object} config of the page's server
 * @param {string} server another server that gets the audio; empty: none
 * @param {[string, import("./keys.js").KeyAction[]][]} tables of shortcuts, each with its title
 */
export function showHelp(config, server, tables) {
  const close = h("button", { type: "button", class: "primary" }, t("close"));
  const dialog = show(
    h("h2", {}, t("help")),
    h("div", { class: "columns" }, ...tables.filter(([, actions]) => actions.length).map(keyTable)),
    keySwitch(),
    h("p", {}, server ? t("help.privacy.elsewhere", { server }) : t("help.privacy")),
    h("p", {}, `Realtime Whisper ${config.version}`, config.model ? ` · ${config.model}` : ""),
    h("div", { class: "buttons" }, close),
  );
  dialog.classList.add("wide");
  close.addEventListener("click", () => dialog.close());
}

function keyTable([title, actions]) {
  const rows = actions.map(({ keys: [name], text }) => [
    h("dt", {}, h("kbd", {}, name === "Space" ? t("key.space") : (ARROWS[name] ?? name))),
    h("dd", {}, t(text)),
  ]);
  return h("section", {}, h("h3", {}, title), h("dl", { class: "keys" }, ...rows.flat()));
}

function keySwitch() {
  const box = h("input", { type: "checkbox", checked: keysOn() });
  box.addEventListener("change", () => switchKeys(box.checked));
  return h(
    "label",
    { class: "check" },
    box,
    h("span", {}, t("help.keys"), h("small", {}, t("help.keys.about"))),
  );
}

/**
 * Ask for an API key, which is stored until the tab is closed. A key for the page's own server is
 * checked at once, and the page reloads with a valid one.
 * @param {string} server address of another live server
 */
export function askKey(server = "") {
  if (document.querySelector("dialog[open]")) return;
  const refused = key(server) ? t("key.wrong") : "";
  const wrong = h("small", { id: "key-wrong", class: "alarm", role: "alert" }, refused);
  const field = h("input", {
    type: "password",
    autocomplete: "off",
    value: key(server) ?? "",
    "aria-describedby": wrong.id,
  });
  const form = h(
    "form",
    { method: "dialog" },
    h("label", { class: "field" }, h("span", {}, t("key")), field, h("small", {}, t("key.about"))),
    h("div", { class: "field" }, wrong),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, t("cancel")),
      h("button", { class: "primary" }, t("key.use")),
    ),
  );
  form.addEventListener("submit", async (event) => {
    const before = key(server);
    setKey(field.value.trim(), server);
    if (server) return;
    event.preventDefault();
    wrong.textContent = "";
    const refusal = await refusalOfKey();
    if (refusal) setKey(before, server); // each request with a wrong key would count as a guess
    else location.reload();
    wrong.textContent = refusal;
    field.setAttribute("aria-invalid", "true");
    field.select();
  });
  const dialog = show(h("h2", {}, t("key.enter")), server && h("p", {}, server), form);
}

/** Why the page's server refuses the key; empty: it accepts the key. */
async function refusalOfKey() {
  try {
    const { key_ok: isRight } = await request("api/config");
    return isRight ? "" : t("key.wrong");
  } catch (error) {
    return sentence(error);
  }
}
