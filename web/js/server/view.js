/** The view of the server: model, backends, health, and load. */

import { request } from "../api.js";
import { find, h, toast } from "../dom.js";
import { has, onLanguage, t } from "../i18n.js";
import { problemOf, sentence } from "../problems.js";
import { chart } from "./chart.js";
import { healthOf } from "./health.js";

const EVERY_MS = 5000;
/** Minimum for the upper end of the chart of streams. */
const FEW_STREAMS = 4;

export class ServerView {
  #state = null;
  #timer = 0;
  #loading = "";
  /** Whether a key was asked for since the view was opened. */
  #asked = false;

  /** @param {HTMLElement} root @param {object} config @param {() => void} onKey */
  constructor(root, config, onKey) {
    this.root = root;
    this.onKey = onKey;
    root.append(h("div", { class: "state-line", role: "status" }), h("div", { class: "board" }));
    onLanguage(() => this.#draw());
  }

  show() {
    clearInterval(this.#timer);
    this.#asked = false;
    this.#look();
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  hide() {
    clearInterval(this.#timer);
  }

  async #look() {
    try {
      this.#state = await request("api/server");
    } catch (error) {
      if (error.code === "unauthorized" && !this.#asked) this.onKey();
      this.#asked = true;
      this.#state = { failed: problemOf(error) };
    }
    this.#draw();
  }

  #draw() {
    const state = this.#state;
    if (!state) return;
    const line = find(".state-line", this.root);
    const board = find(".board", this.root);
    if (state.failed) {
      line.dataset.state = "bad";
      const { title, advice } = state.failed;
      line.replaceChildren(h("span", { class: "dot" }), h("h1", {}, title), h("p", {}, advice));
      board.replaceChildren();
      return;
    }
    const { name, level, finalMs } = healthOf(state);
    line.dataset.state = level;
    const text = t(`server.health.${name}`);
    const { streams, capacity } = state;
    const about = has(`server.health.${name}.about`)
      ? t(`server.health.${name}.about`, { streams, capacity, late: duration(finalMs ?? 0) })
      : "";
    if (line.textContent !== text + about) {
      line.replaceChildren(h("span", { class: "dot" }), h("h1", {}, text), h("p", {}, about));
    }
    const focused = board.contains(document.activeElement)
      ? document.activeElement.dataset.name
      : null;
    board.replaceChildren(...cards(state), this.#switch(state), ...charts(state));
    if (focused) board.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  #switch({ backend, health }) {
    const { current_backend: current, available_backends: available } = backend;
    const isLoading = this.#loading || health.status === "loading";
    const rows = Object.entries(available).map(([name, here]) =>
      h(
        "li",
        {},
        h(
          "span",
          {},
          h("strong", {}, name),
          here || name === current ? null : h("small", {}, t("server.not_here")),
        ),
        name === current
          ? h("span", { class: "badge" }, t("server.in_use"))
          : h(
              "button",
              {
                type: "button",
                disabled: !here || Boolean(isLoading),
                dataset: { name },
                "aria-label": `${t("server.use")}: ${name}`,
                onclick: () => this.#change(name),
              },
              t("server.use"),
            ),
      ),
    );
    return h(
      "section",
      { class: "card fact" },
      h("h2", {}, t("server.switch")),
      h("ul", { class: "backends" }, ...rows),
      h(
        "p",
        { class: "soft small", role: "status" },
        this.#loading ? t("server.loading", { name: this.#loading }) : t("server.switch.about"),
      ),
    );
  }

  async #change(name) {
    if (!confirm(t("server.switch.sure", { name }))) return;
    this.#loading = name;
    this.#draw();
    try {
      const { current_backend: current } = await request("api/backend/reload", {
        method: "POST",
        json: { backend: name },
      });
      toast(t("server.changed", { name: current }));
    } catch (error) {
      if (error.code === "unauthorized") this.onKey();
      toast(sentence(error));
    }
    this.#loading = "";
    await this.#look();
  }
}

function duration(ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`;
}

function rows(pairs) {
  return h(
    "dl",
    { class: "figures" },
    pairs
      .filter(([, value]) => value)
      .map(([name, value]) => [h("dt", {}, t(name)), h("dd", {}, value)]),
  );
}

function cards(state) {
  const { health, backend } = state;
  const { memory } = health;
  const number = (value, name, unit = "") =>
    h(
      "div",
      { class: "figure" },
      h("b", {}, String(value), unit && h("small", {}, ` ${unit}`)),
      h("span", {}, t(name)),
    );
  const queue = Object.values(state.queue).reduce((sum, waiting) => sum + waiting, 0);
  return [
    h(
      "section",
      { class: "card fact" },
      h("h2", {}, t("server.now")),
      h(
        "div",
        { class: "numbers" },
        number(
          state.streams,
          "server.streams",
          state.capacity ? t("server.of", { n: state.capacity }) : "",
        ),
        number(Math.round(100 * state.busy), "server.busy", "%"),
        number(queue, "server.queue"),
        number((state.audio_s / 3600).toFixed(1), "server.audio", t("server.hours")),
      ),
    ),
    h(
      "section",
      { class: "card fact" },
      h("h2", {}, t("server.model")),
      h("p", { class: "big" }, health.model ?? "–"),
      rows([
        ["server.backend", backend.current_backend],
        ["server.device", [health.device, health.compute_type].filter(Boolean).join(" · ")],
        [
          "server.memory",
          memory.total_mb
            ? t("server.memory.value", {
                used: memory.used_percent,
                free: (memory.available_mb / 1024).toFixed(1),
              })
            : "",
        ],
        ["server.path", backend.model_path],
        ["server.version", health.version],
      ]),
    ),
  ];
}

function charts({ samples, sample_s: every }) {
  const minutes = Math.max(1, Math.round((samples.length * every) / 60));
  const percent = (value) => `${Math.round(100 * value)}%`;
  const all = (name) => samples.map((sample) => sample[name]);
  const streams = all("streams");
  return [
    chart(
      t("chart.latency"),
      t("chart.latency.about"),
      [
        { name: t("chart.final"), values: all("final_ms"), show: duration },
        { name: t("chart.first"), values: all("first_ms"), show: duration },
      ],
      minutes,
    ),
    chart(
      t("chart.load"),
      t("chart.load.about"),
      [
        { name: t("chart.busy"), values: all("busy"), most: 1, show: percent },
        {
          name: t("chart.streams"),
          values: streams,
          most: Math.max(FEW_STREAMS, ...streams),
          show: String,
        },
      ],
      minutes,
    ),
  ];
}
