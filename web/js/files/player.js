/** Plays the sound of a result; wavesurfer.js draws it where the server knows its outline. */

import { headers, key } from "../api.js";
import { find, h, icon } from "../dom.js";
import { clock } from "../formats.js";
import { t } from "../i18n.js";

const RATES = [0.75, 1, 1.25, 1.5, 2];

export class Player {
  /**
   * @param {HTMLElement} root
   * @param {string} fileId
   * @param {File|undefined} file where this page has it itself
   * @param {(seconds: number) => void} onTime
   */
  constructor(root, fileId, file, onTime) {
    this.url = file ? URL.createObjectURL(file) : null;
    this.audio = new Audio();
    this.audio.preload = "metadata";
    this.audio.src = this.url ?? address("audio", fileId);
    const play = h("button", {
      type: "button",
      class: "primary round",
      id: "play",
      onclick: () => this.toggle(),
    });
    const time = h("span", { class: "clock" }, "0:00");
    const rate = h(
      "select",
      {
        "aria-label": t("player.rate"),
        onchange: () => {
          this.audio.playbackRate = Number(rate.value);
        },
      },
      RATES.map((value) => h("option", { value, selected: value === 1 }, `${value}×`)),
    );
    root.replaceChildren(play, h("div", { class: "wave" }), time, rate);
    const draw = () => {
      play.replaceChildren(icon(this.audio.paused ? "play" : "pause"));
      play.setAttribute("aria-label", t(this.audio.paused ? "player.play" : "player.pause"));
    };
    draw();
    this.audio.onplay = draw;
    this.audio.onpause = draw;
    this.audio.ontimeupdate = () => {
      time.textContent = `${clock(this.audio.currentTime)} / ${clock(this.audio.duration || 0)}`;
      onTime(this.audio.currentTime);
    };
    this.audio.onloadedmetadata = this.audio.ontimeupdate;
    this.audio.onerror = () => root.replaceChildren(h("p", { class: "soft" }, t("player.missing")));
    this.#wave(find(".wave", root), fileId);
  }

  async #wave(box, fileId) {
    const [{ default: WaveSurfer }, outline] = await Promise.all([
      import("../../vendor/wavesurfer/wavesurfer.esm.js"),
      fetch(`api/peaks/${encodeURIComponent(fileId)}`, { headers: headers() }).then(
        (answer) => (answer.ok ? answer.json() : null),
        () => null,
      ),
    ]);
    if (!outline || !box.isConnected) {
      this.#slider(box);
      return;
    }
    const colour = (name) =>
      getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    this.wave = WaveSurfer.create({
      container: box,
      media: this.audio,
      peaks: [outline.peaks],
      duration: outline.duration,
      height: 56,
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      normalize: true,
      cursorWidth: 2,
      waveColor: colour("--strong-line"),
      progressColor: colour("--accent"),
      cursorColor: colour("--accent"),
      cspNonce: find("meta[name=style-nonce]").content,
    });
  }

  /** Where there is no outline: a plain slider. */
  #slider(box) {
    const range = h("input", {
      type: "range",
      min: 0,
      step: 0.1,
      value: 0,
      "aria-label": t("player.position"),
    });
    this.audio.addEventListener("loadedmetadata", () => {
      range.max = String(this.audio.duration);
    });
    this.audio.addEventListener("timeupdate", () => {
      range.value = String(this.audio.currentTime);
    });
    range.addEventListener("input", () => {
      this.audio.currentTime = Number(range.value);
    });
    box.append(range);
  }

  toggle() {
    if (this.audio.paused) this.audio.play();
    else this.audio.pause();
  }

  /** Play from a moment on. @param {number} seconds */
  playFrom(seconds) {
    this.audio.currentTime = seconds;
    this.audio.play();
  }

  close() {
    this.audio.pause();
    this.wave?.destroy();
    this.audio.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
  }
}

/** An address that a media element can ask for: it sends no headers. */
function address(kind, fileId) {
  const token = key();
  return `api/${kind}/${encodeURIComponent(fileId)}${token ? `?token=${encodeURIComponent(token)}` : ""}`;
}
