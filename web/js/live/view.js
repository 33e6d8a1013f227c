/** The live view: the sheet, the panel beside it and the dock below. */

import { key } from "../api.js";
import { copyText, find, toast } from "../dom.js";
import { onLanguage, t } from "../i18n.js";
import { sentence } from "../problems.js";
import { named } from "../speakers.js";
import { Dock } from "./dock.js";
import { showHistory } from "./history.js";
import { KnownVoices } from "./knownvoices.js";
import { layout } from "./layout.js";
import { Options } from "./options.js";
import { ProblemBox } from "./problem.js";
import { Recorder } from "./recorder.js";
import { Relay } from "./relay.js";
import { ServerStore } from "./serverstore.js";
import { OpenSilence } from "./silence.js";
import { Session, keepsSessions } from "./session.js";
import { Sheet } from "./sheet.js";
import { Sign } from "./sign.js";
import { SoundKeeper } from "./sound.js";
import { Store } from "./store.js";
import { Transcript } from "./transcript.js";

/** Number of finals sent to caption pages. */
const MOST_CAPTIONS = 6;
/** Least audio without text that is worth a remark; the end of a word or two is not. */
const LEAST_LOST_S = 1;

export class LiveView {
  /** Whether the translation had no place at the last check. */
  #waited = false;
  /** The live server of the latest stream if it is not the page's own. */
  #elsewhere = "";
  /** The model of the latest stream. */
  #model = "";
  /** The server's session id of the latest recording. */
  #session = "";

  /**
   * @param {HTMLElement} root
   * @param {object} config of the server
   * @param {(server: string) => void} onKey asks for an API key of a server; empty: the page's own
   * @param {() => void} onLost asks for the configuration again, since the server did not answer
   */
  constructor(root, config, onKey, onLost) {
    this.root = root;
    this.config = config;
    this.onKey = onKey;
    this.onLost = onLost;
    this.transcript = new Transcript();
    const server = new ServerStore(config);
    this.session = new Session(new Store(), server, this.transcript, (text) => toast(t(text)));
    this.relay = new Relay(() => ({
      finals: named(this.transcript.segments.slice(-MOST_CAPTIONS), (number) =>
        this.sheet.nameOf(number),
      ),
      partial: this.transcript.partial,
    }));
    this.recorder = new Recorder({
      onState: () => this.#showState(),
      onEvent: (event) => this.#take(event),
      onTranslation: (final) => {
        this.transcript.translate(final);
        this.sheet.update();
      },
      onLevel: (level) => this.dock.wave.add(level),
      onProblem: (code, values) => this.#problem(code, values),
      onMedia: (media) => this.#keepSound(media),
      onGivenUp: (seconds) => {
        if (this.recorder.trouble && !this.#elsewhere) this.onLost();
        if (seconds < LEAST_LOST_S) return;
        this.sheet.paper.remark(t("lost.given_up", { seconds: Math.ceil(seconds) }));
      },
      onUnanswered: () => {
        if (this.#elsewhere && this.problem.code !== "unanswered") this.#problem("unanswered");
      },
    });
    layout(root, {
      toggle: () => this.toggle(),
      resume: () => this.resume(),
      pause: () => this.recorder.pause(),
      zoom: (step) => this.sheet.display.zoom(step),
      display: (id) => this.sheet.display.toggle(id),
      captions: () => this.#captions(),
      copy: () => this.sheet.copy(),
      save: (format) => this.sheet.save(format, this.#model || this.config.model),
      downloads: () => this.sheet.offerTranslation(),
      fresh: () => this.fresh(),
      history: () => this.#showHistory(),
      find: () => this.sheet.find.show(),
      undo: () => this.sheet.document.undo(),
      redo: () => this.sheet.document.redo(),
      rename: (title) => this.#name(title),
    });
    this.problem = new ProblemBox(root, onKey);
    this.sheet = new Sheet(root, this.session, () => this.relay.send());
    this.silence = new OpenSilence(this.sheet.paper, this.recorder);
    this.dock = new Dock(root, this.recorder, {
      hasWords: () => this.transcript.segments.length > 0,
      problem: () => this.#serverProblem,
    });
    this.names = new KnownVoices(this.transcript, () => {
      this.sheet.paper.rename();
      this.session.save();
      this.relay.send();
    });
    this.sound = new SoundKeeper(this.session.store, () => toast(t("sound.failed")));
    this.options = new Options(find(".options", root), config, () => this.#optionsChanged());
    this.sheet.keywords.set(this.options.values.keywords);
    this.sign = new Sign(this.recorder);
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
      { keys: ["P"], text: "help.p", run: () => this.recorder.pause() },
      { keys: ["R"], text: "keys.resume", run: () => this.resume() },
      { keys: ["N"], text: "keys.fresh", run: () => this.fresh() },
      { keys: ["H"], text: "keys.history", run: () => this.#showHistory() },
      ...this.sheet.keys,
    ];
  }

  /** Update after the configuration arrived or changed. */
  configured() {
    this.options.draw();
    this.#texts();
  }

  /** Start or stop a session. */
  toggle() {
    this.problem.reset();
    if (this.recorder.state !== "idle") {
      this.recorder.stop();
      return;
    }
    if (!this.transcript.segments.length || this.fresh()) this.#start();
  }

  /** Continue the current session. */
  resume() {
    this.problem.reset();
    if (this.recorder.state === "idle" && this.transcript.segments.length) this.#start();
  }

  /** Query parameters with which speakers keep their numbers in this session's next recording. */
  get #voices() {
    const goesOn = this.#session && this.transcript.segments.length && this.options.query.diarize;
    return goesOn ? { voices_from: this.#session } : {};
  }

  /** Why the page's own server would not hear anything now: "loading", "unreachable", "locked" or "". */
  get #serverProblem() {
    const { unreachable, key_required: isLocked, key_ok: isIn, model } = this.config;
    if (this.options?.server.url) return "";
    if (unreachable) return "unreachable";
    if (isLocked && !isIn) return "locked";
    return model ? "" : "loading";
  }

  /** Whether to name remembered voices, which only the page's own server knows. */
  get #knowsVoices() {
    const { known_voices: isWanted, diarize, privacy } = this.options.values;
    const isPossible = this.config.remembers_voices && !this.#elsewhere;
    return isPossible && isWanted && diarize && !privacy;
  }

  #start() {
    const { url, code } = this.options.server;
    this.#elsewhere = url;
    if (this.#serverProblem === "locked") {
      this.onKey("");
      return;
    }
    if (code) {
      this.#problem(code);
      return;
    }
    this.transcript.begin(Date.now());
    this.sheet.paper.begin();
    this.silence.reset();
    if (this.options.bilingual) this.sheet.paper.makeRoom();
    this.recorder
      .start({
        source: this.options.values.source,
        clean: this.options.values.clean,
        query: { ...this.options.query, ...this.#voices },
        bilingual: this.options.bilingual,
        url: url || this.config.ws_url,
        key: key(url),
      })
      .then(() => this.options.listDevices());
  }

  /**
   * Begin an empty session; the current one stays in the history.
   * @returns {boolean} false: the user prefers to keep it
   */
  fresh() {
    if (this.session.empty) return true;
    this.session.save();
    if (keepsSessions() || this.session.server.isOn) toast(t("history.kept"));
    else if (!confirm(t("history.lost"))) return false;
    this.session.fresh();
    this.#showSession();
    return true;
  }

  #showSession() {
    this.sheet.show();
    this.#texts();
  }

  #name(title) {
    this.session.title = title;
    this.session.save();
  }

  #showHistory() {
    showHistory(this.session, {
      onOpen: async (id, isThere) => {
        if (this.recorder.state !== "idle") {
          toast(t("history.recording"));
          return;
        }
        await this.session.save();
        try {
          if (await this.session.open(id, isThere)) this.#showSession();
        } catch (error) {
          toast(sentence(error));
        }
      },
      onRemoved: (id) => {
        if (id !== this.session.id) return;
        this.session.fresh();
        this.#showSession();
      },
      onRenamed: () => this.#texts(),
    });
  }

  #optionsChanged() {
    this.recorder.change(this.options.changeable, this.options.bilingual);
    this.sheet.keywords.set(this.options.values.keywords);
  }

  #keepSound(media) {
    const { keepSound, privacy } = this.options.values;
    if (!keepSound || privacy || !keepsSessions()) return; // sound would reveal masked data
    const { session } = this;
    const { id } = session;
    const { started } = this.transcript.recordings.at(-1);
    this.sound.start(media, id, started, () => {
      if (session.id !== id) return;
      if (!session.hasSound) {
        session.hasSound = true;
        session.save();
      }
      if (this.recorder.state === "idle") this.sheet.showSound(); // its last piece is stored now
    });
  }

  #take(event) {
    if (event.type === "partial") {
      this.transcript.take(event);
      this.sheet.showPartial();
      this.relay.send();
    } else if (event.type === "final") {
      this.sheet.add(this.transcript.take(event, this.options.values.language === "auto"));
      if (this.#knowsVoices) this.names.look(this.#session);
    } else if (event.type === "speech_end") {
      this.silence.begin(event.t);
    } else if (event.type === "ready") {
      this.#model = event.model;
      this.#session = event.session;
      if (event.voices_known) this.transcript.sameSpeakers();
      if (this.problem.code === "unanswered") this.problem.hide();
      for (const name of ["diarize", "privacy"]) {
        if (event.ignored?.includes(name)) this.sheet.paper.remark(t(`${name}.missing`));
      }
    } else if (event.code === "session_lost") {
      this.transcript.newSpeakers();
      const text = event.missing_s ? "lost.missing" : "lost.nothing";
      this.sheet.paper.remark(t(text, { seconds: Math.ceil(event.missing_s) }));
    } else if (event.type === "error") {
      this.#problem(event.code, { message: event.message });
    }
  }

  #showState() {
    this.dock.show();
    this.sign.show();
    this.silence.show();
    this.sound.pause(this.recorder.paused);
    // The dock shows it permanently; a toast is also read out by screen readers.
    const { waiting } = this.recorder.interpreter;
    if (waiting && !this.#waited) toast(t("translation.waiting"));
    this.#waited = waiting;
    if (this.recorder.state !== "idle") return;
    this.sheet.add(this.transcript.settle());
    if (this.session.hasSound) this.sheet.showSound();
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
    this.sheet.texts(this.config.examples);
    this.#showState();
  }
}
