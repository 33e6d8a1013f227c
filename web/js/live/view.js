/** The live view: the sheet, the panel beside it and the dock below. */

import { key } from "../api.js";
import { copyWords } from "../clipboard.js";
import { copyText, find, h, icon, download, toast } from "../dom.js";
import { FORMATS, toTxt } from "../formats.js";
import { onLanguage, t } from "../i18n.js";
import { problem } from "../problems.js";
import { named } from "../speakers.js";
import { Dock } from "./dock.js";
import { layout } from "./layout.js";
import { Options } from "./options.js";
import { translated, translationOf } from "./pairing.js";
import { Paper, explainWords } from "./paper.js";
import { Recorder } from "./recorder.js";
import { Relay } from "./relay.js";
import { Transcript } from "./transcript.js";

const ZOOMS = [0.8, 1, 1.25, 1.6, 2];
/** Finals that a caption page may show. */
const MOST_CAPTIONS = 6;
const TRANSLATION_WANTED = "#downloads input[value=translation]";

export class LiveView {
  /** The translation had no place when it was last looked at. */
  #waited = false;
  /** The live server of the newest stream, where it is not the page's own. */
  #elsewhere = "";
  /** The model of the newest stream. */
  #model = "";
  /** The newest problem of the present recording. */
  #newest = "";

  /**
   * @param {HTMLElement} root
   * @param {object} config of the server
   * @param {(server: string) => void} onKey asks for an API key of a server; empty: the page's own
   */
  constructor(root, config, onKey) {
    this.root = root;
    this.config = config;
    this.onKey = onKey;
    this.transcript = new Transcript();
    this.transcript.restore();
    this.voices = {
      nameOf: (number) => this.transcript.names.get(number) || t("speaker", { n: number + 1 }),
      rename: (number, name) => this.#rename(number, name),
    };
    this.relay = new Relay(() => ({
      finals: named(this.transcript.segments.slice(-MOST_CAPTIONS), this.voices.nameOf),
      partial: this.transcript.partial,
    }));
    this.recorder = new Recorder({
      onState: () => this.#showState(),
      onEvent: (event) => this.#take(event),
      onTranslation: (final) => {
        this.transcript.translate(final);
        this.#showChanged();
      },
      onLevel: (level) => this.dock.wave.add(level),
      onProblem: (code, values) => this.#problem(code, values),
      onUnanswered: () => {
        if (this.#elsewhere && this.#newest !== "unanswered") this.#problem("unanswered");
      },
    });
    layout(root, {
      toggle: () => this.toggle(),
      pause: () => this.pause(),
      zoom: (step) => this.#zoom(step),
      confidence: ({ currentTarget }) => this.#confidence(currentTarget),
      captions: () => this.#captions(),
      copy: () => this.copy(),
      save: (format) => this.save(format),
      downloads: () => this.#offerTranslation(),
      clear: () => this.#clear(),
    });
    this.#zoom(0);
    this.paper = new Paper(root, this.voices);
    this.dock = new Dock(root, this.recorder);
    this.options = new Options(find(".panel", root), config, () =>
      this.recorder.change(this.options.changeable, this.options.bilingual),
    );
    this.paper.fill(this.transcript.segments);
    explainWords(this.paper.lines);
    onLanguage(() => this.#texts());
    addEventListener("beforeunload", (event) => {
      if (this.recorder.state !== "idle") event.preventDefault();
    });
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    return [
      { keys: ["Space"], text: "help.space", run: () => this.toggle() },
      { keys: ["P"], text: "help.p", run: () => this.pause() },
      { keys: ["C"], text: "help.c", run: () => this.copy() },
    ];
  }

  /** The configuration came late, or changed. */
  configured() {
    this.options.draw();
    this.#texts();
  }

  /** Start or stop. */
  toggle() {
    this.#hideProblem();
    if (this.recorder.state !== "idle") {
      this.recorder.stop();
      return;
    }
    const { url, code } = this.options.server;
    this.#elsewhere = url;
    this.#newest = "";
    if (code) {
      this.#problem(code);
      return;
    }
    this.transcript.begin();
    if (this.options.bilingual) this.paper.makeRoom();
    this.recorder
      .start({
        source: this.options.values.source,
        clean: this.options.values.clean,
        query: this.options.query,
        bilingual: this.options.bilingual,
        url: url || this.config.ws_url,
        key: key(url),
      })
      .then(() => this.options.listDevices());
  }

  pause() {
    this.recorder.pause();
  }

  async copy() {
    await copyWords(toTxt(named(this.transcript.read, this.voices.nameOf)).trim());
  }

  /** @param {"txt"|"srt"|"vtt"|"json"} format */
  save(format) {
    find("#downloads", this.root).open = false;
    if (!this.transcript.segments.length) {
      toast(t("download.nothing"));
      return;
    }
    const stamp = new Date(Date.now() - 60_000 * new Date().getTimezoneOffset())
      .toISOString()
      .slice(0, 16)
      .replace("T", " ")
      .replace(":", "-");
    const { make, type } = FORMATS[format];
    const model = this.#model || this.config.model;
    const about = { model, duration: this.transcript.segments.at(-1)?.end ?? 0 };
    const segments = named(this.transcript.segments, this.voices.nameOf);
    const name = `${t("transcript")} ${stamp}`;
    // JSON has both.
    const other = format !== "json" && this.#isTranslated && find(TRANSLATION_WANTED, this.root);
    if (other?.checked) download(`${name}.en.${format}`, make(translated(segments), about), type);
    else download(`${name}.${format}`, make(segments, about), type);
  }

  get #isTranslated() {
    return this.transcript.segments.some(translationOf);
  }

  #offerTranslation() {
    find("#downloads .segmented", this.root).hidden = !this.#isTranslated;
  }

  #take(event) {
    if (event.type === "partial") {
      this.transcript.take(event);
      this.paper.showPartial(this.transcript.partial);
      this.relay.send();
    } else if (event.type === "final") {
      const added = this.transcript.take(event, this.options.values.language === "auto");
      this.paper.showPartial(null);
      for (const segment of added) this.paper.add(segment);
      this.#showChanged();
    } else if (event.type === "ready") {
      this.#model = event.model;
      if (this.#newest === "unanswered") this.#hideProblem();
      for (const name of ["diarize", "privacy"]) {
        if (event.ignored?.includes(name)) this.paper.remark(t(`${name}.missing`));
      }
    } else if (event.code === "session_lost") {
      this.transcript.newSpeakers();
      const key = event.missing_s ? "lost.missing" : "lost.nothing";
      this.paper.remark(t(key, { seconds: Math.ceil(event.missing_s) }));
    } else if (event.type === "error") {
      this.#problem(event.code, { message: event.message });
    }
  }

  /** Finals have come, or translations of earlier ones. */
  #showChanged() {
    for (const segment of this.transcript.takeChanged()) this.paper.update(segment);
    this.transcript.store();
    this.relay.send();
  }

  #rename(number, name) {
    this.transcript.names.set(number, name);
    this.transcript.store();
    this.paper.rename();
    this.relay.send();
  }

  #showState() {
    this.dock.show();
    // The dock shows it for as long as it lasts; a toast is read out too.
    const { waiting } = this.recorder.interpreter;
    if (waiting && !this.#waited) toast(t("translation.waiting"));
    this.#waited = waiting;
    if (this.recorder.state !== "idle") return;
    this.paper.showPartial(null);
    this.transcript.finish();
    this.#showChanged();
  }

  #problem(code, values = {}) {
    const server = this.#elsewhere;
    const wantsKey = code === "unauthorized";
    const told = wantsKey && key(server) ? "wrong_key" : code;
    const { title, advice } = problem(told, { ...values, server, origin: location.origin });
    const box = find(".problem", this.root);
    box.replaceChildren(
      h("p", {}, h("strong", {}, title), advice),
      ...(wantsKey
        ? [h("button", { type: "button", onclick: () => this.onKey(server) }, t("key.enter"))]
        : []),
      h(
        "button",
        {
          type: "button",
          class: "plain round",
          "aria-label": t("close"),
          onclick: () => this.#hideProblem(),
        },
        icon("close"),
      ),
    );
    box.hidden = false;
    // On a phone it may lie below the edge, or behind the dock.
    box.scrollIntoView({ block: "nearest" });
    this.#newest = code;
  }

  #hideProblem() {
    find(".problem", this.root).hidden = true;
  }

  #confidence(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    this.paper.lines.classList.toggle("confidence", on);
  }

  #zoom(step) {
    const stored = Number(localStorage.getItem("zoom") ?? 1);
    const index = Math.max(0, Math.min(ZOOMS.length - 1, stored + step));
    localStorage.setItem("zoom", String(index));
    find(".lines", this.root).style.setProperty("--zoom", String(ZOOMS[index]));
  }

  #captions() {
    const room = this.relay.open();
    const address = new URL("captions.html", location.href);
    address.searchParams.set("room", room);
    window.open(address, "captions", "width=1100,height=360");
    copyText(address.href).then(
      () => toast(t("captions.copied")),
      () => {},
    );
  }

  #clear() {
    if (this.transcript.segments.length && !confirm(t("clear.sure"))) return;
    this.transcript.clear();
    this.paper.fill([]);
  }

  #texts() {
    const { examples } = this.config;
    find(".empty", this.root).replaceChildren(
      h("h2", {}, t("empty.title")),
      h("p", {}, t("empty.text")),
      ...(examples.length
        ? [
            h("p", { class: "hint" }, t("empty.examples")),
            h("ul", {}, ...examples.map(({ text, language }) => h("li", { lang: language }, text))),
          ]
        : []),
    );
    this.paper.rename();
    this.#showState();
  }
}
