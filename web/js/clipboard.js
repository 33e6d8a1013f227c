/** Copying words, and what is said about it. */

import { copyText, toast } from "./dom.js";
import { t } from "./i18n.js";

/** @param {string} text of a transcript; empty: nothing is copied, and the clipboard stays */
export async function copyWords(text) {
  if (!text) {
    toast(t("copy.nothing"));
    return;
  }
  await copyText(text).then(
    () => toast(t("copied")),
    () => toast(t("copy.refused")),
  );
}
