/** The list of files: uploads and jobs, with filters and search. */

import { request } from "../api.js";
import { find, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { SORTS, STATES, arrange, shelves } from "./listing.js";
import { jobRow, rowKey, uploadRow } from "./row.js";

/** Rows created at once; more follow on scrolling. */
const A_PAGE = 100;
const STORED = "file-list";
/** Delay of the search after the last keystroke. */
const PAUSE_MS = 250;

export class Shelf {
  #rows = new Map();
  #limit = A_PAGE;
  #bottom;
  #chosen = new Set();
  #hits = new Map();
  #timer = 0;
  #shown = [];
  /** Why the list could not be read. @type {import("../api.js").ApiError|null} */
  problem = null;

  /**
   * @param {HTMLElement} root
   * @param {{jobs: import("./jobs.js").Jobs, uploads: import("./uploads.js").Uploads,
   *   act: Record<string, (job: object) => void>, now: () => number,
   *   onChoose: (jobs: object[]) => void}} more `act`: cancel, retry, remove, label
   */
  constructor(root, more) {
    this.root = root;
    this.more = more;
    this.how = { sort: "newest", state: "all", folder: null, tag: "", wanted: "", ...stored() };
    this.list = h("ul", { class: "rows" });
    this.nothing = h("p", { class: "nothing" });
    this.end = h("div", { class: "end" });
    this.head = h("div", { class: "list-head" });
    root.append(this.head, this.list, this.end, this.nothing);
    this.#bottom = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting) || this.#limit >= this.#shown.length) return;
      this.#limit += A_PAGE;
      this.draw();
    });
  }

  /** Draw the bar above the list in the page's language. */
  translate() {
    const select = (name, values, text) => {
      const field = h(
        "select",
        {
          name,
          "aria-label": t(`list.${name}`),
          onchange: () => this.#set({ [name]: field.value }),
        },
        values.map((value) =>
          h("option", { value, selected: value === this.how[name] }, text(value)),
        ),
      );
      return field;
    };
    this.field = h("input", {
      type: "search",
      id: "list-search",
      placeholder: t("list.search"),
      "aria-label": t("list.search"),
      value: this.how.wanted,
      oninput: () => this.#search(),
    });
    this.all = h("input", {
      type: "checkbox",
      "aria-label": t("list.all"),
      onchange: () => this.#chooseAll(this.all.checked),
    });
    this.folder = h("select", {
      name: "folder",
      "aria-label": t("list.folder"),
      onchange: () => {
        const { value } = this.folder;
        this.#set({ folder: value === "*" ? null : value.slice(1) });
      },
    });
    this.tags = h("div", { class: "tags", role: "group", "aria-label": t("list.tags") });
    this.head.replaceChildren(
      this.all,
      h("h2", {}, t("files.list")),
      h("div", { class: "finding" }, icon("search"), this.field),
      this.folder,
      select("state", STATES, (value) => t(`list.state.${value}`)),
      select("sort", SORTS, (value) => t(`list.sort.${value}`)),
      this.tags,
    );
    this.#rows.clear();
    this.list.replaceChildren();
    this.draw();
  }

  #set(change) {
    Object.assign(this.how, change);
    const { wanted: _, ...kept } = this.how;
    localStorage.setItem(STORED, JSON.stringify(kept));
    this.#limit = A_PAGE;
    this.draw();
  }

  #search() {
    clearTimeout(this.#timer);
    const wanted = this.field.value;
    this.#hits = new Map();
    this.#set({ wanted });
    if (!wanted.trim()) return;
    this.#timer = setTimeout(async () => {
      const path = `api/transcribe-search/?limit=500&q=${encodeURIComponent(wanted.trim())}`;
      const { hits } = await request(path).catch(() => ({ hits: [] }));
      if (this.how.wanted !== wanted) return;
      this.#hits = new Map(hits.map(({ job_id: id, excerpt }) => [id, excerpt]));
      this.draw();
    }, PAUSE_MS);
  }

  /** The selected jobs in their current state. */
  get chosen() {
    return this.more.jobs.list.filter(({ job_id: id }) => this.#chosen.has(id));
  }

  #choose(job, isOn) {
    if (isOn) this.#chosen.add(job.job_id);
    else this.#chosen.delete(job.job_id);
    this.draw();
  }

  #chooseAll(isOn) {
    this.#chosen = new Set(isOn ? this.#shown.map(({ job_id: id }) => id) : []);
    this.draw();
  }

  /** Clear the selection. */
  release() {
    this.#chooseAll(false);
  }

  /** Draw the current state; unchanged rows are left alone. */
  draw() {
    const { jobs, uploads } = this.more;
    const now = this.more.now();
    this.#shown = arrange(jobs.list, { ...this.how, hits: this.#hits });
    const rows = [
      ...uploads.list.map((item) => this.#uploadRow(item)),
      ...this.#shown.slice(0, this.#limit).map((job) => this.#jobRow(job, now)),
    ];
    this.#place(rows);
    const chosen = this.chosen;
    this.all.checked = chosen.length > 0 && chosen.length === this.#shown.length;
    this.all.indeterminate = chosen.length > 0 && !this.all.checked;
    this.more.onChoose(chosen);
    this.#offerShelves();
    const isEmpty = !jobs.list.length && !uploads.list.length;
    this.head.hidden = isEmpty;
    this.nothing.hidden = rows.length > 0;
    this.nothing.textContent = this.problem
      ? sentence(this.problem)
      : t(isEmpty ? "files.none" : "list.nothing");
    // Observe it anew each time: an end that stays visible would not be reported again.
    this.#bottom.unobserve(this.end);
    this.#bottom.observe(this.end);
  }

  #uploadRow(item) {
    const key = `${item.key} ${item.error?.code} ${Math.round(100 * item.share)}`;
    const { uploads } = this.more;
    return this.#row(item.key, key, () =>
      uploadRow(item, {
        onCancel: () => uploads.cancel(item),
        onRetry: () => uploads.retry(item),
      }),
    );
  }

  #jobRow(job, now) {
    const { jobs, act } = this.more;
    const about = {
      jobs,
      now,
      excerpt: this.#hits.get(job.job_id) ?? "",
      wanted: this.how.wanted.trim(),
      isChosen: this.#chosen.has(job.job_id),
      isLoading: this.more.isLoading(),
    };
    return this.#row(job.job_id, rowKey(job, about), () =>
      jobRow(job, about, {
        onChoose: (isOn) => this.#choose(job, isOn),
        onCancel: () => act.cancel(job),
        onRetry: () => act.retry(job),
        onDelete: () => act.remove(job),
        onLabel: () => act.label(job),
      }),
    );
  }

  /** The row of a name, reused if its key is unchanged. */
  #row(name, key, make) {
    const known = this.#rows.get(name);
    if (known?.key === key) return known.element;
    const element = make();
    const focused = known?.element.contains(document.activeElement)
      ? document.activeElement.getAttribute("aria-label")
      : null;
    known?.element.replaceWith(element);
    this.#rows.set(name, { key, element });
    if (focused) element.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    return element;
  }

  #place(rows) {
    const wanted = new Set(rows);
    let held = -1;
    for (const [name, { element }] of this.#rows) {
      if (wanted.has(element)) continue;
      if (element.contains(document.activeElement))
        held = [...this.list.children].indexOf(element);
      element.remove();
      this.#rows.delete(name);
    }
    rows.forEach((row, at) => {
      if (this.list.children[at] !== row)
        this.list.insertBefore(row, this.list.children[at] ?? null);
    });
    if (held >= 0) this.#hold(rows[Math.min(held, rows.length - 1)]);
  }

  /** Focus a row where another one had the focus and is gone. */
  #hold(row) {
    if (row) row.querySelector("a, button").focus();
    else find("#choose").focus();
  }

  /** Focus the row of a job, from which its result was opened. */
  focus(id) {
    this.#rows.get(id)?.element.querySelector("a")?.focus({ preventScroll: true });
  }

  /** Offer the existing folders and tags as choices. */
  #offerShelves() {
    const { folders, tags } = shelves(this.more.jobs.list);
    const key = JSON.stringify([folders, tags, this.how.folder, this.how.tag]);
    if (this.folder.dataset.key === key) return;
    this.folder.dataset.key = key;
    this.folder.hidden = !folders.length;
    const chosen = this.how.folder === null ? "*" : `/${this.how.folder}`;
    const option = (value, text) => h("option", { value, selected: value === chosen }, text);
    this.folder.replaceChildren(
      option("*", t("list.folder.all")),
      option("/", t("list.folder.none")),
      ...folders.map(([name, count]) => option(`/${name}`, `${name} (${count})`)),
    );
    this.tags.hidden = !tags.length;
    this.tags.replaceChildren(
      ...tags.map(([name, count]) =>
        h(
          "button",
          {
            type: "button",
            class: "tag",
            "aria-pressed": String(name === this.how.tag),
            onclick: () => this.#set({ tag: name === this.how.tag ? "" : name }),
          },
          `#${name} ${count}`,
        ),
      ),
    );
  }

  /** Redraw if there are uploads or running jobs. */
  refresh() {
    const { jobs, uploads } = this.more;
    const moves = uploads.list.length || jobs.list.some(({ status }) => GOING.has(status));
    if (moves && this.root.offsetParent) this.draw();
  }
}

const GOING = new Set(["pending", "processing"]);

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}
