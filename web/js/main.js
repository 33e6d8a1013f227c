/** The page's entry point: the server's configuration, the three views, the keyboard. */

import { request } from "./api.js";
import { askKey, showHelp } from "./dialogs.js";
import { find, h, loadIcons } from "./dom.js";
import { FilesView } from "./files/view.js";
import { language, onLanguage, setLanguage, t, translate } from "./i18n.js";
import { listenToKeys } from "./keys.js";
import { LANGUAGES } from "./languages.js";
import { LiveView } from "./live/view.js";
import { mindMenus } from "./menus.js";
import { ServerView } from "./server/view.js";
import { switchTheme } from "./theme.js";

const NOTHING = {
  version: "",
  ws_url: "",
  model: "",
  models: [],
  demo: false,
  language_model: false,
  speakers_off: "",
  language: "ko",
  traits: null,
  live_servers: [],
  any_live_server: false,
  examples: [],
  key_required: false,
  key_ok: true,
  max_upload_bytes: 2 ** 31,
};
const VIEWS = ["live", "files", "server"];
const AGAIN_MS = 3000;
/** @type {import("./keys.js").KeyAction[]} */
const PAGE_KEYS = [
  ...VIEWS.map((name, index) => ({
    keys: [String(index + 1)],
    text: `tab.${name}`,
    run: () => {
      location.hash = name;
    },
  })),
  { keys: ["?"], text: "help.help", run: help },
];
const views = {};
const config = { ...NOTHING };

async function begin() {
  await Promise.all([loadIcons(), configure()]);
  views.live = new LiveView(find("#view-live"), config, askKey, again);
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
  listenToKeys(() => [...ownKeys(), ...PAGE_KEYS]);
  mindMenus();
  route();
  if (config.key_required && !config.key_ok) askKey();
}

/** Request the configuration, again while the server does not answer or is still loading. */
async function configure() {
  try {
    Object.assign(config, NOTHING, { unreachable: false }, await request("api/config"));
  } catch (error) {
    // A refusal is an answer too, for example after too many wrong keys.
    config.unreachable = !error.status;
    if (error.status) Object.assign(config, { key_required: true, key_ok: false });
  }
  config.traits ??= { detects_language: true, tasks: ["translate"], context_text: true };
  config.languages = config.traits.languages ?? LANGUAGES;
  if (config.unreachable || (config.key_ok && !config.model)) setTimeout(again, AGAIN_MS);
}

async function again() {
  const before = config.model;
  await configure();
  views.live.configured();
  if (config.model && !before) views.live.recorder.retry();
  notices();
}

/** Show important notices to the user. */
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

/** `#files/ID` → the view and its content. */
function route() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const view = VIEWS.includes(name) ? name : "live";
  document.body.dataset.view = view;
  for (const other of VIEWS) {
    find(`#view-${other}`).hidden = other !== view;
    const tab = find(`.tabs a[data-view="${other}"]`);
    if (other === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  make(view);
  views.live.sign.at(view);
  for (const other of VIEWS) if (other !== view) views[other]?.hide?.();
  views[view]?.show?.(decodeURIComponent(rest.join("/")));
}

/** Make a view on first use, so that unused views send no requests. */
function make(name) {
  if (views[name]) return;
  const root = find(`#view-${name}`);
  if (name === "files") views.files = new FilesView(root, config, askKey);
  if (name === "server") views.server = new ServerView(root, config, askKey);
  translate(root);
}

/** The current view. */
function shown() {
  return VIEWS.find((name) => !find(`#view-${name}`).hidden);
}

function ownKeys() {
  return views[shown()]?.keys ?? [];
}

function help() {
  const keys = [
    [t(`tab.${shown()}`), ownKeys()],
    [t("help.everywhere"), PAGE_KEYS],
  ];
  showHelp(config, views.live.options.server.url, keys);
}

begin();
