/** Copying text, with a message about the result. */

import { copyText, toast } from "./dom.js";
import { t } from "./i18n.js";

/** @param {string} text of a transcript; if empty, the clipboard stays unchanged */
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
