/**
 * Writing systems: whether they put spaces between words, and how their texts are split and joined
 * (as in the server's realtime/scripts.py). Han, kana, Thai, Lao, Burmese and Khmer use no spaces;
 * all others do, including Korean. The letters at a border decide.
 */

const UNSPACED =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\ua9e0-\\ua9ff\\uaa60-\\uaa7f\\u1780-\\u17ff\\u19e0-\\u19ff" +
  "\\u3005-\\u3007\\u3040-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff" +
  "\\uff66-\\uff9f\\u{20000}-\\u{3ffff}";
const unspaced = new RegExp(`^[${UNSPACED}]$`, "u");
const hangul = /^[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]$/;
/** Full-width punctuation, which includes its own spacing. */
const wide = /^[\u3000-\u3004\u3008-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]$/;
/** A letter of a script without spaces, with following marks and punctuation, or any other run. */
const WORD = new RegExp(
  `\\s*(?:[${UNSPACED}][\\p{M}\u30fc、。！？，．…」』）]*|[^\\s${UNSPACED}]+)`,
  "gu",
);

/** The words of a text with the spaces before them; letters of scripts without spaces are words. */
export function splitWords(text) {
  return text.trimEnd().match(WORD) ?? [];
}

/** The separator between two texts: a space, or nothing. */
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

/** Join consecutive texts. */
export function joinTexts(texts) {
  return texts
    .map((text) => text.trim())
    .reduce((joined, text) => joined + joint(joined, text) + text, "");
}
