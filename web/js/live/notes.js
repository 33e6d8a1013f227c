/** The panel of notes, bookmarks, and the sound if it is stored. */

import { download, h, icon } from "../dom.js";
import { clock } from "../formats.js";
import { dateTime, t } from "../i18n.js";
import { safe } from "./exports.js";
import { endingOf } from "./sound.js";

const TYPED_MS = 600;
/** Longer than any recording: seeking there makes a browser find the end. */
const BEYOND_S = 1e7;

export class Notes {
  /** The sound by recording. @type {Map<number, Blob>} */
  #sound = new Map();
  #typed = 0;

  /**
   * @param {HTMLElement} root
   * @param {import("./session.js").Session} session
   * @param {(segment: object) => void} onGo go to a bookmark
   */
  constructor(root, session, onGo) {
    this.root = root;
    this.session = session;
    this.onGo = onGo;
    this.audio = h("audio", { controls: true, "data-t-label": "notes.sound" });
    this.audio.addEventListener("loadedmetadata", () => findEnd(this.audio));
  }

  /** Draw again for another session, another language, or new sound. */
  async draw() {
    const { session } = this;
    const area = h("textarea", { id: "notes", rows: 8, placeholder: t("notes.example") });
    area.value = session.notes;
    area.addEventListener("input", () => {
      session.notes = area.value;
      clearTimeout(this.#typed);
      this.#typed = setTimeout(() => session.save(), TYPED_MS);
    });
    area.addEventListener("change", () => session.save());
    this.bookmarks = h("ul", { class: "bookmarks" });
    this.recordings = h("div", { class: "recordings" });
    this.root.replaceChildren(
      h("label", { class: "field" }, h("span", {}, t("notes")), area),
      h("div", { class: "field" }, h("span", {}, t("notes.bookmarks")), this.bookmarks),
      this.recordings,
    );
    this.drawBookmarks();
    await this.drawSound();
  }

  drawBookmarks() {
    const { transcript } = this.session;
    const marked = transcript.segments.filter((segment) => segment.marked);
    const one = (segment) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "plain", onclick: () => this.onGo(segment) },
          h("time", {}, clock(transcript.timeOf(segment.start))),
          h("span", {}, segment.text),
        ),
      );
    this.bookmarks.replaceChildren(
      ...(marked.length ? marked.map(one) : [h("li", { class: "soft" }, t("notes.none"))]),
    );
  }

  async drawSound() {
    const { session } = this;
    this.#forget();
    this.#sound = session.hasSound ? await session.store.sound(session.id) : new Map();
    if (!this.#sound.size) {
      this.recordings.replaceChildren();
      return;
    }
    const row = ([started, sound]) =>
      h(
        "li",
        {},
        h("span", {}, dateTime(started)),
        h(
          "button",
          {
            type: "button",
            class: "plain round",
            "aria-label": t("notes.sound.save"),
            title: t("notes.sound.save"),
            onclick: () => this.#save(started, sound),
          },
          icon("download"),
        ),
      );
    this.recordings.replaceChildren(
      h("div", { class: "field" }, h("span", {}, t("notes.sound")), this.audio),
      h("ul", {}, ...[...this.#sound].map(row)),
    );
    this.#load([...this.#sound.keys()][0]);
  }

  get hasSound() {
    return this.#sound.size > 0;
  }

  /** Play from a moment of the session. @returns {boolean} whether its sound is stored */
  play(time) {
    const recording = this.session.transcript.recordingAt(time);
    if (!recording || !this.#sound.has(recording.started)) return false;
    this.#load(recording.started);
    this.audio.currentTime = time - recording.at;
    this.audio.play();
    return true;
  }

  #load(started) {
    if (this.audio.dataset.recording === String(started)) return;
    this.#forget();
    this.audio.dataset.recording = String(started);
    this.audio.src = URL.createObjectURL(this.#sound.get(started));
  }

  #forget() {
    if (this.audio.src) URL.revokeObjectURL(this.audio.src);
    this.audio.removeAttribute("src");
    delete this.audio.dataset.recording;
  }

  #save(started, sound) {
    const name = `${this.session.title || t("transcript")} ${dateTime(started)}`;
    download(`${safe(name)}.${endingOf(sound)}`, sound);
  }
}

/** Make the browser find the duration, which its recordings do not contain, by seeking the end. */
function findEnd(audio) {
  if (audio.duration !== Infinity) return;
  const wanted = audio.currentTime;
  audio.addEventListener("seeked", () => (audio.currentTime = wanted), { once: true });
  audio.currentTime = BEYOND_S;
}
