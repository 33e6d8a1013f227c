/** The view of files: the place to drop them, the list, and one result at a time. */

import { events, request } from "../api.js";
import { find, h, icon, randomName, toast } from "../dom.js";
import { onLanguage, t } from "../i18n.js";
import { problem } from "../problems.js";
import { Jobs, ended } from "./jobs.js";
import { ResultView } from "./result.js";
import { jobRow, size, uploadRow } from "./row.js";
import { submit, upload } from "./upload.js";
import { Wishes } from "./wishes.js";

/** Uploads at once; the others wait. */
const AT_ONCE = 2;
const MOST = 200;
/** As many as the API gives at once. */
const MOST_WAITING = 500;

export class FilesView {
  /** @param {HTMLElement} root @param {object} config @param {() => void} onKey */
  constructor(root, config, onKey) {
    this.root = root;
    this.config = config;
    this.onKey = onKey;
    this.jobs = new Jobs();
    /** Files on their way: {file, share, error, started, abort}. */
    this.uploads = [];
    /** The files themselves by their id, to be heard without being fetched again. */
    this.files = new Map();
    this.#build();
    this.wishes = new Wishes(find(".wishes", root), config);
    this.result = new ResultView(find(".result", root), this);
    onLanguage(() => this.#draw());
    this.#follow();
    setInterval(() => this.#refresh(), 1000);
  }

  /** @param {string} id of the job to be shown; "": the list */
  show(id) {
    find(".shelf", this.root).hidden = Boolean(id);
    find(".result", this.root).hidden = !id;
    if (id) this.result.show(id);
    else this.result.hide();
  }

  hide() {
    this.result.hide();
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    return this.result.keys;
  }

  #build() {
    const picker = h("input", {
      type: "file",
      multiple: true,
      accept: "audio/*,video/*,.m4a,.mka,.opus,.amr,.caf,.sph,.wma",
      class: "unseen",
      id: "file-picker",
      "data-t-label": "files.choose",
      tabindex: "-1",
      onchange: () => {
        this.add(picker.files);
        picker.value = "";
      },
    });
    const drop = h(
      "div",
      { class: "drop card" },
      icon("upload"),
      h("h1", { "data-t": "files.drop" }),
      h("p", { "data-t": "files.kinds" }),
      h(
        "button",
        { type: "button", class: "primary", id: "choose", onclick: () => picker.click() },
        h("span", { "data-t": "files.choose" }),
      ),
      picker,
    );
    this.root.append(
      h(
        "div",
        { class: "shelf" },
        drop,
        h(
          "details",
          { class: "card wish-box" },
          h("summary", { "data-t": "files.options" }),
          h("div", { class: "wishes" }),
        ),
        h("div", { class: "list-head" }, h("h2", { "data-t": "files.list" })),
        h("ul", { class: "rows" }),
        h("p", { class: "nothing", "data-t": "files.none" }),
      ),
      h("div", { class: "result", hidden: true }),
    );
    for (const name of ["dragenter", "dragover"]) {
      this.root.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    for (const name of ["dragleave", "drop"]) {
      this.root.addEventListener(name, (event) => {
        event.preventDefault();
        if (name === "drop" || event.target === this.root) drop.classList.remove("over");
      });
    }
    this.root.addEventListener("drop", ({ dataTransfer }) => {
      if (dataTransfer.files.length) this.add(dataTransfer.files);
    });
  }

  /** Put files in line. @param {Iterable<File>} files */
  add(files) {
    for (const file of files) {
      const item = {
        file,
        wishes: this.wishes.for(file),
        share: 0,
        error: null,
        started: false,
        key: randomName(),
      };
      if (file.size > this.config.max_upload_bytes) {
        item.error = { code: "too_large", values: { limit: size(this.config.max_upload_bytes) } };
      }
      this.uploads.push(item);
    }
    this.#next();
  }

  #next() {
    const running = this.uploads.filter((item) => item.started && !item.error).length;
    const waiting = this.uploads.filter((item) => !item.started && !item.error);
    for (const item of waiting.slice(0, Math.max(0, AT_ONCE - running))) this.#send(item);
    this.#draw();
  }

  async #send(item) {
    item.started = true;
    item.abort = new AbortController();
    try {
      const stored = await upload(
        item.file,
        (share) => {
          item.share = share;
          this.#refresh();
        },
        item.abort.signal,
      );
      this.files.set(stored.file_id, item.file);
      const job = await submit(stored.file_id, item.wishes, item.key);
      this.#leave(item);
      await this.fetch(job.job_id);
    } catch (error) {
      if (error.name === "AbortError") this.#leave(item);
      else this.#fail(item, error);
    }
    this.#next();
  }

  #leave(item) {
    this.uploads = this.uploads.filter((other) => other !== item);
  }

  #fail(item, error) {
    if (error.code === "unauthorized") this.onKey();
    item.started = false;
    item.share = 0;
    item.error = {
      code: error.code ?? "other",
      values: {
        message: error.message,
        limit: size(error.detail?.limit_bytes ?? this.config.max_upload_bytes),
      },
    };
  }

  /**
   * Ask how a job stands, its whole result too; again where news of it came meanwhile, which the
   * answer may be older than.
   * @returns {Promise<object>}
   */
  async fetch(id) {
    let known, answer;
    do {
      known = this.jobs.get(id);
      answer = await request(`api/transcribe-status/${encodeURIComponent(id)}`);
    } while (this.jobs.get(id) !== known);
    const job = this.jobs.take(answer, now());
    this.#draw();
    return job;
  }

  /** A further job of the same file. @returns {Promise<object>} */
  async again(job, wishes) {
    const added = await submit(job.file_id, wishes);
    location.hash = "files";
    return this.fetch(added.job_id);
  }

  async #follow() {
    let since = "";
    try {
      // Those that wait count before those after them, also where the list does not go back so far.
      for (const which of [`limit=${MOST}`, `status=pending&limit=${MOST_WAITING}`]) {
        const { jobs, version } = await request(`api/transcribe-jobs/?${which}`);
        for (const job of jobs) this.jobs.take(job, now());
        since ||= `?since=${version}`;
      }
    } catch (error) {
      if (error.code === "unauthorized") this.onKey();
    }
    this.#draw();
    events(
      `api/transcribe-events/${since}`, // from what the list tells on
      (name, data) => this.#heard(name, data),
      new AbortController().signal,
    );
  }

  #heard(name, data) {
    if (!data?.job_id) return;
    if (name === "deleted") {
      this.jobs.remove(data.job_id);
      this.#draw();
      return;
    }
    const before = this.jobs.get(data.job_id);
    const job = this.jobs.take(data, now());
    if (ended(job) && (!before || !ended(before))) {
      this.fetch(job.job_id).catch(() => {});
      if (before) toast(t(`done.${job.status}`, { name: job.file_path }));
    }
    this.#draw();
  }

  async #act(path, method, id) {
    try {
      await request(path, { method });
      if (method === "DELETE") this.jobs.remove(id);
      else await this.fetch(id);
    } catch (error) {
      if (error.code === "not_found") this.jobs.remove(id);
      const { title, advice } = problem(error.code, { message: error.message });
      toast(`${title} ${advice}`);
    }
    this.#draw();
  }

  /** Draw what moves by itself, where something does. */
  #refresh() {
    const moving = this.uploads.length || this.jobs.list.some((job) => !ended(job));
    if (moving && !this.root.hidden && !this.root.querySelector(".row :focus")) this.#draw();
  }

  #draw() {
    const list = find(".rows", this.root);
    const focused = list.contains(document.activeElement)
      ? document.activeElement.getAttribute("aria-label")
      : null;
    const rows = [
      ...this.uploads.map((item) =>
        uploadRow(item, {
          onCancel: () => {
            item.abort?.abort();
            this.#leave(item);
            this.#next();
          },
          onRetry: () => {
            item.error = null;
            this.#next();
          },
        }),
      ),
      ...this.jobs.list.map((job) => {
        const id = encodeURIComponent(job.job_id);
        return jobRow(job, {
          jobs: this.jobs,
          now: now(),
          onCancel: () => this.#act(`api/transcribe-cancel/${id}`, "POST", job.job_id),
          onRetry: () => this.#act(`api/transcribe-retry/${id}`, "POST", job.job_id),
          onDelete: () => {
            const shared = this.jobs.siblings(job).length > 0;
            if (confirm(t(shared ? "delete.sure.shared" : "delete.sure")))
              this.#act(`api/transcribe-jobs/${id}`, "DELETE", job.job_id);
          },
        });
      }),
    ];
    list.replaceChildren(...rows);
    find(".nothing", this.root).hidden = rows.length > 0;
    find(".list-head", this.root).hidden = rows.length === 0;
    if (focused) list.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }
}

function now() {
  return performance.now() / 1000;
}
