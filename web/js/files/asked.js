/** Requests to the server about one result. */

import { request } from "../api.js";
import { toast } from "../dom.js";
import { t } from "../i18n.js";
import { sentence } from "../problems.js";
import { paragraphs } from "./align.js";
import { placed } from "./comments.js";

/** The corrected transcript: `{version, segments, speakers?}`, or null. */
export function corrected(id) {
  return request(`api/edits/${encodeURIComponent(id)}`);
}

/**
 * A function that stores a corrected transcript unless somebody else has corrected that version.
 * @returns {(body: string, version: number, options: object) => Promise<{version: number}>}
 */
export function correcting(id) {
  const path = `api/edits/${encodeURIComponent(id)}`;
  return (body, version, options) => {
    const headers = { "Content-Type": "application/json", "If-Match": `"${version}"` };
    return request(path, { method: "PUT", headers, body, ...options });
  };
}

/** Options for reading a transcript. */
export const READINGS = ["hide_fillers", "hide_profanity", "format_numbers"];

/**
 * A result in a reader's view, including corrections; the stored transcript stays unchanged.
 * @param {string} id of the job
 * @param {{masked: boolean, wishes: string[]}} how `masked`: without personal data; `wishes`: some
 *   of READINGS, and `paragraphs`
 * @param {object[]} segments original ones
 * @returns {Promise<{segments: object[], about: object|null}|null>} `about`: the masked result;
 *   null: show the original
 */
export async function readView(id, { masked, wishes }, segments) {
  const query = new URLSearchParams(
    wishes.filter((name) => READINGS.includes(name)).map((name) => [name, "true"]),
  );
  if (masked) query.set("view", "masked");
  const ask = (what, asked) => request(`api/${what}/${encodeURIComponent(id)}?${asked}`);
  const [words, job] = await Promise.all([
    query.size ? ask("transcript", query) : null,
    masked ? ask("transcribe-status", "view=masked") : null,
  ]);
  const seen = query.size ? placed(words.segments, words.comments) : segments;
  const about = job && { ...job.result, privacy_removal: words.privacy_removal };
  if (wishes.includes("paragraphs")) return { segments: paragraphs(seen), about };
  return query.size ? { segments: seen, about } : null;
}

/**
 * After a confirmation, replace the recording by the one masked with tones.
 * @param {string} id of the job @returns {Promise<boolean>} whether it was replaced
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

/** @param {object} job with its result, summarised or complete */
export function isMasked(job) {
  return job.result?.processing_steps?.privacy_removal === true;
}
