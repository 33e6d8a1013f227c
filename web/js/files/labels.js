/** The dialog for names, folders and tags of files. */

import { show } from "../dialogs.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { nameOf, tagsOf } from "./listing.js";

/**
 * Ask for the labels of files.
 * @param {object[]} jobs if there is only one, its name can be changed too
 * @param {{folders: [string, number][], tags: [string, number][]}} known
 * @returns {Promise<object|null>} fields of the API; null: no change
 */
export function askLabels(jobs, known) {
  const [first] = jobs;
  const isOne = jobs.length === 1;
  const same = (of) => jobs.every((job) => String(of(job)) === String(of(first)));
  const text = (id, title, value, props = {}) => {
    const field = h("input", { type: "text", id, value, autocomplete: "off", ...props });
    return [h("label", { class: "field" }, h("span", {}, t(title)), field), field];
  };
  const [nameBox, name] = text("label-name", "label.name", nameOf(first), { maxlength: 200 });
  const [folderBox, folder] = text(
    "label-folder",
    "list.folder",
    same((job) => job.folder) ? first.folder : "",
    { maxlength: 100, list: "known-folders" },
  );
  const [tagBox, tags] = text(
    "label-tags",
    "label.tags",
    same((job) => job.tags) ? (first.tags ?? []).join(", ") : "",
    { placeholder: t("label.tags.example") },
  );
  const untouched = [folder.value, tags.value];
  return new Promise((resolve) => {
    const form = h(
      "form",
      { method: "dialog", class: "labels" },
      isOne && nameBox,
      folderBox,
      h(
        "datalist",
        { id: "known-folders" },
        known.folders.map(([value]) => h("option", { value })),
      ),
      tagBox,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, t("cancel")),
        h("button", { class: "primary" }, t("label.keep")),
      ),
    );
    const title = isOne ? t("label") : t("label.several", { n: jobs.length });
    const dialog = show(h("h2", {}, title), form);
    let fields = null;
    form.addEventListener("submit", () => {
      fields = {};
      if (isOne) fields.name = name.value.trim() === first.file_path ? "" : name.value;
      if (isOne || folder.value !== untouched[0]) fields.folder = folder.value;
      if (isOne || tags.value !== untouched[1]) fields.tags = tagsOf(tags.value);
    });
    dialog.addEventListener("close", () => resolve(fields));
  });
}
