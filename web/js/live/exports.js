/** Export of the session as a file. */

import { download } from "../dom.js";
import { FORMATS } from "../formats.js";
import { translated, translationOf } from "./pairing.js";

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
  download(`${safe(name)}${other ? ".en" : ""}.${format}`, make(words, about), type);
}

/** A file name that is valid on every system. */
export function safe(name) {
  return name
    .replace(/[\\/:*?"<>|\p{Cc}]/gu, "-")
    .replace(/^\.+/, "")
    .trim()
    .slice(0, 120);
}
