/** The page's beginning: the server's configuration, the three views, the keyboard. */

import { request } from "./api.js";
import { askKey, showHelp } from "./dialogs.js";
import { find, h, loadIcons } from "./dom.js";
import { FilesView } from "./files/view.js";
import { language, onLanguage, setLanguage, t, translate } from "./i18n.js";
import { LANGUAGES } from "./languages.js";
import { LiveView } from "./live/view.js";
import { ServerView } from "./server/view.js";
import { switchTheme } from "./theme.js";

const NOTHING = {
  version: "",
  ws_url: "",
  model: "",
  models: [],
  demo: false,
  language_model: false,
  language: "ko",
  multilingual: true,
  live_servers: [],
  any_live_server: false,
  examples: [],
  key_required: false,
  key_ok: true,
  max_upload_bytes: 2 ** 31,
};
const VIEWS = ["live", "files", "server"];
const AGAIN_MS = 3000;
const views = {};
const config = { ...NOTHING };

async function begin() {
  await Promise.all([loadIcons(), configure()]);
  views.live = new LiveView(find("#view-live"), config, askKey);
  find("#language").addEventListener("click", () => setLanguage(language === "ko" ? "en" : "ko"));
  find("#theme").addEventListener("click", switchTheme);
  find("#help").addEventListener("click", help);
  onLanguage(() => {
    translate();
    find("#language").title = t("language.switch");
    find("#language-name").textContent = language === "ko" ? "English" : "한국어";
    find("#language-name").lang = language === "ko" ? "en" : "ko";
    notices();
  });
  addEventListener("hashchange", route);
  addEventListener("keydown", onKeyDown);
  document.addEventListener("click", closeMenus);
  route();
  if (config.key_required && !config.key_ok) askKey();
}

/** What the server says of itself; asked again while it does not answer or is still loading. */
async function configure() {
  try {
    Object.assign(config, NOTHING, { unreachable: false }, await request("api/config"));
  } catch {
    config.unreachable = true;
  }
  config.languages = config.multilingual ? LANGUAGES : ["en"];
  if (config.unreachable || (config.key_ok && !config.model)) setTimeout(again, AGAIN_MS);
}

async function again() {
  await configure();
  views.live.configured();
  notices();
}

/** What people must know before anything else. */
function notices() {
  const shown = [];
  if (config.unreachable) shown.push(["notice.unreachable"]);
  if (config.demo) shown.push(["notice.demo", 'make run ARGS="--model small"']);
  else if (config.problem) shown.push([`notice.${config.problem}`]);
  if (!window.isSecureContext) shown.push(["notice.insecure"]);
  find("#notices").replaceChildren(
    ...shown.map(([key, code]) =>
      h(
        "div",
        { class: "notice", role: "note" },
        h(
          "div",
          {},
          h("strong", {}, t(key)),
          " ",
          t(`${key}.text`),
          " ",
          code && h("code", {}, code),
        ),
      ),
    ),
  );
}

/** `#files/ID` → the view and what it is to show. */
function route() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const view = VIEWS.includes(name) ? name : "live";
  for (const other of VIEWS) {
    find(`#view-${other}`).hidden = other !== view;
    const tab = find(`.tabs a[data-view="${other}"]`);
    if (other === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  make(view);
  for (const other of VIEWS) if (other !== view) views[other]?.hide?.();
  views[view]?.show?.(decodeURIComponent(rest.join("/")));
}

/** A view that nobody looks at asks nothing of the server. */
function make(name) {
  if (views[name]) return;
  const root = find(`#view-${name}`);
  if (name === "files") views.files = new FilesView(root, config, askKey);
  if (name === "server") views.server = new ServerView(root, config, askKey);
  translate(root);
}

function onKeyDown(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (document.querySelector("dialog[open]") || target.closest("[contenteditable]")) return;
  const typing = target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  const pressing = target.closest("button, a, summary, input, audio, [role=button]");
  if (typing || (event.key === " " && pressing)) return;
  const live = !find("#view-live").hidden;
  const actions = {
    "?": help,
    1: () => {
      location.hash = "live";
    },
    2: () => {
      location.hash = "files";
    },
    3: () => {
      location.hash = "server";
    },
    ...(live
      ? {
          " ": () => views.live.toggle(),
          p: () => views.live.pause(),
          c: () => views.live.copy(),
        }
      : {}),
  };
  const action = actions[event.key] ?? actions[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

function help() {
  showHelp(config, views.live.options.server.url);
}

/** A menu that is open closes when something else is pressed. */
function closeMenus({ target }) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
}

begin();
