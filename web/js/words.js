/** The words within a text. No elements. */

/** Probability below which a word counts as doubted, and as most likely wrong. */
const DOUBTED = 0.7;
const WRONG = 0.4;

/** 0: sure, 1: doubted, 2: most likely wrong. */
export function doubt(probability) {
  if (!(probability < DOUBTED)) return 0;
  return probability < WRONG ? 2 : 1;
}

/**
 * The text of a segment as parts, those that are words with their word: spaces and signs between
 * the words stay as they are.
 * @returns {{text: string, word: object|null}[]}
 */
export function parts({ text, words }) {
  const found = [];
  let place = 0;
  for (const word of words ?? []) {
    const letters = word.word.trim();
    const at = letters ? text.indexOf(letters, place) : -1;
    if (at < 0) continue; // somebody corrected it
    if (at > place) found.push({ text: text.slice(place, at), word: null });
    found.push({ text: letters, word });
    place = at + letters.length;
  }
  if (place < text.length) found.push({ text: text.slice(place), word: null });
  return found;
}
