/** The parts of a recording in which nobody speaks, by the times of its words. Pure functions. */

/** Kept before and after speech: the times of words may be off by this much. */
const MARGIN_S = 0.25;
/** Shortest remainder of a pause that is worth a jump, which itself is heard as a small break. */
const LEAST_S = 0.5;
/** What masking writes in place of words; a tag also stands for the words up to the next one. */
const MASK = /\*|\[[A-Z_]+\]/;

/** Spans of speech of one segment: of its words, or the whole of it if there are none. */
function spans({ start, end, words }) {
  if (!words?.length) return [{ start, end }];
  return words.map((word, at) => {
    const next = words[at + 1]?.start ?? end;
    return { start: word.start, end: MASK.test(word.word) ? Math.max(next, word.end) : word.end };
  });
}

/**
 * @param {object[]} segments
 * @returns {{from: number, to: number}[]} in seconds and in order; the last one has no end. Empty
 *   without any speech.
 */
export function silences(segments) {
  const spoken = segments
    .filter(({ text }) => text.trim())
    .flatMap(spans)
    .sort((one, other) => one.start - other.start);
  const found = [];
  let from = 0;
  for (const { start, end } of spoken) {
    if (start - MARGIN_S - from >= LEAST_S) found.push({ from, to: start - MARGIN_S });
    from = Math.max(from, end + MARGIN_S);
  }
  return spoken.length ? [...found, { from, to: Infinity }] : [];
}

/** Where playing goes on if `time` is in a silence; null: it is not, or hardly any more. */
export function endOfSilence(found, time) {
  const here = found.find(({ to }) => to > time);
  return here && here.from <= time && here.to - time >= LEAST_S ? here.to : null;
}
