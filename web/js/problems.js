/** Texts for problems, with advice. */

import { has, t } from "./i18n.js";

/**
 * @param {string} code of the browser, of the stream or of the API
 * @param {{message?: string, seconds?: number, server?: string}} values `message`: from the
 *   server; `server`: its address, if it is not the page's own
 * @returns {{title: string, advice: string}}
 */
export function problem(code, values = {}) {
  const there = [`elsewhere.${code}`, `problem.${code}`, "elsewhere.other"];
  const key = (values.server ? there : [`problem.${code}`]).find(has);
  if (key) return { title: t(key, values), advice: t(`${key}.advice`, { code, ...values }) };
  return {
    title: t("problem.other"),
    advice: values.message || t("problem.other.advice", { code }),
  };
}

/** An error of the API as one line. @param {import("./api.js").ApiError} error */
export function sentence(error) {
  const { title, advice } = problem(error.code, { message: error.message });
  return `${title} ${advice}`.trim();
}
