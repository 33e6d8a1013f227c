/** What a reader takes out of a result: copies, files, links, and another sound. */

import { downloadFrom } from "../dom.js";
import { FORMATS } from "../formats.js";
import { READINGS, isMasked, removeSound } from "./asked.js";
import { askExport, save, saveText } from "./exports.js";
import { address } from "./player.js";
import { share } from "./share.js";

export class Outputs {
  /**
   * @param {() => {job: object, how: {masked: boolean, wishes: string[]}, about: object,
   *   named: object[]}} shown what is on the page now
   * @param {() => Promise<boolean>} settle ends and saves what is being corrected
   */
  constructor(shown, settle) {
    this.shown = shown;
    this.settle = settle;
  }

  /** The text, to be copied. */
  get text() {
    return FORMATS.txt.make(this.shown().named).trim();
  }

  save(format) {
    const { job, about, named } = this.shown();
    if (FORMATS[format].make) saveText(job, about, named, format);
    else this.export([format]);
  }

  /** Export by the server; without `formats`, ask for the content. */
  async export(formats = null) {
    const { job, how } = this.shown();
    const view = how.masked ? "masked" : "original";
    const reading = Object.fromEntries(READINGS.map((name) => [name, how.wishes.includes(name)]));
    const wishes = formats
      ? { formats, view }
      : await askExport([job], { view, isMaskable: !isMasked(job) });
    if (!wishes) return;
    await this.settle();
    save([job], { ...reading, ...wishes });
  }

  /** Download the recording, as it is heard in this view. */
  saveSound() {
    const { job, how } = this.shown();
    const name = job.file_path.split("/").at(-1);
    if (how.masked || isMasked(job))
      downloadFrom(address("sound", job.job_id), `${name.replace(/\.[^.]*$/, "")}.wav`);
    else downloadFrom(address("audio", job.file_id), name);
  }

  async share() {
    const { job, how } = this.shown();
    await this.settle();
    share(job, how);
  }

  /** Replace the original sound by the one masked with tones; whether that was done. */
  silence() {
    return removeSound(this.shown().job.job_id);
  }
}
