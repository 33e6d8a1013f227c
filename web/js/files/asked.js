/** What is asked of the server about one result. */

import { request } from "../api.js";

/** How it was corrected: `{segments, speakers?}`, or null. */
export function corrected(id) {
  return request(`api/edits/${encodeURIComponent(id)}`);
}

/** Keeps a corrected transcript. @returns {(body: string, options: object) => Promise<object>} */
export function correcting(id) {
  const headers = { "Content-Type": "application/json" };
  return (body, options) =>
    request(`api/edits/${encodeURIComponent(id)}`, { method: "PUT", headers, body, ...options });
}

/** The result without personal data, corrections included.
 * @param {string} id of the job @returns {Promise<{segments: object[], about: object}>} */
export async function maskedView(id) {
  const [words, job] = await Promise.all(
    ["transcript", "transcribe-status"].map((what) =>
      request(`api/${what}/${encodeURIComponent(id)}?view=masked`),
    ),
  );
  return {
    segments: words.segments,
    about: { ...job.result, privacy_removal: words.privacy_removal },
  };
}

/** @param {object} job with its result, short or whole */
export function isMasked(job) {
  return job.result?.processing_steps?.privacy_removal === true;
}
