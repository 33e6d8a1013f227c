/** One row of the list: an upload or a job. */

import { h, icon } from "../dom.js";
import { clock } from "../formats.js";
import { language, t } from "../i18n.js";
import { problem } from "../problems.js";
import { ended } from "./jobs.js";
import { nameOf } from "./listing.js";

/** Problems of a file that another try does not solve. */
const HOPELESS = /^(too_large|empty_file|not_audio)/;

/** `12.3 MB`. */
export function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 && unit > 1 ? 1 : 0)} ${units[unit]}`;
}

/** `about 3 min`, rounded so that it does not jitter. */
export function about(seconds) {
  if (seconds < 50) return t("left.seconds", { n: Math.max(5, Math.ceil(seconds / 5) * 5) });
  if (seconds < 5400) return t("left.minutes", { n: Math.ceil(seconds / 60) });
  return t("left.hours", { n: Math.ceil(seconds / 1800) / 2 });
}

/** A moment in the reader's format. @param {string|number} moment ISO, or seconds since 1970 */
export function when(moment) {
  const date = new Date(typeof moment === "number" ? moment * 1000 : moment);
  const today = new Date().toDateString() === date.toDateString();
  return date.toLocaleString(
    language,
    today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" },
  );
}

function bar(percent, label) {
  const fill = h("i");
  fill.style.width = `${percent}%`;
  return h(
    "div",
    {
      class: "bar",
      role: "progressbar",
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": Math.round(percent),
    },
    fill,
  );
}

function button(name, action, label) {
  return h(
    "button",
    {
      type: "button",
      class: "plain round",
      "aria-label": `${t(name)}: ${label}`,
      title: t(name),
      onclick: action,
    },
    icon({ cancel: "close", retry: "retry", delete: "trash", label: "edit" }[name]),
  );
}

/** The row of a file being uploaded. */
export function uploadRow(item, { onCancel, onRetry }) {
  const { title, advice } = item.error ? problem(item.error.code, item.error.values) : {};
  return h(
    "li",
    { class: "row", dataset: { state: item.error ? "failed" : "uploading" } },
    icon("file"),
    h(
      "div",
      { class: "about" },
      h("strong", { class: "name" }, item.file.name),
      item.error
        ? h("p", { class: "wrong" }, h("b", {}, title), " ", advice)
        : h(
            "p",
            {},
            item.share < 1
              ? t("row.uploading", {
                  percent: Math.round(100 * item.share),
                  size: size(item.file.size),
                })
              : t("row.checking"),
          ),
      !item.error && bar(100 * item.share, item.file.name),
    ),
    item.error && !HOPELESS.test(item.error.code) && button("retry", onRetry, item.file.name),
    button("cancel", onCancel, item.file.name),
  );
}

/** The content of a job's row as a key: rows with equal keys need not be made again. */
export function rowKey(job, { jobs, now, excerpt, wanted, isChosen, isLoading }) {
  const moving = ended(job) ? "" : [Math.floor(done(job, jobs, now)), jobs.ahead(job), isLoading];
  const left = job.status === "processing" ? jobs.remainingS(job.job_id, now) : null;
  const shown = [job.status, nameOf(job), job.folder, job.tags, job.error?.code, job.result?.text];
  shown.push(jobs.siblings(job).length);
  return JSON.stringify([shown, moving, left && about(left), excerpt, wanted, isChosen]);
}

/** The row of a job. */
export function jobRow(job, { jobs, now, excerpt, wanted, isChosen, isLoading }, does) {
  const name = nameOf(job);
  const place = `#files/${encodeURIComponent(job.job_id)}`;
  const box = h("input", {
    type: "checkbox",
    "aria-label": t("list.choose", { name }),
    checked: isChosen,
    onchange: () => does.onChoose(box.checked),
  });
  return h(
    "li",
    { class: "row", dataset: { state: job.status, job: job.job_id } },
    box,
    icon("file"),
    h(
      "div",
      { class: "about" },
      job.status === "completed"
        ? h(
            "a",
            {
              class: "name",
              href: excerpt ? `${place}/find/${encodeURIComponent(wanted)}` : place,
            },
            name,
          )
        : h("strong", { class: "name" }, name),
      line(job, { jobs, now, excerpt, isLoading }),
      !ended(job) && bar(done(job, jobs, now), name),
      labels(job, jobs.siblings(job).length),
    ),
    ["failed", "cancelled"].includes(job.status) && button("retry", does.onRetry, name),
    ended(job) && button("label", does.onLabel, name),
    ended(job) ? button("delete", does.onDelete, name) : button("cancel", does.onCancel, name),
  );
}

function labels({ folder, tags = [] }, others) {
  if (!folder && !tags.length && !others) return null;
  return h(
    "p",
    { class: "tags" },
    others > 0 && h("span", { class: "badge folder" }, t("versions.count", { n: others + 1 })),
    folder && h("span", { class: "badge folder" }, folder),
    tags.map((tag) => h("span", { class: "badge" }, `#${tag}`)),
  );
}

/** Percent. The API lets a waiting job advance with its place; nothing of it is done yet. */
function done(job, jobs, now) {
  return job.status === "pending" ? 0 : jobs.progress(job.job_id, now);
}

function line(job, { jobs, now, excerpt, isLoading }) {
  if (job.status === "pending") {
    if (isLoading) return h("p", {}, t("row.loading"));
    const ahead = jobs.ahead(job);
    return h("p", {}, ahead ? t("row.waiting", { n: ahead }) : t("row.next"));
  }
  if (job.status === "processing") {
    const left = jobs.remainingS(job.job_id, now);
    const percent = Math.floor(jobs.progress(job.job_id, now));
    return h(
      "p",
      {},
      left === null
        ? t("row.running", { percent })
        : t("row.running.left", { percent, left: about(left) }),
    );
  }
  if (job.status === "failed") {
    const { title, advice } = problem(job.error?.detail || job.error?.code, {
      message: job.error?.message ?? "",
    });
    return h("p", { class: "wrong" }, h("b", {}, title), " ", advice);
  }
  if (job.status === "cancelled") return h("p", {}, t("row.cancelled"));
  const result = job.result ?? {};
  const facts = [when(job.completed_at ?? job.created_at)];
  if (result.duration) facts.push(clock(result.duration));
  if (result.processing_steps?.privacy_removal) facts.push(t("row.masked"));
  if (!result.text?.trim()) facts.push(t("row.silent"));
  return h(
    "p",
    {},
    facts.join(" · "),
    excerpt || result.text
      ? h("span", { class: "taste" }, excerpt || result.text.slice(0, 160))
      : null,
  );
}
