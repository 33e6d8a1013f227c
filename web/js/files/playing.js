/** Playback of a result: the line being heard is marked and kept in view. */

import { wordAt } from "../wordplace.js";
import { lastBefore } from "./document.js";

export class Playing {
  /**
   * @param {import("./player.js").Player} player
   * @param {import("./sheet.js").Sheet} sheet
   * @param {import("./follow.js").Follow} follow
   * @param {() => object[]} shown the segments in the current view
   */
  constructor(player, sheet, follow, shown) {
    Object.assign(this, { player, sheet, follow, shown });
  }

  /** Index of the line at the current position. */
  get index() {
    return lastBefore(this.shown(), this.player.audio.currentTime);
  }

  /** Play from a moment, and show its line. */
  goTo(seconds) {
    this.sheet.at(lastBefore(this.shown(), seconds))?.scrollIntoView({ block: "center" });
    this.from(seconds);
  }

  /** Play from the word at the place of a pointer event, if there is one. */
  fromWord(event) {
    const found = wordAt(event, (line) => this.sheet.segmentOf(line));
    if (found) this.from(found.word.start);
  }

  /** Play from a moment. */
  from(seconds) {
    this.follow.on();
    this.player.playFrom(seconds);
  }

  /** Mark the line being played, and keep it in view. */
  at(time) {
    const isPlaying = !this.player.audio.paused;
    const line = isPlaying ? this.sheet.mark(time) : null;
    if (!isPlaying) this.sheet.unmark();
    if (line || !isPlaying) this.follow.see(line);
  }
}
