/** Plays the sound of a result; wavesurfer.js draws it if the server has its outline. */

import { headers, key } from "../api.js";
import { find, h, icon } from "../dom.js";
import { clock, cues, wrap } from "../formats.js";
import { t } from "../i18n.js";
import { endOfSilence, silences } from "./silences.js";

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2, 3];
/** Zoom factors of the waveform. */
const ZOOMS = [1, 2, 4, 8, 16, 32, 64];
const STEP_S = 5;
const STORED_SKIPPING = "skip-silences";
/** Tolerated offset of picture and sound: less is hardly visible, and corrections are audible. */
const MOST_APART_S = 0.1;
const VIDEO = /\.(mp4|m4v|mov|mkv|webm|ogv|avi|mpe?g|ts|3gp)$/i;

export class Player {
  #zoom = 0;
  #track = null;
  /** Sound that replaces the picture's own. @type {HTMLAudioElement|null} */
  #sound = null;
  /** The silences of `of`. */
  #silences = { of: null, found: [] };

  /**
   * @param {HTMLElement} root
   * @param {{fileId: string, name: string, file: File|undefined, spoken?: () => object[],
   *   onTime: (seconds: number) => void}} more `file`: the upload, if this page still has it;
   *   `spoken`: the segments by which silences can be skipped
   */
  constructor(root, { fileId, name, file, spoken = null, onTime }) {
    this.root = root;
    this.spoken = spoken;
    this.fileId = fileId;
    this.url = file ? URL.createObjectURL(file) : null;
    const isVideo = VIDEO.test(name) || Boolean(file?.type.startsWith("video/"));
    this.audio = document.createElement(isVideo ? "video" : "audio");
    this.audio.preload = "metadata";
    this.audio.src = this.url ?? address("audio", fileId);
    /** Element of the picture; null: there is none. */
    this.screen = isVideo ? h("div", { class: "screen card", hidden: true }, this.audio) : null;
    this.play = h("button", {
      type: "button",
      class: "primary round",
      id: "play",
      onclick: () => this.toggle(),
    });
    this.time = h("span", { class: "clock" }, "0:00");
    this.rate = h(
      "select",
      { onchange: () => (this.audio.playbackRate = Number(this.rate.value)) },
      RATES.map((value) => h("option", { value, selected: value === 1 }, `${value}×`)),
    );
    const zoom = (sign, by) =>
      h(
        "button",
        { type: "button", class: "plain round", onclick: () => this.zoom(by) },
        icon(sign),
      );
    this.larger = zoom("in", 1);
    this.smaller = zoom("out", -1);
    this.zooms = h("div", { class: "zooms", hidden: true }, this.smaller, this.larger);
    this.box = h("div", { class: "wave" });
    this.skipping = h(
      "button",
      {
        type: "button",
        class: "plain round",
        id: "skip-silences",
        hidden: !spoken,
        "aria-pressed": String(localStorage.getItem(STORED_SKIPPING) !== null),
        onclick: () => this.switchSkipping(),
      },
      icon("skip"),
    );
    root.replaceChildren(this.play, this.box, this.zooms, this.time, this.skipping, this.rate);
    this.audio.onplay = this.audio.onpause = () => {
      this.translate();
      onTime(this.audio.currentTime);
    };
    this.audio.ontimeupdate = () => {
      this.#skipSilence();
      this.time.textContent = `${clock(this.audio.currentTime)} / ${clock(this.audio.duration || 0)}`;
      onTime(this.audio.currentTime);
    };
    for (const name of ["play", "pause", "seeking", "ratechange", "timeupdate"])
      this.audio.addEventListener(name, () => this.#keepTogether());
    this.audio.onloadedmetadata = () => {
      if (this.screen) this.screen.hidden = !this.audio.videoWidth;
      this.audio.ontimeupdate();
    };
    this.audio.onerror = () => root.replaceChildren(h("p", { class: "soft" }, t("player.missing")));
    this.translate();
    this.#wave(fileId);
  }

  /** Update all texts to the page's language. */
  translate() {
    const label = (element, text) => {
      element.setAttribute("aria-label", text);
      element.title = text;
    };
    this.play.replaceChildren(icon(this.audio.paused ? "play" : "pause"));
    label(this.play, t(this.audio.paused ? "player.play" : "player.pause"));
    label(this.rate, t("player.rate"));
    label(this.skipping, t("player.skip"));
    label(this.larger, t("player.larger"));
    label(this.smaller, t("player.smaller"));
    this.range?.setAttribute("aria-label", t("player.position"));
  }

  /**
   * Play another recording of the same length, such as the one with personal data masked.
   * @param {string|null} jobId job whose masked recording to play; null: the upload
   */
  hear(jobId) {
    if (this.screen) this.#dub(jobId);
    else this.#load(jobId ? address("sound", jobId) : (this.url ?? address("audio", this.fileId)));
  }

  #load(address) {
    const { currentTime, paused } = this.audio;
    this.audio.src = address;
    this.audio.currentTime = currentTime;
    if (!paused) this.#start(this.audio);
  }

  /** Mute the picture, and play another recording with it. */
  #dub(jobId) {
    this.#sound?.pause();
    this.#sound = jobId ? new Audio(address("sound", jobId)) : null;
    this.audio.muted = Boolean(jobId);
    this.#keepTogether();
  }

  /** Play; `onerror` reports failures, and a rejection because of a pause does not matter. */
  #start(media) {
    media.play().catch(() => {});
  }

  #keepTogether() {
    const [sound, picture] = [this.#sound, this.audio];
    if (!sound) return;
    sound.playbackRate = picture.playbackRate;
    if (Math.abs(sound.currentTime - picture.currentTime) > MOST_APART_S)
      sound.currentTime = picture.currentTime;
    if (picture.paused) sound.pause();
    else if (sound.paused && !sound.ended) this.#start(sound);
  }

  /** Drop this page's copy, since the upload was replaced. */
  forget() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.#dub(null);
    this.#load(address("audio", this.fileId));
  }

  async #wave(fileId) {
    const [{ default: WaveSurfer }, outline] = await Promise.all([
      import("../../vendor/wavesurfer/wavesurfer.esm.js"),
      fetch(`api/peaks/${encodeURIComponent(fileId)}`, { headers: headers() }).then(
        (answer) => (answer.ok ? answer.json() : null),
        () => null,
      ),
    ]);
    if (!this.box.isConnected) return;
    if (!outline) {
      this.#slider();
      return;
    }
    const colour = (name) =>
      getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    this.duration = outline.duration;
    this.wave = WaveSurfer.create({
      container: this.box,
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
    this.box.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? 1 : -1);
      },
      { passive: false },
    );
    this.zooms.hidden = false;
    this.zoom(0);
  }

  /** Zoom the waveform around the current position. */
  zoom(by) {
    this.#zoom = Math.max(0, Math.min(ZOOMS.length - 1, this.#zoom + by));
    this.smaller.disabled = this.#zoom === 0;
    this.larger.disabled = this.#zoom === ZOOMS.length - 1;
    const whole = this.box.clientWidth / this.duration;
    if (by) this.wave.zoom(this.#zoom ? whole * ZOOMS[this.#zoom] : 0);
    this.box.dataset.zoom = ZOOMS[this.#zoom];
  }

  /** Show a plain slider if there is no outline. */
  #slider() {
    this.range = h("input", {
      type: "range",
      min: 0,
      step: 0.1,
      value: 0,
      "aria-label": t("player.position"),
    });
    const fit = () => (this.range.max = String(this.audio.duration || 0));
    this.audio.addEventListener("loadedmetadata", fit);
    fit();
    this.audio.addEventListener("timeupdate", () => {
      this.range.value = String(this.audio.currentTime);
    });
    this.range.addEventListener("input", () => {
      this.audio.currentTime = Number(this.range.value);
    });
    this.box.append(this.range);
  }

  toggle() {
    if (this.audio.paused) this.#start(this.audio);
    else this.audio.pause();
  }

  /** Play from a moment. @param {number} seconds */
  playFrom(seconds) {
    this.audio.currentTime = seconds;
    this.#start(this.audio);
  }

  /** Skip some seconds. @param {number} way -1 (back) or 1 */
  skip(way) {
    const end = this.audio.duration || this.duration || 0;
    this.audio.currentTime = Math.max(0, Math.min(end, this.audio.currentTime + way * STEP_S));
  }

  /** Skip silences from now on, or no longer; this browser remembers it. */
  switchSkipping() {
    const isOn = this.skipping.getAttribute("aria-pressed") !== "true";
    this.skipping.setAttribute("aria-pressed", String(isOn));
    if (isOn) localStorage.setItem(STORED_SKIPPING, "1");
    else localStorage.removeItem(STORED_SKIPPING);
  }

  #skipSilence() {
    const { audio, skipping, spoken } = this;
    if (!spoken || audio.paused || skipping.getAttribute("aria-pressed") !== "true") return;
    const segments = spoken();
    if (this.#silences.of !== segments)
      this.#silences = { of: segments, found: silences(segments) };
    const to = endOfSilence(this.#silences.found, audio.currentTime);
    if (to !== null) audio.currentTime = Math.min(to, audio.duration);
  }

  /** Show subtitles on the picture, in the form of the download. */
  caption(segments, language) {
    if (!this.screen) return;
    this.#track ??= this.audio.addTextTrack("subtitles", "", language);
    this.#track.mode = "showing";
    for (const cue of [...(this.#track.cues ?? [])]) this.#track.removeCue(cue);
    for (const { start, end, text } of cues(segments, true)) {
      const plain = wrap(text).join("\n").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      this.#track.addCue(new VTTCue(start, Math.max(end, start + 0.01), plain));
    }
  }

  close() {
    this.audio.pause();
    this.#sound?.pause();
    this.wave?.destroy();
    this.audio.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
  }
}

/** An address for a media element or a download, which cannot send headers. */
export function address(kind, fileId) {
  const token = key();
  return `api/${kind}/${encodeURIComponent(fileId)}${token ? `?token=${encodeURIComponent(token)}` : ""}`;
}
