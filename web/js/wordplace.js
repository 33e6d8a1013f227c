/**
 * The word under the pointer. Words are plain text: with an element for each, every change of a
 * long session made the browser walk over 250,000 nodes.
 */

import { rangeOf, textNodes } from "./files/search.js";
import { parts } from "./words.js";

/**
 * The word with times at the place of a pointer event.
 * @param {PointerEvent|MouseEvent} event
 * @param {(line: Element) => object|undefined} segmentOf the segment that a line shows
 * @returns {{word: object, range: Range}|null}
 */
export function wordAt({ target, clientX: x, clientY: y }, segmentOf) {
  const paragraph = target.closest(".timed");
  const line = paragraph?.parentElement;
  const letter = paragraph ? letterAt(paragraph, x, y) : -1;
  const segment = letter < 0 ? undefined : segmentOf(line);
  if (!segment) return null;
  for (const { text, word, at } of parts(segment)) {
    if (!word || letter < at || letter > at + text.length) continue;
    const range = rangeOf(line, { at, length: text.length });
    if (range && covers(range, x, y)) return { word, range };
  }
  return null;
}

/** The place in the text of the caret nearest to a point; -1: none. */
function letterAt(paragraph, x, y) {
  const [node, offset] = caretAt(x, y);
  const found = textNodes(paragraph).find((item) => item.node === node);
  return found ? found.start + offset : -1;
}

function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const caret = document.caretPositionFromPoint(x, y);
    return [caret?.offsetNode, caret?.offset];
  }
  const range = document.caretRangeFromPoint?.(x, y); // Safari before 18.4
  return [range?.startContainer, range?.startOffset];
}

function covers(range, x, y) {
  return [...range.getClientRects()].some(
    ({ left, right, top, bottom }) => x >= left && x <= right && y >= top && y <= bottom,
  );
}
