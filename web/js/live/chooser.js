/**
 * The control for another live server: a list, or a text field if the page's own server allows any
 * server. The text below says where the audio goes, or what is wrong.
 */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { choose } from "./servers.js";

const COMMON = { id: "live-server", "aria-describedby": "live-server-about" };
/** Maximum letters of an address, more than people type. */
const MOST_LETTERS = 300;

/**
 * @param {object} config of the page's server
 * @param {unknown} wanted the previous choice
 * @param {boolean} secure whether the page is on https
 * @param {(wanted: string) => void} onChange
 */
export function chooser(config, wanted, secure, onChange) {
  const control = config.any_live_server ? field(config) : list(config);
  const about = h("small", { id: COMMON["aria-describedby"], role: "status" });
  const back = h("button", { type: "button" }, t("live.server.back"));
  const show = (value) => {
    const { url, code } = choose(value, config, secure);
    control.value = code ? value : url;
    control.setAttribute("aria-invalid", String(Boolean(code)));
    about.classList.toggle("alarm", Boolean(code));
    about.textContent = code
      ? t(`problem.${code}.advice`)
      : t(url ? "live.server.there" : "live.server.about", { server: url });
    back.hidden = control.value === "";
  };
  const take = (value) => {
    show(value);
    onChange(control.value);
  };
  control.addEventListener("change", () => take(control.value));
  back.addEventListener("click", () => {
    control.focus(); // since the button is about to disappear
    take("");
  });
  show(wanted);
  return h(
    "div",
    { class: "field" },
    h("span", {}, h("label", { for: COMMON.id }, t("live.server"))),
    control,
    config.any_live_server && suggestions(config),
    about,
    back,
  );
}

function list(config) {
  return h(
    "select",
    COMMON,
    h("option", { value: "" }, t("live.server.own")),
    ...config.live_servers.map((url) => h("option", { value: url }, url)),
  );
}

function field(config) {
  return h("input", {
    ...COMMON,
    type: "text",
    list: "live-servers",
    inputmode: "url",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: MOST_LETTERS,
    placeholder: config.ws_url,
  });
}

function suggestions(config) {
  return h(
    "datalist",
    { id: "live-servers" },
    ...config.live_servers.map((url) => h("option", { value: url })),
  );
}
