/** Export of the session as a file. */

import { download } from "../dom.js";
import { FORMATS } from "../formats.js";
import { downloadMade } from "../made.js";
import { TARGET, translated, translationOf } from "./pairing.js";

export function isTranslated(segments) {
  return segments.some(translationOf);
}

/**
 * @param {keyof FORMATS} format
 * @param {object[]} segments with the speakers' names
 * @param {{name: string, translation: boolean, about: object}} wanted `name` of the file, without
 *   its extension; `about`: further fields of JSON
 */
export function save(format, segments, { name, translation, about }) {
  const { make, type } = FORMATS[format];
  // JSON contains both.
  const other = translation && format !== "json" && isTranslated(segments);
  const words = other ? translated(segments) : segments;
  const named = `${safe(name)}${other ? `.${TARGET}` : ""}`;
  if (make) download(`${named}.${format}`, make(words, about), type);
  else saveByServer(format, words, named, about.duration);
}

/** Maximum number of speakers of a transcript on the server. */
const MOST_SPEAKERS = 64;

/** The server keeps nothing of what it is sent. */
function saveByServer(format, segments, name, duration) {
  const language = commonest(segments.map((segment) => segment.language ?? ""));
  const about = new URLSearchParams({ format, name, language, duration });
  const found = new Set(segments.map((segment) => segment.name).filter(Boolean));
  const names = [...found].slice(0, MOST_SPEAKERS);
  downloadMade(`api/document/?${about}`, {
    segments: segments.map((segment) => {
      const { start, end, text } = segment;
      return { start, end, text, speaker: names.indexOf(segment.name) }; // -1: nobody
    }),
    speakers: { ...names },
  });
}

/** The value that occurs most often; empty if there is none. */
function commonest(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [[first] = [""]] = [...counts].sort(([, one], [, other]) => other - one);
  return first;
}

/** A file name that is valid on every system. */
export function safe(name) {
  return name
    .replace(/[\\/:*?"<>|\p{Cc}]/gu, "-")
    .replace(/^\.+/, "")
    .trim()
    .slice(0, 120);
}
