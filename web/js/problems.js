/** Texts for problems, with advice. */

import { has, t } from "./i18n.js";

/**
 * @param {string} code of the browser, of the stream or of the API
 * @param {{message?: string, reason?: string, seconds?: number, server?: string}} values `message`:
 *   from the server; `reason`: from the server, where a code has several; `server`: its address, if
 *   it is not the page's own
 * @returns {{title: string, advice: string}}
 */
export function problem(code, values = {}) {
  const here = [`problem.${code}.${values.reason}`, `problem.${code}`];
  const there = [here[0], `elsewhere.${code}`, here[1], "elsewhere.other"];
  const key = (values.server ? there : here).find(has);
  if (key) return { title: t(key, values), advice: t(`${key}.advice`, { code, ...values }) };
  return {
    title: t("problem.other"),
    advice: values.message || t("problem.other.advice", { code }),
  };
}

/** The problem of an error of the API. @param {import("./api.js").ApiError} error */
export function problemOf({ code, message, detail, retryAfterS: seconds }) {
  return problem(code, { message, seconds, reason: detail?.reason });
}

/** An error of the API as one line. @param {import("./api.js").ApiError} error */
export function sentence(error) {
  const { title, advice } = problemOf(error);
  return `${title} ${advice}`.trim();
}
