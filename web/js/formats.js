/**
 * The formats of transcripts, and a transcript as TXT, SRT, VTT, TSV and JSON. Plain values in,
 * text out.
 *
 * A segment: `{start, end, text, name?, words?: [{word, start, end, probability}]}`, times in
 * seconds; `name` is the speaker's.
 */

import { joinTexts, splitWords } from "./scripts.js";
import { parts } from "./words.js";

/** Characters of a subtitle line; Hangul, Kana and Han count double (as in Netflix's guides). */
const LINE = 42;
const LINES = 2;
/** Maximum seconds of one cue. */
const CUE_S = 7;

/** Width of a text in Latin letters. */
export function width(text) {
  let sum = 0;
  for (const letter of text)
    sum += /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff]/.test(letter) ? 2 : 1;
  return sum;
}

/** `01:02:03,456`; `separator` is `,` in SRT and `.` in VTT. */
export function timestamp(seconds, separator) {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  const rest = `${two(Math.floor(ms / 1000) % 60)}${separator}${String(ms % 1000).padStart(3, "0")}`;
  return `${two(hours)}:${two(minutes)}:${rest}`;
}

/** `1:02:03` or `2:03`, for people. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Words in lines of at most `LINE`; a longer word gets its own line. */
export function wrap(text) {
  const lines = [];
  for (const word of splitWords(text.replace(/\s+/g, " "))) {
    const last = lines.at(-1);
    if (last !== undefined && width(last + word) <= LINE) lines[lines.length - 1] = last + word;
    else lines.push(word.trim());
  }
  return lines;
}

/**
 * Readable cues: at most two lines and seven seconds each. A longer segment is split between words,
 * at their times if known, else in proportion to the letters. `prefixed`: leave room for the
 * speaker's name before the text.
 */
export function cues(segments, prefixed = false) {
  return segments
    .filter((segment) => segment.text.trim())
    .flatMap((segment) => split(segment, prefixed));
}

function split(segment, prefixed) {
  const { start, end, name } = segment;
  const text = segment.text.trim();
  const prefix = prefixed && name ? `${name}: ` : "";
  const fits = (words) => wrap(prefix + words).length <= LINES;
  const pieces = [];
  if (fits(text) && end - start <= CUE_S) pieces.push({ start, end, text });
  else {
    for (const word of timed(segment)) {
      const last = pieces.at(-1);
      const longer = last && last.text + word.text;
      if (last && fits(longer) && word.end - last.start <= CUE_S) {
        last.text = longer;
        last.end = word.end;
      } else {
        pieces.push({ ...word, text: word.text.trimStart() });
      }
    }
  }
  return pieces.map((piece) => ({ ...piece, text: prefix + piece.text, name }));
}

/** The words of a segment's text with times, each with the space before it. */
export function timed({ start, end, text, words }) {
  const own = found(text, words);
  if (own) return own;
  const spoken = splitWords(text.trim().replace(/\s+/g, " "));
  const total = spoken.reduce((sum, word) => sum + word.length, 0) || 1;
  let done = 0;
  return spoken.map((word) => {
    const from = start + ((end - start) * done) / total;
    done += word.length;
    return { start: from, end: start + ((end - start) * done) / total, text: word };
  });
}

/** The segment's words at their places in its text; null: the text was corrected. */
function found(text, words = []) {
  const made = [];
  let ahead = "";
  for (const part of parts({ text: text.replace(/\s+/g, " "), words })) {
    if (part.word) {
      made.push({ start: part.word.start, end: part.word.end, text: ahead + part.text });
      ahead = "";
      continue;
    }
    // Punctuation belongs to the word before it, and spaces to the word after them.
    const signs = made.length ? part.text.search(/\s|$/) : 0;
    if (signs) made.at(-1).text += part.text.slice(0, signs);
    ahead = part.text.slice(signs);
  }
  if (!made.length || made.length !== words.length) return null;
  made.at(-1).text += ahead.trimEnd();
  return made;
}

/** The text of a segment, after the name of its speaker. */
function line({ name, text }) {
  return name && text.trim() ? `${name}: ${text.trim()}` : text.trim();
}

export function toTxt(segments) {
  return segments.map(line).filter(Boolean).join("\n") + "\n";
}

export function toSrt(segments) {
  const lines = cues(segments, true).map((cue, index) => {
    const times = `${timestamp(cue.start, ",")} --> ${timestamp(cue.end, ",")}`;
    return `${index + 1}\n${times}\n${wrap(cue.text).join("\n")}\n`;
  });
  return lines.join("\n");
}

export function toVtt(segments) {
  // In WebVTT `&`, `<` and `>` are markup.
  const plain = (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const blocks = cues(segments).map((cue) => {
    const times = `${timestamp(cue.start, ".")} --> ${timestamp(cue.end, ".")}`;
    const text = plain(wrap(cue.text).join("\n"));
    return `${times}\n${cue.name ? `<v ${plain(cue.name)}>${text}</v>` : text}\n`;
  });
  return ["WEBVTT\n", ...blocks].join("\n");
}

/** All data, in the format of the HTTP API. */
export function toJson(segments, about = {}) {
  const text = joinTexts(segments.map((segment) => segment.text));
  return JSON.stringify({ ...about, text, segments }, null, 2) + "\n";
}

/** Start and end in whole milliseconds, and text; tabs and line breaks become spaces. */
export function toTsv(segments) {
  const rows = segments.map((segment) =>
    [
      Math.round(1000 * segment.start),
      Math.round(1000 * segment.end),
      line(segment).replace(/\s+/g, " "),
    ].join("\t"),
  );
  return ["start\tend\ttext", ...rows].join("\n") + "\n";
}

/**
 * Every format, by the server's names, in the order of the menus. Only the server can write those
 * without `make`.
 */
export const FORMATS = {
  txt: { make: toTxt, type: "text/plain;charset=utf-8" },
  docx: {},
  pdf: {},
  html: {},
  md: {},
  srt: { make: toSrt, type: "application/x-subrip;charset=utf-8" },
  vtt: { make: toVtt, type: "text/vtt;charset=utf-8" },
  csv: {},
  tsv: { make: toTsv, type: "text/tab-separated-values;charset=utf-8" },
  json: { make: toJson, type: "application/json" },
};
