/** Transcripts of the same recording: the request for another one, and a menu of the existing. */

import { show } from "../dialogs.js";
import { h, icon } from "../dom.js";
import { languageName, t } from "../i18n.js";
import { when } from "./row.js";
import { Wishes } from "./wishes.js";

/** A short description of how a transcript was made. @param {object} job with any result */
export function describe(job) {
  const { options = {}, result, status } = job;
  const language = result?.language || options.language || job.language;
  const parts = [
    when(job.created_at),
    language && language !== "auto" && languageName(language),
    result?.model || result?.backend,
    (options.diarize || options.multichannel) && t("versions.speakers"),
    options.prompt && t("prompt"),
    options.hotwords && t("hotwords"),
    result?.processing_steps?.privacy_removal && t("row.masked"),
    status !== "completed" && t(`versions.${status}`),
  ];
  return parts.filter(Boolean).join(" · ");
}

/**
 * The menu of versions beside a result's name.
 * @param {object} job @param {import("./view.js").FilesView} files
 */
export function versionsMenu(job, files) {
  const place = (one) => `#files/${encodeURIComponent(one.job_id)}`;
  const others = h("div", { class: "choices versions" });
  const fill = () =>
    others.replaceChildren(
      h(
        "button",
        { type: "button", id: "again", onclick: () => again(job, files) },
        icon("retry"),
        t("again"),
      ),
      ...files.jobs.siblings(job).map((other) =>
        h(
          "div",
          { class: "version" },
          h("a", { href: place(other) }, describe(other)),
          other.status === "completed" &&
            h("a", { class: "button", href: `${place(job)}/compare/${other.job_id}` }, t("compare")),
        ),
      ),
    );
  fill();
  const count = files.jobs.siblings(job).length + 1;
  return h(
    "details",
    { class: "menu", ontoggle: fill },
    h(
      "summary",
      { class: "button", id: "versions" },
      icon("history"),
      h("span", { class: "label" }, count > 1 ? t("versions.count", { n: count }) : t("versions")),
    ),
    others,
  );
}

/** Ask for options, and start another transcript. */
export async function again(job, files) {
  const wishes = await askAgain(job, files.config);
  if (wishes) await files.again(job, wishes);
}

/** @returns {Promise<object|null>} null: cancelled */
function askAgain(job, config) {
  const { language = job.language, ...options } = job.options ?? {};
  const box = h("div", { class: "wishes" });
  const wishes = new Wishes(box, config, { id: "again", values: { ...options, language } });
  return new Promise((resolve) => {
    const form = h(
      "form",
      { method: "dialog" },
      config.model && h("p", { class: "soft" }, t("again.model", { model: config.model })),
      box,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, t("cancel")),
        h("button", { class: "primary" }, t("again.begin")),
      ),
    );
    const dialog = show(h("h2", {}, t("again")), form);
    dialog.classList.add("wide");
    let wanted = null;
    form.addEventListener("submit", () => {
      wanted = wishes.for({ size: (job.result?.file_size_mb ?? 0) * 2 ** 20 });
    });
    dialog.addEventListener("close", () => resolve(wanted));
  });
}
