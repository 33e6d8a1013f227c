/** Actions on several files at once. */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { askExport, save } from "./exports.js";

/** @param {object[]} jobs selected ones @param {import("./view.js").FilesView} files */
export function bulk(jobs, files) {
  if (!jobs.length) return [];
  const button = (sign, name, onclick) =>
    h("button", { type: "button", class: "plain", onclick }, icon(sign), h("span", {}, t(name)));
  return [
    h(
      "div",
      { class: "bulk-bar card", role: "group", "aria-label": t("bulk") },
      h("strong", { role: "status" }, t("bulk.chosen", { n: jobs.length })),
      button("download", "download", async () => {
        const done = jobs.filter(({ status }) => status === "completed");
        const wishes = done.length ? await askExport(done) : null;
        if (wishes) save(done, wishes);
      }),
      button("edit", "bulk.label", () => files.label(jobs)),
      button("trash", "delete", () => files.remove(jobs)),
      button("close", "bulk.none", () => files.shelf.release()),
    ),
  ];
}
