/** What is asked of the server about one result. */

import { request } from "../api.js";
import { toast } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";

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

/**
 * Replace the recording by the one with tones in it, if that is really wanted.
 * @param {string} id of the job @returns {Promise<boolean>} whether it is done
 */
export async function removeSound(id) {
  if (!confirm(t("sound.remove.sure"))) return false;
  try {
    const json = { original: "remove" };
    await request(`api/sound/${encodeURIComponent(id)}`, { method: "PUT", json });
  } catch (error) {
    toast(sentence(error));
    return false;
  }
  toast(t("sound.removed"));
  return true;
}

/** @param {object} job with its result, short or whole */
export function isMasked(job) {
  return job.result?.processing_steps?.privacy_removal === true;
}
