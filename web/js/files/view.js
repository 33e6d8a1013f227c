/** The view of files: the drop area, the list, and one result at a time. */

import { events, request } from "../api.js";
import { find, h, icon, toast } from "../dom.js";
import { onLanguage, t } from "../i18n.js";
import { sentence } from "../problems.js";
import { bulk } from "./bulk.js";
import { ComparisonView } from "./comparison.js";
import { Jobs, ended } from "./jobs.js";
import { askLabels } from "./labels.js";
import { nameOf, shelves } from "./listing.js";
import { ResultView } from "./result.js";
import { Shelf } from "./shelf.js";
import { submit } from "./upload.js";
import { Uploads } from "./uploads.js";
import { Wishes } from "./wishes.js";

/** Jobs per request (the API's maximum), and in total. */
const A_PAGE = 500;
const MOST = 10_000;
/** Letters of an excerpt in the list. */
const TASTE = 160;
/** Pause after which a list that could not be read is asked for again. */
const AGAIN_MS = 3000;

export class FilesView {
  /** Id of the job that is open; empty: the list is. */
  #opened = "";

  /** @param {HTMLElement} root @param {object} config @param {() => void} onKey */
  constructor(root, config, onKey) {
    this.root = root;
    this.config = config;
    this.onKey = onKey;
    this.jobs = new Jobs();
    this.uploads = new Uploads(config.max_upload_bytes, {
      onChange: () => this.shelf?.draw(),
      onMove: () => this.shelf.refresh(),
      onKey,
      onJob: (id) => this.fetch(id),
    });
    this.files = this.uploads.files;
    this.#build();
    this.wishes = new Wishes(find(".wishes", root), config);
    this.shelf = new Shelf(find(".list", root), {
      jobs: this.jobs,
      uploads: this.uploads,
      now,
      act: {
        cancel: (job) => this.#act("api/transcribe-cancel", "POST", job),
        retry: (job) => this.#act("api/transcribe-retry", "POST", job),
        remove: (job) => this.remove([job]),
        label: (job) => this.label([job]),
      },
      isLoading: () => config.key_ok && !config.model && !config.problem,
      onChoose: (jobs) => this.bulk.replaceChildren(...bulk(jobs, this)),
    });
    this.result = new ResultView(find(".result", root), this);
    this.comparison = new ComparisonView(find(".comparison", root), this);
    onLanguage(() => this.shelf.translate());
    this.#follow();
    setInterval(() => this.shelf.refresh(), 1000);
  }

  /** @param {string} place `ID`, `ID/find/WORDS`, or `ID/compare/OTHER`; "": the list */
  show(place) {
    const [id, what, more = ""] = place.split("/");
    const isCompared = what === "compare";
    const left = this.#opened;
    const isByKey = find(".result", this.root).contains(document.activeElement);
    this.#opened = id;
    find(".shelf", this.root).hidden = Boolean(id);
    find(".result", this.root).hidden = !id || isCompared;
    find(".comparison", this.root).hidden = !isCompared;
    this.hide();
    if (isCompared) this.comparison.show(id, more);
    else if (id) this.result.show(id, what === "find" ? more : "");
    else if (isByKey) this.shelf.focus(left);
  }

  hide() {
    this.result.hide();
    this.comparison.hide();
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    const isList = !find(".shelf", this.root).hidden;
    const search = { keys: ["/"], text: "keys.find", run: () => this.shelf.field.focus() };
    if (isList) return [search];
    return find(".result", this.root).hidden ? this.comparison.keys : this.result.keys;
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
    this.bulk = h("div", { class: "bulk" });
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
        h("div", { class: "list" }),
        this.bulk,
      ),
      h("div", { class: "result", hidden: true }),
      h("div", { class: "comparison result", hidden: true }),
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

  /** Queue files. @param {Iterable<File>} files */
  add(files) {
    for (const file of files) this.uploads.add(file, this.wishes.for(file));
    this.uploads.next();
  }

  /**
   * Request a job with its whole result; again if an event about it came meanwhile, since the
   * answer may be older.
   * @returns {Promise<object>}
   */
  async fetch(id) {
    let known, answer;
    do {
      known = this.jobs.get(id);
      answer = await request(`api/transcribe-status/${encodeURIComponent(id)}`);
    } while (this.jobs.get(id) !== known);
    const result = answer.result && { ...answer.result, segments: undefined };
    this.jobs.take({ ...answer, result }, now()); // the list does not need the text
    this.shelf.draw();
    return answer;
  }

  /** Start another job of the same upload, with the same name and folder. */
  async again(job, wishes) {
    try {
      const { job_id: id } = await submit(job.file_id, wishes);
      const { name, folder, tags } = job;
      if (name || folder || tags.length) await this.#relabel(id, { name, folder, tags });
      await this.fetch(id);
      toast(t("again.begun"));
    } catch (error) {
      toast(sentence(error));
    }
  }

  /**
   * Choose one of two transcripts of an upload; the list hides the other. Raises ApiError.
   * @param {object[]} jobs both @returns {Promise<object[]>} both, updated, in this order
   */
  async choose(chosen, other, jobs) {
    await this.#relabel(chosen.job_id, { is_set_aside: false });
    await this.#relabel(other.job_id, { is_set_aside: true });
    this.shelf.draw();
    return jobs.map((job) => ({ ...job, is_set_aside: job === other }));
  }

  async #relabel(id, fields) {
    const path = `api/transcribe-jobs/${encodeURIComponent(id)}`;
    const { result: _, ...answer } = await request(path, { method: "PATCH", json: fields });
    this.jobs.take(answer, now());
  }

  /** Read the list, again and again while the server does not answer, and then follow its changes. */
  async #follow() {
    const since = await this.#read();
    if (since === null) {
      setTimeout(() => this.#follow(), AGAIN_MS);
      return;
    }
    events(
      `api/transcribe-events/${since}`, // events after the list's state
      (name, data) => this.#heard(name, data),
      new AbortController().signal,
    );
  }

  /** @returns {Promise<string|null>} the query for what changes after the list; null: not read */
  async #read() {
    let since = "";
    try {
      for (let at = 0, total = 1; at < Math.min(total, MOST); at += A_PAGE) {
        const page = await request(
          `api/transcribe-jobs/?limit=${A_PAGE}&offset=${at}&text_chars=${TASTE}`,
        );
        for (const job of page.jobs) this.jobs.take(job, now());
        total = page.total;
        since ||= `?since=${page.version}`;
        this.shelf.draw();
      }
      this.shelf.problem = null;
    } catch (error) {
      if (error.code === "unauthorized" && !this.shelf.problem) this.onKey();
      this.shelf.problem = error;
      since = null;
    }
    this.shelf.draw();
    return since;
  }

  #heard(name, data) {
    if (!data?.job_id) return;
    if (name === "deleted") this.jobs.remove(data.job_id);
    else {
      const before = this.jobs.get(data.job_id);
      const job = this.jobs.take(data, now());
      if (ended(job) && (!before || !ended(before))) {
        this.fetch(job.job_id).catch(() => {});
        if (before) toast(t(`done.${job.status}`, { name: nameOf(job) }));
      }
    }
    this.shelf.draw();
  }

  async #act(path, method, { job_id: id }) {
    try {
      await request(`${path}/${encodeURIComponent(id)}`, { method });
      if (method === "DELETE") this.jobs.remove(id);
      else await this.fetch(id);
    } catch (error) {
      if (error.code === "not_found") this.jobs.remove(id);
      toast(sentence(error));
    }
    this.shelf.draw();
  }

  /** Delete files after a confirmation. */
  async remove(jobs) {
    const isShared = jobs.length === 1 && this.jobs.siblings(jobs[0]).length > 0;
    const question =
      jobs.length > 1
        ? t("delete.sure.several", { n: jobs.length })
        : t(isShared ? "delete.sure.shared" : "delete.sure");
    if (!confirm(question)) return;
    for (const job of jobs) await this.#act("api/transcribe-jobs", "DELETE", job);
  }

  /** Ask for names, folders and tags, and save them. */
  async label(jobs) {
    const fields = await askLabels(jobs, shelves(this.jobs.list));
    if (!fields || !Object.keys(fields).length) return;
    try {
      for (const { job_id: id } of jobs) await this.#relabel(id, fields);
    } catch (error) {
      toast(sentence(error));
    }
    this.shelf.draw();
  }
}

function now() {
  return performance.now() / 1000;
}
