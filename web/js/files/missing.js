/** What stands in place of a result that the server does not give. */

import { h } from "../dom.js";
import { problemOf } from "../problems.js";

/** @param {import("../api.js").ApiError} error @returns {HTMLElement[]} */
export function missing(error) {
  const { title, advice } = problemOf(error);
  return [h("h1", { class: "missing" }, title), h("p", { class: "soft" }, advice)];
}
