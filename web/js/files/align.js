/**
 * Corrected lines keep the times of their words. Pure.
 *
 * A segment: `{start, end, text, words?: [{word, start, end, probability?}]}`, times in seconds; a
 * word has the blank before it. Segments are never changed: whatever is done makes new ones.
 */

import { joint, splitWords } from "../scripts.js";
import { parts } from "../words.js";
import { common } from "./diff.js";

/** Seconds that a word which was put in takes at least; without a pause its neighbour gives some. */
const LEAST_S = 0.04;
/** Words on either side of what counts as one word corrected. */
const MOST_CORRECTED = 4;

/** The word without signs and case, by which words are told to be the same. */
export function bare(word) {
  return word.replace(/[^\p{L}\p{M}\p{N}]+/gu, "").toLowerCase() || word.trim();
}

/**
 * The segment with another text. Words that stayed keep their times; new ones share, by their
 * letters, the time of those they replace, or the pause they were put into.
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

/** The time between the words made so far and the old word `before`, of which `from…` went. */
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

/** Put words into a stretch of time, as long as their letters; too short a one takes in the word
 * before it. */
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
 * The segment in two, cut before the letter at `offset` of its text; null: one would be empty.
 * @returns {[object, object]|null}
 */
export function split(segment, offset) {
  const texts = [segment.text.slice(0, offset).trim(), segment.text.slice(offset).trim()];
  if (!texts[0] || !texts[1]) return null;
  const share = texts[0].length / (texts[0].length + texts[1].length);
  if (!segment.words?.length) {
    const border = round(segment.start + (segment.end - segment.start) * share);
    return [
      { ...segment, text: texts[0], end: border },
      { ...segment, text: texts[1], start: border },
    ];
  }
  const halves = divided(segment, offset);
  const border = round(segment.start + (segment.end - segment.start) * share);
  return [
    { ...segment, text: texts[0], words: halves[0], end: halves[0].at(-1)?.end ?? border },
    { ...segment, text: texts[1], words: halves[1], start: halves[1][0]?.start ?? border },
  ];
}

/** The words before and behind a place in the text; one that is cut is shared by its letters. */
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

/** Two segments that follow each other as one, said by the first one's speaker. */
export function merge(first, second) {
  const link = joint(first.text.trim(), second.text.trim());
  const text = first.text.trim() + link + second.text.trim();
  const made = { ...first, text, end: Math.max(first.end, second.end) };
  if (!first.words?.length || !second.words?.length) {
    const { words: _, ...without } = made;
    return without;
  }
  const [next, ...rest] = second.words;
  return { ...made, words: [...first.words, { ...next, word: link + next.word.trim() }, ...rest] };
}

/** Silence after which somebody begins anew, and letters after which a paragraph ends with its
 * sentence, as in the server's documents. */
const PAUSE_S = 2;
const LONG = 600;

/** Lines of one speaker without a pause between them as one line each. */
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
 * What was corrected, word by word: `{from, to}` of a few words each, without signs at the ends.
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
