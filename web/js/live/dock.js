/** The dock below the sheet: two buttons, the state as text, the sound level, the clock. */

import { find, icon } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";
import { Wave } from "./wave.js";

/** Matches touch devices, which usually have no keyboard. */
const TOUCH = matchMedia("(hover: none)");
const TICK_MS = 100;

export class Dock {
  /**
   * @param {HTMLElement} root of the live view
   * @param {import("./recorder.js").Recorder} recorder
   * @param {{hasWords: () => boolean, problem: () => string}} about `hasWords`: whether there is a
   *   session to continue; `problem`: of the server before a start: "loading", "unreachable", "locked" or ""
   */
  constructor(root, recorder, { hasWords, problem }) {
    this.recorder = recorder;
    this.hasWords = hasWords;
    this.problem = problem;
    this.resume = find("#resume", root);
    this.talk = find("#talk", root);
    this.pause = find("#pause", root);
    this.state = find(".state", root);
    this.small = find("small", this.state);
    this.clock = find(".clock", root);
    this.meter = find(".meter", root);
    this.wave = new Wave(this.meter);
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Update after a change of the state or of the language. */
  show() {
    const { state, paused } = this.recorder;
    const on = state !== "idle";
    this.talk.toggleAttribute("data-on", on);
    name(this.talk, on ? "stop" : "mic", TALK[state] ?? "live.stop");
    this.pause.hidden = ["idle", "asking", "finishing"].includes(state);
    name(this.pause, paused ? "play" : "pause", paused ? "live.resume" : "live.pause");
    this.resume.hidden = on || !this.hasWords();
    this.state.dataset.state = state;
    find(".what", this.state).textContent = t(on ? `state.${state}` : this.#idle("state.idle"));
    document.title = on ? `● ${t(`state.${state}`)}` : "Realtime Whisper";
    if (!on) this.wave.clear();
    this.#tick();
  }

  /** The key of a text for a page that does not record; `usual`: unless the server has a problem. */
  #idle(usual, more = "") {
    const problem = this.problem();
    return problem ? `state.idle.${problem}${more}` : usual;
  }

  /** Update the parts that change with time. */
  #tick() {
    this.meter.dataset.hint = this.recorder.level.hint;
    this.wave.draw();
    this.clock.textContent = clock(this.recorder.recordedS);
    const [text, alarm] = this.#smallPrint();
    if (this.small.textContent !== text) this.small.textContent = text;
    this.small.classList.toggle("alarm", alarm);
  }

  /** @returns {[string, boolean]} the text beside the state, and whether it is a warning */
  #smallPrint() {
    const { state, behindS, level, label, shared, againAt, interpreter } = this.recorder;
    const seconds = Math.max(1, Math.ceil((againAt - performance.now()) / 1000));
    if (state === "idle") {
      const usual = TOUCH.matches ? "state.idle.touch" : "state.idle.hint";
      return [t(this.#idle(usual, ".hint")), false];
    }
    if (state === "reconnecting") return [t("state.reconnecting.hint", { seconds }), true];
    if (state === "loading") return [t("state.loading.hint"), true];
    if (state === "waiting") return [t("state.waiting.hint", { seconds }), true];
    if (state === "paused") return [t("state.paused.hint"), false];
    if (state === "finishing") {
      if (this.recorder.trouble) return [t(`state.finishing.${this.recorder.trouble}`), true];
      if (!interpreter.busy) return ["", false];
      return [t(interpreter.waiting ? "translation.waits" : "translation.last"), false];
    }
    if (interpreter.waiting) return [t("translation.waiting"), true];
    if (level.hint === "silent" && shared) return [t("hint.silent.shared"), true];
    if (level.hint) return [t(`hint.${level.hint}`), true];
    if (behindS) return [t("state.behind", { seconds: Math.round(behindS) }), true];
    return [label, false];
  }
}

const TALK = { idle: "live.start", finishing: "live.give_up" };

function name(button, picture, key) {
  button.replaceChildren(icon(picture));
  button.title = t(key);
  button.setAttribute("aria-label", button.title);
}
