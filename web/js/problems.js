/** What goes wrong, as a sentence that says what to do. */

import { has, t } from "./i18n.js";

/**
 * @param {string} code of the browser, of the stream or of the API
 * @param {{message?: string, seconds?: number}} values `message`: what the server said
 * @returns {{title: string, advice: string}}
 */
export function problem(code, values = {}) {
  if (has(`problem.${code}`)) {
    return { title: t(`problem.${code}`), advice: t(`problem.${code}.advice`, values) };
  }
  return {
    title: t("problem.other"),
    advice: values.message || t("problem.other.advice", { code }),
  };
}
