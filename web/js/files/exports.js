/** Export of transcripts as files by the server: documents, and archives of several files. */

import { show } from "../dialogs.js";
import { download, h } from "../dom.js";
import { FORMATS } from "../formats.js";
import { t } from "../i18n.js";
import { downloadMade } from "../made.js";
import { nameOf } from "./listing.js";

const STORED = "export-options";

/**
 * Let the server write files, and download them.
 * @param {object[]} jobs
 * @param {{formats: string[], view?: string, speakers?: boolean, times?: boolean,
 *   comments?: boolean}} wishes
 */
export async function save(jobs, wishes) {
  await downloadMade("api/export/", { job_ids: jobs.map(({ job_id: id }) => id), ...wishes });
}

/** Download a transcript, in the current view, in a format that the page writes itself. */
export function saveText(job, { segments: _, text: __, ...about }, named, format) {
  const { make, type } = FORMATS[format];
  const words = named.map(({ comments: _, ...segment }) => segment); // only where they are chosen
  download(`${nameOf(job).replace(/\.[^.]+$/, "")}.${format}`, make(words, about), type);
}

/** Ask for the options of an export. @returns {Promise<object|null>} null: cancelled */
export function askExport(jobs, { view = "original", isMaskable = true } = {}) {
  const known = { formats: ["docx"], speakers: true, times: true, comments: false, ...stored() };
  const check = (name, text, checked) => {
    const box = h("input", { type: "checkbox", name, checked });
    return [h("label", { class: "check" }, box, h("span", {}, text)), box];
  };
  const kinds = Object.keys(FORMATS).map((kind) => [
    kind,
    ...check(kind, t(`format.${kind}`), known.formats.includes(kind)),
  ]);
  const [speakersLine, speakers] = check("speakers", t("export.speakers"), known.speakers);
  const [timesLine, times] = check("times", t("export.times"), known.times);
  const [commentsLine, comments] = check("comments", t("comments"), known.comments);
  const [maskedLine, masked] = check("masked", t("export.masked"), view === "masked");
  return new Promise((resolve) => {
    const form = h(
      "form",
      { method: "dialog", class: "labels" },
      h(
        "fieldset",
        {},
        h("legend", {}, t("export.formats")),
        kinds.map(([, line]) => line),
      ),
      h(
        "fieldset",
        {},
        h("legend", {}, t("export.content")),
        speakersLine,
        timesLine,
        commentsLine,
        isMaskable && maskedLine,
      ),
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, t("cancel")),
        h("button", { class: "primary" }, t("download")),
      ),
    );
    const title = jobs.length > 1 ? "export.title.several" : "export.title";
    const dialog = show(h("h2", {}, t(title, { n: jobs.length })), form);
    let wishes = null;
    form.addEventListener("submit", () => {
      const formats = kinds.filter(([, , box]) => box.checked).map(([kind]) => kind);
      if (!formats.length) return;
      const kept = {
        formats,
        speakers: speakers.checked,
        times: times.checked,
        comments: comments.checked,
      };
      localStorage.setItem(STORED, JSON.stringify(kept));
      wishes = { ...kept, view: masked.checked ? "masked" : "original" };
    });
    dialog.addEventListener("close", () => resolve(wishes));
  });
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}
