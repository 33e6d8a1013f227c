/** Two transcripts of one recording side by side: differences, playback, choice of one. */

import { request } from "../api.js";
import { h, icon, toast } from "../dom.js";
import { clock } from "../formats.js";
import { onLanguage, t } from "../i18n.js";
import { sentence } from "../problems.js";
import { isMasked } from "./asked.js";
import { compared } from "./compare.js";
import { Follow } from "./follow.js";
import { nameOf } from "./listing.js";
import { missing } from "./missing.js";
import { Player } from "./player.js";
import { lastBefore } from "./document.js";
import { describe } from "./versions.js";

/** Rows created per frame. */
const A_FRAME = 80;
const SIDES = ["A", "B"];

export class ComparisonView {
  #jobs = [];
  #names = [];
  #compared = null;
  #player = null;
  #follow = null;
  #frame = 0;
  #heard = null;
  #current = -1;
  #turn = 0;

  /** @param {HTMLElement} root @param {import("./view.js").FilesView} files */
  constructor(root, files) {
    this.root = root;
    this.files = files;
    onLanguage(() => this.#compared && this.#draw());
  }

  /** @param {string} id of a job @param {string} otherId of another job of the same upload */
  async show(id, otherId) {
    this.hide();
    const turn = this.#turn;
    this.root.replaceChildren(h("p", { class: "soft" }, t("result.loading")));
    const ask = (one) => request(`api/transcript/${encodeURIComponent(one)}`);
    const ids = [id, otherId];
    try {
      const [jobs, texts] = await Promise.all([
        Promise.all(ids.map((one) => this.files.fetch(one))),
        Promise.all(ids.map(ask)),
      ]);
      if (turn !== this.#turn) return;
      this.#jobs = jobs;
      this.#names = texts.map(({ speakers }) => speakers);
      this.#compared = compared(...texts.map(({ segments }) => segments));
      this.#build();
    } catch (error) {
      this.root.replaceChildren(this.#back(), ...missing(error));
    }
  }

  hide() {
    this.#turn += 1;
    cancelAnimationFrame(this.#frame);
    this.#player?.close();
    this.#follow?.close();
    this.#player = this.#follow = this.#compared = this.#heard = null;
    this.#current = -1;
    this.root.replaceChildren();
  }

  /** @type {import("../keys.js").KeyAction[]} */
  get keys() {
    if (!this.#player) return [];
    return [
      { keys: ["Space"], text: "keys.play", run: () => this.#player.toggle() },
      { keys: ["ArrowLeft"], text: "keys.back", run: () => this.#player.skip(-1) },
      { keys: ["ArrowRight"], text: "keys.on", run: () => this.#player.skip(1) },
      { keys: ["N"], text: "compare.next", run: () => this.#step(1) },
      { keys: ["P"], text: "compare.before", run: () => this.#step(-1) },
      { keys: ["D"], text: "compare.only", run: () => this.#switchOnly() },
    ];
  }

  #back() {
    const href = this.#jobs.length ? `#files/${encodeURIComponent(this.#jobs[0].job_id)}` : "#files";
    return h("a", { class: "button", href }, icon("back"), t("compare.back"));
  }

  #build() {
    const [{ file_path: name, file_id: fileId }] = this.#jobs;
    const playing = h("div", { class: "player" });
    this.#player = new Player(playing, {
      fileId,
      name,
      file: this.files.files.get(fileId),
      onTime: (time) => this.#at(time),
    });
    const masked = this.#jobs.find(isMasked);
    if (masked) this.#player.hear(masked.job_id);
    this.head = h("div", { class: "result-head" });
    this.bar = h("div", { class: "tools" });
    this.table = h("div", { class: "compared card", role: "table" });
    this.deck = h("div", { class: "deck card" }, playing, this.bar);
    this.#follow = new Follow(() => this.deck.getBoundingClientRect().bottom);
    this.root.replaceChildren(this.head, this.deck, this.table, this.#follow.button);
    this.table.addEventListener("click", (event) => this.#click(event));
    this.#draw();
  }

  #draw() {
    const { rows, same, words } = this.#compared;
    this.head.replaceChildren(this.#back(), h("h1", {}, nameOf(this.#jobs[0])));
    this.count = h("span", { class: "count", role: "status" });
    const only = h("input", {
      type: "checkbox",
      name: "only-differences",
      checked: this.table.classList.contains("only"),
      onchange: () => this.table.classList.toggle("only", only.checked),
    });
    const button = (name, sign, by) =>
      h(
        "button",
        {
          type: "button",
          class: "plain round",
          "aria-label": t(name),
          title: t(name),
          onclick: () => this.#step(by),
        },
        icon(sign),
      );
    const percent = Math.floor((100 * same) / (words || 1));
    this.bar.replaceChildren(
      h("span", {}, rows.some(({ differs }) => differs) ? t("compare.same", { percent }) : t("compare.equal")),
      h("span", { class: "gap" }),
      this.count,
      button("compare.before", "up", -1),
      button("compare.next", "down", 1),
      h("label", { class: "check" }, only, h("span", {}, t("compare.only"))),
    );
    this.#player.translate();
    this.table.setAttribute("aria-label", t("compare.title"));
    this.#fill();
    this.#say();
  }

  #fill() {
    cancelAnimationFrame(this.#frame);
    const { rows } = this.#compared;
    this.#heard = null;
    this.table.replaceChildren(this.#heads());
    const more = (from) => {
      const made = rows.slice(from, from + A_FRAME).map((row) => this.#row(row));
      this.table.append(...made);
      if (from + A_FRAME < rows.length)
        this.#frame = requestAnimationFrame(() => more(from + A_FRAME));
    };
    more(0);
  }

  /** For each transcript: how it was made, and the button to choose it. */
  #heads() {
    const head = (index) => {
      const [job, other] = [this.#jobs[index], this.#jobs[1 - index]];
      const isChosen = !job.is_set_aside && other.is_set_aside === true;
      const name = t(isChosen ? "compare.chosen" : "compare.choose");
      return h(
        "div",
        { role: "columnheader", class: "side-head" },
        h("b", { class: "badge" }, SIDES[index]),
        h("span", {}, describe(job)),
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(isChosen),
            "aria-label": `${name}: ${SIDES[index]}`,
            onclick: () => this.#choose(index),
          },
          name,
        ),
      );
    };
    return h(
      "div",
      { role: "row", class: "compared-row heads" },
      h("span", { role: "columnheader", class: "unseen" }, t("compare.time")),
      head(0),
      head(1),
    );
  }

  #row({ start, sides, differs }) {
    const time = clock(start);
    return h(
      "div",
      { role: "row", class: "compared-row", dataset: differs ? { differs: "" } : {} },
      h(
        "div",
        { role: "cell" },
        h(
          "button",
          {
            type: "button",
            class: "plain from",
            "aria-label": t("player.from", { time }),
            dataset: { start },
          },
          h("time", {}, time),
        ),
        differs && h("span", { class: "unseen" }, t("compare.differs")),
      ),
      sides.map((words, index) =>
        h(
          "div",
          { role: "cell", lang: this.#jobs[index].result.language },
          h("b", { class: "badge side-name", "aria-hidden": "true" }, SIDES[index]),
          h("p", {}, this.#words(words, index)),
        ),
      ),
    );
  }

  /** Elements of words; neighbouring words that differ are marked together. */
  #words(words, index) {
    const made = [];
    let marked = null;
    for (const { text, start, end, speaker, differs } of words) {
      if (speaker !== null) {
        const name = this.#names[index][speaker] || t("speaker", { n: speaker + 1 });
        made.push(h("span", { class: "who" }, `${name}: `));
        marked = null;
      }
      const word = h("span", { class: "word", dataset: { start, end } }, text);
      if (!differs) {
        made.push(word, " ");
        marked = null;
      } else if (marked) marked.append(" ", word);
      else made.push((marked = h("mark", {}, word)), " ");
    }
    return made;
  }

  #click({ target }) {
    const played = target.closest(".word, .from");
    if (!played) return;
    this.#follow.on();
    this.#player.playFrom(Number(played.dataset.start));
  }

  /** Mark the words being played on both sides, and keep them in view. */
  #at(time) {
    if (!this.#compared) return;
    const isPlaying = !this.#player.audio.paused;
    const index = isPlaying ? lastBefore(this.#compared.rows, time) : -1;
    const row = index < 0 ? null : (this.table.children[index + 1] ?? null);
    if (row !== this.#heard) this.#heard?.classList.remove("heard");
    row?.classList.add("heard");
    this.#heard = row;
    for (const word of this.table.querySelectorAll(".word.heard")) word.classList.remove("heard");
    for (const word of row?.querySelectorAll(".word") ?? []) {
      const { start, end } = word.dataset;
      if (time >= Number(start) && time < Number(end)) word.classList.add("heard");
    }
    if (row || !isPlaying) this.#follow.see(row);
  }

  /** Go to the next or previous row that differs. */
  #step(by) {
    const { rows } = this.#compared;
    let at = this.#current + by;
    while (rows[at] && !rows[at].differs) at += by;
    const row = rows[at] && this.table.children[at + 1];
    if (!row) return;
    this.table.querySelector(".now")?.classList.remove("now");
    this.#current = at;
    row.classList.add("now");
    this.#follow.leave();
    row.scrollIntoView({ block: "center" });
    row.querySelector(".from").focus({ preventScroll: true });
    this.#say();
  }

  #say() {
    const differing = this.#compared.rows.filter(({ differs }) => differs).length;
    const upTo = this.#compared.rows.slice(0, this.#current + 1);
    const n = upTo.filter(({ differs }) => differs).length;
    this.count.textContent = n
      ? t("search.count", { n, total: differing })
      : t("compare.differences", { n: differing });
  }

  #switchOnly() {
    this.bar.querySelector("[name=only-differences]").click();
  }

  /** Choose one transcript; the list hides the other. */
  async #choose(index) {
    try {
      this.#jobs = await this.files.choose(this.#jobs[index], this.#jobs[1 - index], this.#jobs);
    } catch (error) {
      toast(sentence(error));
      return;
    }
    this.table.firstElementChild.replaceWith(this.#heads());
    this.table.querySelectorAll(".heads button")[index].focus();
    toast(t("compare.chosen.done", { side: SIDES[index] }));
  }
}
