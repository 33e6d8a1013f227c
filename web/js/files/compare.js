/** Comparison of two transcripts of one recording, word by word. Pure functions. */

import { timed } from "../formats.js";
import { speakerOf, takesOver } from "../speakers.js";
import { bare } from "./align.js";
import { common } from "./diff.js";

/** Words of each transcript compared at once: an hour has ten thousand, and comparing all at once
 * would take too long if few are equal. */
const AT_ONCE = 600;
/** Number of consecutive equal words after which the next comparison starts. */
const ANCHOR = 3;

/**
 * @typedef {{text: string, start: number, end: number, line: number, key: string}} Token a word of
 *   a transcript with its punctuation; `line`: index of its segment
 * @typedef {{text: string, start: number, end: number, speaker: number|null, differs: boolean}}
 *   Shown `speaker`: the speaker whose turn begins here; null: no turn begins
 */

/** @param {object[]} segments @returns {Token[]} */
export function tokensOf(segments) {
  return segments.flatMap((segment, line) =>
    timed(segment).map((word) => ({ ...word, text: word.text.trim(), line, key: bare(word.text) })),
  );
}

/**
 * Pairs of positions, in order, at which both have the same word. The time is proportional to their
 * length, whatever their content.
 * @param {Token[]} one @param {Token[]} other @returns {[number, number][]}
 */
export function pairsOf(one, other, atOnce = AT_ONCE) {
  const pairs = [];
  let [from, otherFrom] = [0, 0];
  while (from < one.length && otherFrom < other.length) {
    const [to, otherTo] = [from + atOnce, otherFrom + atOnce];
    const found = common(keys(one, from, to), keys(other, otherFrom, otherTo));
    const isLast = to >= one.length && otherTo >= other.length;
    const kept = isLast ? found.length : anchored(found);
    for (const [row, column] of found.slice(0, kept)) pairs.push([from + row, otherFrom + column]);
    if (isLast) break;
    if (kept) {
      const [row, column] = found[kept - 1];
      from += row + 1;
      otherFrom += column + 1;
    } else {
      // No anchor: continue both at the same time of the recording.
      const half = Math.min(one.length, from + (atOnce >> 1));
      const moment = one[half]?.start ?? Infinity;
      while (otherFrom < other.length && other[otherFrom].start < moment) otherFrom += 1;
      from = half;
    }
  }
  return pairs;
}

function keys(tokens, from, to) {
  return tokens.slice(from, to).map(({ key }) => key);
}

/** Number of pairs up to the end of the last run of equal words. */
function anchored(pairs) {
  for (let at = pairs.length; at >= ANCHOR; at -= 1) {
    const [row, column] = pairs[at - 1];
    const [firstRow, firstColumn] = pairs[at - ANCHOR];
    if (row - firstRow === ANCHOR - 1 && column - firstColumn === ANCHOR - 1) return at;
  }
  return 0;
}

/**
 * Both side by side: a row for each segment of the first, with the other's words at that place.
 * @param {object[]} one segments @param {object[]} other
 * @returns {{rows: {start: number, sides: [Shown[], Shown[]], differs: boolean}[], same: number,
 *   words: number}} `same`: number of common words; `words`: number of words of the longer one
 */
export function compared(one, other) {
  const [tokens, others] = [tokensOf(one), tokensOf(other)];
  const pairs = pairsOf(tokens, others);
  const [isSame, isSameThere] = [new Set(), new Set()];
  for (const [row, column] of pairs) {
    isSame.add(row);
    isSameThere.add(column);
  }
  const rows = [];
  let [at, place, pair] = [0, 0, 0];
  for (let line = 0; line < Math.max(1, one.length); line += 1) {
    const end = behind(tokens, at, line);
    while (pair < pairs.length && pairs[pair][0] < end) pair += 1;
    const isLast = line >= one.length - 1;
    const placeEnd = isLast
      ? others.length
      : cut(others, isSameThere, pairs[pair - 1]?.[1] ?? -1, place, one[line + 1].start);
    const sides = [
      shown(one, tokens, at, end, isSame),
      shown(other, others, place, placeEnd, isSameThere),
    ];
    const start = one[line]?.start ?? other[0]?.start ?? 0;
    const differs = sides.some((side) => side.some((word) => word.differs));
    if (sides[0].length || sides[1].length) rows.push({ start, sides, differs });
    [at, place] = [end, placeEnd];
  }
  const words = Math.max(tokens.length, others.length);
  return { rows, same: pairs.length, words };
}

/** Index after the last token of a segment. */
function behind(tokens, at, line) {
  let end = at;
  while (end < tokens.length && tokens[end].line <= line) end += 1;
  return end;
}

/** End of the other transcript's words in a row: after the last common word, and after its own
 * words that start before the next row. */
function cut(others, isSame, last, from, nextStart) {
  let end = Math.max(from, last + 1);
  while (end < others.length && !isSame.has(end) && others[end].start < nextStart) end += 1;
  return end;
}

function shown(segments, tokens, from, to, isSame) {
  return tokens.slice(from, to).map((token, offset) => {
    const at = from + offset;
    const [segment, before] = [segments[token.line], segments[tokens[at - 1]?.line]];
    return {
      text: token.text,
      start: token.start,
      end: token.end,
      speaker: segment !== before && takesOver(segment, before) ? speakerOf(segment) : null,
      differs: !isSame.has(at),
    };
  });
}
