/** The live view: the sheet, the panel beside it and the dock below. */

import { find, h, icon, download, toast } from "../dom.js";
import { FORMATS, clock } from "../formats.js";
import { onLanguage, t } from "../i18n.js";
import { problem } from "../problems.js";
import { Relay } from "./relay.js";
import { Options } from "./options.js";
import { Paper, explainWords } from "./paper.js";
import { Recorder } from "./recorder.js";
import { Transcript } from "./transcript.js";

/** No keyboard to speak of. */
const TOUCH = matchMedia("(hover: none)");
const ZOOMS = [0.8, 1, 1.25, 1.6, 2];

export class LiveView {
  /**
   * @param {HTMLElement} root
   * @param {object} config of the server
   * @param {() => void} onKey asks for an API key
   */
  constructor(root, config, onKey) {
    this.root = root;
    this.config = config;
    this.onKey = onKey;
    this.transcript = new Transcript();
    this.transcript.restore();
    this.relay = new Relay();
    this.recorder = new Recorder({
      onState: () => this.#showState(),
      onEvent: (event) => this.#take(event),
      onProblem: (code, values) => this.#problem(code, values),
    });
    this.#build();
    this.paper = new Paper(root);
    this.options = new Options(find(".panel", root), config, (values) => this.recorder.change(values));
    this.paper.fill(this.transcript.segments);
    explainWords(this.paper.lines);
    onLanguage(() => this.#texts());
    setInterval(() => this.#tick(), 100);
    addEventListener("beforeunload", (event) => {
      if (this.recorder.state !== "idle") event.preventDefault();
    });
  }

  #build() {
    const zoom = (step, name) => h("button", {
      type: "button", class: "plain round", "data-t-label": `zoom.${name}`,
      onclick: () => this.#zoom(step),
    }, icon(name));
    const tool = (name, action) => h("button", { type: "button", class: "plain", id: name, onclick: action },
      icon(name), h("span", { class: "label", "data-t": name }));
    this.root.append(
      h("div", { class: "paper card" },
        h("div", { class: "tools" },
          h("h1", { "data-t": "transcript" }), h("span", { class: "gap" }),
          zoom(-1, "smaller"), zoom(1, "bigger"),
          h("button", {
            type: "button", class: "plain", id: "eye", "aria-pressed": "false",
            onclick: ({ currentTarget }) => this.#confidence(currentTarget),
          }, icon("eye"), h("span", { class: "label", "data-t": "confidence" })),
          tool("captions", () => this.#captions()),
          tool("copy", () => this.copy()),
          this.#downloads(),
          h("button", {
            type: "button", class: "plain round", id: "clear", "data-t-label": "clear",
            onclick: () => this.#clear(),
          }, icon("trash"))),
        h("div", { class: "transcript-box" },
          h("div", { class: "transcript", tabindex: "0", role: "region", "data-t-label": "transcript" },
            h("div", { class: "lines" }), h("div", { class: "empty" })),
          h("button", { type: "button", class: "latest", hidden: true }, icon("down"),
            h("span", { "data-t": "latest" })))),
      h("aside", { class: "panel card", "data-t-label": "options" }),
      h("div", { class: "problem", role: "alert", hidden: true }),
      h("div", { class: "dock card" },
        h("button", { type: "button", class: "talk", id: "talk", onclick: () => this.toggle() }),
        h("div", { class: "status" },
          h("div", { class: "state", role: "status" }, h("span", { class: "dot" }),
            h("span", { class: "what" }), h("small", {})),
          h("div", { class: "meter", role: "presentation" }, h("i"))),
        h("span", { class: "clock" }, "0:00"),
        h("button", { type: "button", class: "round", id: "pause", hidden: true, onclick: () => this.pause() })));
    this.bar = find(".meter i", this.root);
    this.meter = find(".meter", this.root);
    this.state = find(".state", this.root);
    this.#zoom(0);
  }

  #downloads() {
    const one = (format) => h("button", { type: "button", onclick: () => this.save(format) },
      h("span", { "data-t": `format.${format}` }));
    return h("details", { class: "menu", id: "downloads" },
      h("summary", { class: "button" }, icon("download"), h("span", { class: "label", "data-t": "download" })),
      h("div", {}, ...Object.keys(FORMATS).map(one)));
  }

  /** Start or stop. */
  toggle() {
    this.#hideProblem();
    if (this.recorder.state !== "idle") {
      this.recorder.stop();
      return;
    }
    this.transcript.begin();
    this.recorder.start({
      source: this.options.values.source, clean: this.options.values.clean,
      query: this.options.query, url: this.config.ws_url,
    }).then(() => this.options.listDevices());
  }

  pause() {
    this.recorder.pause();
  }

  async copy() {
    await navigator.clipboard.writeText(this.transcript.text);
    toast(t("copied"));
  }

  /** @param {"txt"|"srt"|"vtt"|"json"} format */
  save(format) {
    find("#downloads", this.root).open = false;
    const stamp = new Date(Date.now() - 60_000 * new Date().getTimezoneOffset())
      .toISOString().slice(0, 16).replace("T", " ").replace(":", "-");
    const { make, type } = FORMATS[format];
    const about = { model: this.config.model, duration: this.transcript.segments.at(-1)?.end ?? 0 };
    download(`${t("transcript")} ${stamp}.${format}`, make(this.transcript.segments, about), type);
  }

  #take(event) {
    if (event.type === "partial") {
      this.transcript.take(event);
      this.paper.showPartial(this.transcript.partial);
    } else if (event.type === "final") {
      const segment = this.transcript.take(event);
      this.paper.showPartial(null);
      if (segment) {
        this.paper.add(segment);
        this.transcript.store();
      }
    } else if (event.code === "session_lost") {
      const key = event.missing_s ? "lost.missing" : "lost.nothing";
      this.paper.remark(t(key, { seconds: Math.ceil(event.missing_s) }));
    } else if (event.type === "error") {
      this.#problem(event.code, { message: event.message });
    }
    if (event.type === "partial" || event.type === "final") this.relay.send(event);
  }

  #showState() {
    const { state } = this.recorder;
    const on = state !== "idle";
    const talk = find("#talk", this.root);
    talk.toggleAttribute("data-on", on);
    talk.replaceChildren(icon(on ? "stop" : "mic"));
    talk.dataset.tLabel = state === "finishing" ? "live.give_up" : on ? "live.stop" : "live.start";
    talk.title = t(talk.dataset.tLabel);
    talk.setAttribute("aria-label", talk.title);
    const pause = find("#pause", this.root);
    pause.hidden = ["idle", "asking", "finishing"].includes(state);
    pause.replaceChildren(icon(this.recorder.paused ? "play" : "pause"));
    pause.title = t(this.recorder.paused ? "live.resume" : "live.pause");
    pause.setAttribute("aria-label", pause.title);
    this.state.dataset.state = state;
    find(".what", this.state).textContent = t(`state.${state}`);
    if (!on) this.paper?.showPartial(null);
    document.title = on ? `● ${t(`state.${state}`)}` : "Realtime Whisper";
    this.#tick();
  }

  /** What changes by itself: the meter, the clock, the small print of the state. */
  #tick() {
    const { recorder } = this;
    if (recorder.state === "idle" && !recorder.level.shown && this.ticked === "idle") return;
    this.ticked = recorder.state;
    const heard = ["listening", "speaking", "connecting", "reconnecting", "waiting"].includes(recorder.state);
    this.bar.style.transform = `scaleX(${heard ? recorder.level.shown.toFixed(3) : 0})`;
    this.meter.dataset.hint = recorder.level.hint;
    find(".clock", this.root).textContent = clock(recorder.recordedS);
    const [text, alarm] = this.#smallPrint();
    const small = find("small", this.state);
    if (small.textContent !== text) small.textContent = text;
    small.classList.toggle("alarm", alarm);
  }

  #smallPrint() {
    const { recorder } = this;
    const { state, behindS } = recorder;
    const seconds = Math.max(1, Math.ceil((recorder.againAt - performance.now()) / 1000));
    if (state === "idle") return [t(TOUCH.matches ? "state.idle.touch" : "state.idle.hint"), false];
    if (state === "reconnecting") return [t("state.reconnecting.hint", { seconds }), true];
    if (state === "waiting") return [t("state.waiting.hint", { seconds }), true];
    if (state === "paused") return [t("state.paused.hint"), false];
    if (recorder.level.hint) return [t(`hint.${recorder.level.hint}`), true];
    if (behindS) return [t("state.behind", { seconds: Math.round(behindS) }), true];
    return [recorder.label, false];
  }

  #problem(code, values = {}) {
    const { title, advice } = problem(code, values);
    const box = find(".problem", this.root);
    box.replaceChildren(
      h("p", {}, h("strong", {}, title), advice),
      code === "unauthorized" && h("button", { type: "button", onclick: this.onKey }, t("key.enter")),
      h("button", {
        type: "button", class: "plain round", "aria-label": t("close"),
        onclick: () => this.#hideProblem(),
      }, icon("close")));
    box.hidden = false;
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
    navigator.clipboard?.writeText(address.href).then(() => toast(t("captions.copied")), () => {});
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
      ...(examples.length ? [
        h("p", { class: "hint" }, t("empty.examples")),
        h("ul", {}, ...examples.map(({ text, language }) => h("li", { lang: language }, text))),
      ] : []));
    this.#showState();
  }
}
