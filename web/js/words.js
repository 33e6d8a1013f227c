/** The words in a text. No elements. */

/** Probabilities below which a word counts as doubtful, and as probably wrong. */
const DOUBTED = 0.7;
const WRONG = 0.4;

/** 0: certain, 1: doubtful, 2: probably wrong. */
export function doubt(probability) {
  if (!(probability < DOUBTED)) return 0;
  return probability < WRONG ? 2 : 1;
}

/**
 * The text of a segment in parts, with the word for each part that is one; spaces and punctuation
 * between words are separate parts. `at`: its place in the text.
 * @returns {{text: string, word: object|null, at: number}[]}
 */
export function parts({ text, words }) {
  const found = [];
  let place = 0;
  for (const word of words ?? []) {
    const letters = word.word.trim();
    const at = letters ? text.indexOf(letters, place) : -1;
    if (at < 0) continue; // not in the text: it was corrected
    if (at > place) found.push({ text: text.slice(place, at), word: null, at: place });
    found.push({ text: letters, word, at });
    place = at + letters.length;
  }
  if (place < text.length) found.push({ text: text.slice(place), word: null, at: place });
  return found;
}
