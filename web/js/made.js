/** Files that the server makes. */

import { failure, headers } from "./api.js";
import { download, toast } from "./dom.js";
import { t } from "./i18n.js";
import { sentence } from "./problems.js";

/**
 * Send `json`, and download the file that the server answers with.
 * @param {string} path relative to the page
 */
export async function downloadMade(path, json) {
  toast(t("export.begun"));
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: headers({ "Content-Type": "application/json" }),
      body: JSON.stringify(json),
    });
    if (!answer.ok) throw failure(answer.status, await answer.text(), null);
    download(nameIn(answer.headers.get("Content-Disposition")), await answer.blob());
  } catch (error) {
    toast(sentence(error));
  }
}

/** The file name in a Content-Disposition header (RFC 6266). */
function nameIn(header) {
  const [, coded] = /filename\*=utf-8''([^;]+)/i.exec(header ?? "") ?? [];
  const [, plain] = /filename="([^"]+)"/.exec(header ?? "") ?? [];
  return coded ? decodeURIComponent(coded) : (plain ?? "transcripts.zip");
}
