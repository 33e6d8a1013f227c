/**
 * Writing systems: which of them put blanks between words, and how texts are cut and joined in them
 * (as the server's realtime/scripts.py). Han, kana, Thai, Lao, Burmese and Khmer have no blanks;
 * everything else has, Korean too. Each border is judged by the letters at it.
 */

const UNSPACED =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\ua9e0-\\ua9ff\\uaa60-\\uaa7f\\u1780-\\u17ff\\u19e0-\\u19ff" +
  "\\u3005-\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff" +
  "\\uff66-\\uff9f\\u{20000}-\\u{3ffff}";
const unspaced = new RegExp(`^[${UNSPACED}]$`, "u");
const hangul = /^[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]$/;
/** Punctuation as wide as a character of Han, which brings its own room. */
const wide = /^[\u3000-\u3004\u3008-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]$/;
/** An unspaced letter with the marks and the punctuation behind it, or a run of anything else. */
const WORD = new RegExp(
  `\\s*(?:[${UNSPACED}][\\p{M}\u30fc、。！？，．…」』）]*|[^\\s${UNSPACED}]+)`,
  "gu",
);

/** The words of a text, each with the blanks before it; unspaced letters are words of their own. */
export function splitWords(text) {
  return text.trimEnd().match(WORD) ?? [];
}

/** What stands between two texts: a blank, or nothing. */
export function joint(before, after) {
  if (!before || !after) return "";
  const [ahead, behind] = [[...before].reverse(), [...after]];
  if (!ahead[0].trim() || !behind[0].trim()) return "";
  const letter = (characters) => characters.find((c) => /[\p{L}\p{M}\p{N}]/u.test(c)) ?? "";
  const [left, right] = [letter(ahead), letter(behind)];
  if (hangul.test(left) || hangul.test(right)) return " ";
  if (wide.test(ahead[0]) || wide.test(behind[0])) return "";
  if (unspaced.test(left)) return unspaced.test(right) || behind[0] === right ? "" : " ";
  return unspaced.test(right) && ahead[0] === left ? "" : " ";
}

/** Texts that were said one after the other, as one. */
export function joinTexts(texts) {
  return texts
    .map((text) => text.trim())
    .reduce((joined, text) => joined + joint(joined, text) + text, "");
}
