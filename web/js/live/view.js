/** The live view: the sheet, the panel beside it and the dock below. */

import { key } from "../api.js";
import { copyWords } from "../clipboard.js";
import { copyText, find, h, toast } from "../dom.js";
import { toTxt } from "../formats.js";
import { dateTime, onLanguage, t } from "../i18n.js";
import { named } from "../speakers.js";
import { Display } from "./display.js";
import { Dock } from "./dock.js";
import { isTranslated, save } from "./exports.js";
import { showHistory } from "./history.js";
import { layout } from "./layout.js";
import { Options } from "./options.js";
import { Paper, explainWords } from "./paper.js";
import { ProblemBox } from "./problem.js";
import { Recorder } from "./recorder.js";
import { Relay } from "./relay.js";
import { Session, keepsSessions } from "./session.js";
import { Sign } from "./sign.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";

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

  /**
   * @param {HTMLElement} root
   * @param {object} config of the server
   * @param {(server: string) => void} onKey asks for an API key of a server; empty: the page's own
   */
  constructor(root, config, onKey) {
    this.root = root;
    this.config = config;
    this.transcript = new Transcript();
    this.session = new Session(new Store(), this.transcript, () => toast(t("history.failed")));
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
        if (this.#elsewhere && this.problem.code !== "unanswered") this.#problem("unanswered");
      },
    });
    layout(root, {
      toggle: () => this.toggle(),
      resume: () => this.#start(),
      pause: () => this.pause(),
      zoom: (step) => this.display.zoom(step),
      display: (id) => this.display.toggle(id),
      captions: () => this.#captions(),
      copy: () => this.copy(),
      save: (format) => this.save(format),
      downloads: () => this.#offerTranslation(),
      fresh: () => this.fresh(),
      history: () => this.#showHistory(),
      rename: (title) => this.#name(title),
    });
    this.display = new Display(root);
    this.problem = new ProblemBox(root, onKey);
    this.paper = new Paper(root, this.transcript, this.voices);
    this.dock = new Dock(root, this.recorder, () => this.transcript.segments.length > 0);
    this.options = new Options(find(".panel", root), config, () =>
      this.recorder.change(this.options.changeable, this.options.bilingual),
    );
    this.sign = new Sign(this.recorder);
    explainWords(this.paper.lines);
    this.restored = this.session.restore().then(() => this.#showSession());
    onLanguage(() => this.#texts());
    addEventListener("beforeunload", (event) => {
      if (this.recorder.state !== "idle" || this.session.unkept) event.preventDefault();
    });
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    return [
      { keys: ["Space"], text: "help.space", run: () => this.toggle() },
      { keys: ["P"], text: "help.p", run: () => this.pause() },
      { keys: ["R"], text: "keys.resume", run: () => this.resume() },
      { keys: ["C"], text: "help.c", run: () => this.copy() },
      { keys: ["T"], text: "keys.times", run: () => this.display.toggle("times") },
      { keys: ["H"], text: "keys.history", run: () => this.#showHistory() },
      { keys: ["N"], text: "keys.fresh", run: () => this.fresh() },
    ];
  }

  /** The configuration came late, or changed. */
  configured() {
    this.options.draw();
    this.#texts();
  }

  /** Start a session, or stop. */
  toggle() {
    this.problem.reset();
    if (this.recorder.state !== "idle") {
      this.recorder.stop();
      return;
    }
    if (!this.session.empty) this.fresh();
    this.#start();
  }

  /** Go on with the session on the sheet. */
  resume() {
    this.problem.reset();
    if (this.recorder.state === "idle" && this.transcript.segments.length) this.#start();
  }

  #start() {
    const { url, code } = this.options.server;
    this.#elsewhere = url;
    if (code) {
      this.#problem(code);
      return;
    }
    this.transcript.begin(Date.now());
    this.paper.begin();
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

  /** An empty sheet; what is on the present one stays in the history. */
  fresh() {
    if (this.session.empty) return;
    this.session.save();
    if (keepsSessions()) toast(t("history.kept"));
    else if (!confirm(t("history.lost"))) return;
    this.session.fresh();
    this.#showSession();
  }

  #showSession() {
    this.paper.fill();
    this.#texts();
  }

  #name(title) {
    this.session.title = title;
    this.session.save();
  }

  async #showHistory() {
    showHistory(this.session, {
      onOpen: async (id) => {
        if (this.recorder.state !== "idle") {
          toast(t("history.recording"));
          return;
        }
        this.session.save();
        if (await this.session.open(id)) this.#showSession();
      },
      onRemoved: (id) => {
        if (id !== this.session.id) return;
        this.session.fresh();
        this.#showSession();
      },
      onRenamed: () => this.#texts(),
    });
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
    save(format, named(this.transcript.segments, this.voices.nameOf), {
      name: this.session.title || `${t("transcript")} ${stamp(this.session.created)}`,
      translation: find(TRANSLATION_WANTED, this.root).checked,
      about: {
        model: this.#model || this.config.model,
        duration: this.transcript.segments.at(-1)?.end ?? 0,
      },
    });
  }

  #offerTranslation() {
    find("#downloads .segmented", this.root).hidden = !isTranslated(this.transcript.segments);
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
      if (this.problem.code === "unanswered") this.problem.hide();
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
    this.session.save();
    this.relay.send();
  }

  #rename(number, name) {
    this.transcript.names.set(number, name);
    this.session.save();
    this.paper.rename();
    this.relay.send();
  }

  #showState() {
    this.dock.show();
    this.sign.show();
    // The dock shows it for as long as it lasts; a toast is read out too.
    const { waiting } = this.recorder.interpreter;
    if (waiting && !this.#waited) toast(t("translation.waiting"));
    this.#waited = waiting;
    if (this.recorder.state !== "idle") return;
    this.paper.showPartial(null);
    this.transcript.finish();
    this.#showChanged();
  }

  #problem(code, values) {
    this.problem.show(code, this.#elsewhere, values);
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

  #texts() {
    const title = find("#title", this.root);
    title.value = this.session.title;
    title.placeholder = this.session.empty ? t("session.new") : dateTime(this.session.created);
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

/** `2026-11-30 14-32`, for names of files. */
function stamp(ms) {
  const local = new Date(ms - 60_000 * new Date(ms).getTimezoneOffset());
  return local.toISOString().slice(0, 16).replace("T", " ").replace(":", "-");
}
