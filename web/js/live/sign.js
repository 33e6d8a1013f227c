/** The indicator of a running recording in other views, with a link back and a stop button. */

import { find, h, icon } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";
import { recording } from "./state.js";

const TICK_MS = 500;

export class Sign {
  #view = "";

  /** @param {import("./recorder.js").Recorder} recorder */
  constructor(recorder) {
    this.recorder = recorder;
    this.root = find("#recording");
    this.time = h("span", { class: "clock" });
    this.back = h("a", { href: "#live" }, h("span", { class: "dot" }), h("span"), this.time);
    this.stop = h(
      "button",
      { type: "button", class: "round", onclick: () => recorder.stop() },
      icon("stop"),
    );
    this.root.append(this.back, this.stop);
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** @param {string} name of the current view */
  at(name) {
    this.#view = name;
    this.show();
  }

  /** Update after a change of the state or of the language. */
  show() {
    const { state } = this.recorder;
    this.root.hidden = this.#view === "live" || !(recording(state) || state === "paused");
    this.back.children[1].textContent = t(state === "paused" ? "state.paused" : "sign.recording");
    this.back.title = t("sign.show");
    this.stop.title = t("sign.stop");
    this.stop.setAttribute("aria-label", this.stop.title);
    this.#tick();
  }

  #tick() {
    if (!this.root.hidden) this.time.textContent = clock(this.recorder.recordedS);
  }
}
