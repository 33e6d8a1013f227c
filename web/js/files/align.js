/**
 * Word times in corrected lines. Pure functions.
 *
 * A segment: `{start, end, text, words?: [{word, start, end, probability?}]}`, times in seconds; a
 * word includes the space before it. Segments are immutable: every function returns new ones.
 */

import { PAUSE_S } from "../pause.js";
import { joint, splitWords } from "../scripts.js";
import { parts } from "../words.js";
import { common } from "./diff.js";

/** Minimum seconds of an inserted word; if there is no pause, it gets time from its neighbour. */
const LEAST_S = 0.04;
/** Maximum number of words, before and after, of one correction. */
const MOST_CORRECTED = 4;

/** The word without punctuation, in lower case, for comparisons. */
export function bare(word) {
  return word.replace(/[^\p{L}\p{M}\p{N}]+/gu, "").toLowerCase() || word.trim();
}

/**
 * The segment with a new text. Unchanged words keep their times; new ones share the time of the
 * words they replace, or of the pause they are in, in proportion to their letters.
 */
export function realign(segment, text) {
  const tidy = text.replace(/\s+/g, " ").trim();
  if (tidy === segment.text) return segment;
  if (!segment.words?.length) return { ...segment, text: tidy };
  const old = segment.words;
  const tokens = splitWords(tidy);
  if (tokens.length && /^\s/.test(old[0].word)) tokens[0] = ` ${tokens[0].trimStart()}`;
  const pairs = common(
    old.map(({ word }) => bare(word)),
    tokens.map(bare),
  );
  const made = [];
  let [from, to] = [0, 0];
  for (const [before, after] of [...pairs, [old.length, tokens.length]]) {
    fill(made, tokens.slice(to, after), gap(segment, made, from, before));
    if (before < old.length) made.push({ ...old[before], word: tokens[after] });
    [from, to] = [before + 1, after + 1];
  }
  return { ...segment, text: tidy, words: made };
}

/** The time between the last new word and the old word `before`; words from `from` are gone. */
function gap(segment, made, from, before) {
  const old = segment.words;
  const floor = made.at(-1)?.end ?? Math.min(segment.start, old[0].start);
  const ceiling = old[before]?.start ?? Math.max(segment.end, old.at(-1).end);
  if (before > from) {
    const start = Math.max(floor, old[from].start);
    return { start, end: Math.max(start, Math.min(ceiling, old[before - 1].end)) };
  }
  return { start: floor, end: Math.max(floor, ceiling) };
}

/** Distribute a time span over words in proportion to their letters; if it is too short, the word
 * before shares its time too. */
function fill(made, tokens, { start, end }) {
  if (!tokens.length) return;
  let shared = tokens.map((word) => ({ word }));
  if (end - start < LEAST_S * tokens.length && made.length) {
    const last = made.pop();
    shared = [last, ...shared];
    start = last.start;
  }
  const letters = shared.map(({ word }) => word.trim().length || 1);
  const total = letters.reduce((sum, count) => sum + count, 0);
  let done = 0;
  shared.forEach((word, index) => {
    const begin = start + ((end - start) * done) / total;
    done += letters[index];
    made.push({ ...word, start: round(begin), end: round(start + ((end - start) * done) / total) });
  });
}

/**
 * Split the segment before the letter at `offset` of its text; null if a part would be empty.
 * @returns {[object, object]|null}
 */
export function split(segment, offset) {
  const texts = [segment.text.slice(0, offset).trim(), segment.text.slice(offset).trim()];
  if (!texts[0] || !texts[1]) return null;
  const share = texts[0].length / (texts[0].length + texts[1].length);
  const { comments: _, ...second } = segment; // they stay with the beginning
  if (!segment.words?.length) {
    const border = round(segment.start + (segment.end - segment.start) * share);
    return [
      { ...segment, text: texts[0], end: border },
      { ...second, text: texts[1], start: border },
    ];
  }
  const halves = divided(segment, offset);
  const border = round(segment.start + (segment.end - segment.start) * share);
  return [
    { ...segment, text: texts[0], words: halves[0], end: halves[0].at(-1)?.end ?? border },
    { ...second, text: texts[1], words: halves[1], start: halves[1][0]?.start ?? border },
  ];
}

/** The words before and after a position in the text; the time of a word that is cut is divided in
 * proportion to its letters. */
function divided(segment, offset) {
  const halves = [[], []];
  let place = 0;
  for (const { text, word } of parts(segment)) {
    const end = place + text.length;
    if (word && end <= offset) halves[0].push(word);
    else if (word && place >= offset) halves[1].push(word);
    else if (word) {
      const at = word.start + ((word.end - word.start) * (offset - place)) / text.length;
      const blank = word.word.slice(0, word.word.length - word.word.trimStart().length);
      const letters = offset - place;
      halves[0].push({ ...word, word: blank + text.slice(0, letters), end: round(at) });
      halves[1].push({ ...word, word: ` ${text.slice(letters)}`, start: round(at) });
    }
    place = end;
  }
  return halves;
}

/** Merge two consecutive segments; the speaker is that of the first. */
export function merge(first, second) {
  const link = joint(first.text.trim(), second.text.trim());
  const text = first.text.trim() + link + second.text.trim();
  const made = { ...first, text, end: Math.max(first.end, second.end) };
  if (second.comments) made.comments = [...(first.comments ?? []), ...second.comments];
  if (!first.words?.length || !second.words?.length) {
    const { words: _, ...without } = made;
    return without;
  }
  const [next, ...rest] = second.words;
  return { ...made, words: [...first.words, { ...next, word: link + next.word.trim() }, ...rest] };
}

/** Letters after which a paragraph ends at the end of its sentence, as in the server's documents. */
const LONG = 600;

/** Join consecutive lines of one speaker without pauses into paragraphs. */
export function paragraphs(segments) {
  const made = [];
  for (const segment of segments) {
    const last = made.at(-1);
    const isSame = last?.speaker === segment.speaker && last?.channel === segment.channel;
    const isLong = last?.text.length >= LONG && /[.?!。？！]\s*$/.test(last.text);
    if (last && isSame && !isLong && segment.start - last.end < PAUSE_S)
      made[made.length - 1] = merge(last, segment);
    else made.push(segment);
  }
  return made;
}

/**
 * The corrections as `{from, to}` of a few words each, without punctuation at the ends.
 * @returns {{from: string, to: string}[]}
 */
export function corrections(before, after) {
  const [old, fresh] = [splitWords(before.trim()), splitWords(after.trim())];
  const found = [];
  let [from, to] = [0, 0];
  for (const [one, other] of [
    ...common(old.map(bare), fresh.map(bare)),
    [old.length, fresh.length],
  ]) {
    const [lost, put] = [old.slice(from, one), fresh.slice(to, other)];
    const isShort = Math.max(lost.length, put.length) <= MOST_CORRECTED;
    if (lost.length && put.length && isShort) found.push({ from: trimmed(lost), to: trimmed(put) });
    [from, to] = [one + 1, other + 1];
  }
  return found.filter((one) => one.from && one.to && one.from !== one.to);
}

function trimmed(words) {
  return words.join("").replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, "");
}

function round(seconds) {
  return Math.round(seconds * 1000) / 1000;
}
