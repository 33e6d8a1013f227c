/** Uploads to the server, a few at a time. */

import { randomName } from "../dom.js";
import { has } from "../i18n.js";
import { size } from "./row.js";
import { submit, upload } from "./upload.js";

/** Concurrent uploads; the others wait. */
const AT_ONCE = 2;

export class Uploads {
  /** `{file, share, error, started, abort}` per upload, in the order of adding. */
  list = [];
  /** Files by id, for playback without a download. */
  files = new Map();

  /**
   * @param {number} limitBytes maximum size of one file
   * @param {{onChange: () => void, onMove: () => void, onKey: () => void,
   *   onJob: (id: string) => Promise<any>}} told
   */
  constructor(limitBytes, told) {
    this.limitBytes = limitBytes;
    this.told = told;
  }

  /** Queue a file. @param {File} file @param {object} wishes */
  add(file, wishes) {
    const item = { file, wishes, share: 0, error: null, started: false, key: randomName() };
    if (file.size > this.limitBytes)
      item.error = { code: "too_large", values: { limit: size(this.limitBytes) } };
    if (!file.size) item.error = { code: "empty_file" };
    this.list.push(item);
  }

  /** Start the uploads that may start now. */
  next() {
    const running = this.list.filter((item) => item.started && !item.error).length;
    const waiting = this.list.filter((item) => !item.started && !item.error);
    for (const item of waiting.slice(0, Math.max(0, AT_ONCE - running))) this.#send(item);
    this.told.onChange();
  }

  cancel(item) {
    item.abort?.abort();
    this.#leave(item);
    this.next();
  }

  retry(item) {
    item.error = null;
    this.next();
  }

  async #send(item) {
    item.started = true;
    item.abort = new AbortController();
    const onProgress = (share) => {
      item.share = share;
      this.told.onMove();
    };
    try {
      const stored = await upload(item.file, onProgress, item.abort.signal);
      this.files.set(stored.file_id, item.file);
      const job = await submit(stored.file_id, item.wishes, item.key);
      this.#leave(item);
      await this.told.onJob(job.job_id);
    } catch (error) {
      if (error.name === "AbortError") this.#leave(item);
      else this.#fail(item, error);
    }
    this.next();
  }

  #leave(item) {
    this.list = this.list.filter((other) => other !== item);
  }

  #fail(item, error) {
    if (error.code === "unauthorized") this.told.onKey();
    item.started = false;
    item.share = 0;
    const { reason } = error.detail ?? {};
    item.error = {
      code: has(`problem.${error.code}.${reason}`) ? `${error.code}.${reason}` : error.code,
      values: {
        message: error.message,
        limit: size(error.detail?.limit_bytes ?? this.limitBytes),
      },
    };
  }
}
