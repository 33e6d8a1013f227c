/** Finds text in a transcript and marks it without changing the elements (CSS highlights). */

import { t } from "../i18n.js";

/** Maximum number of marked matches; further ones are only counted. */
const MOST_MARKED = 1000;
/** Matches marked at once, more than a window shows. The others follow, so that a letter that is
 * typed does not wait for them. */
const AT_ONCE = 80;
const A_PIECE = 80;
const PIECE_MS = 40;
/** The timer of the next piece. */
let next = 0;

/**
 * Matches of `pattern`.
 * @param {object[]} segments
 * @param {RegExp} pattern global
 * @returns {{index: number, at: number, length: number}[]}
 */
export function places(segments, pattern) {
  const found = [];
  segments.forEach(({ text }, index) => {
    pattern.lastIndex = 0;
    // Not matchAll, which makes a pattern for each line: 14 instead of 2 ms for 5,000 lines.
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const { length } = match[0];
      if (length) found.push({ index, at: match.index, length });
      else pattern.lastIndex += 1;
    }
  });
  return found;
}

/** A match as a DOM range; null: the line shows something else, such as a field. */
export function rangeOf(line, place) {
  const span = spanOf(line, place);
  if (!span) return null;
  const range = document.createRange();
  range.setStart(span.startContainer, span.startOffset);
  range.setEnd(span.endContainer, span.endOffset);
  return range;
}

/** The ends of a match in the DOM, or null. */
function spanOf(line, { at, length }) {
  const paragraph = line?.querySelector("p");
  if (!paragraph) return null;
  const nodes = textNodes(paragraph);
  const last = nodes.at(-1);
  if (!last || last.start + last.node.data.length < at + length) return null;
  const [startContainer, startOffset] = position(nodes, at);
  const [endContainer, endOffset] = position(nodes, at + length, true);
  return { startContainer, startOffset, endContainer, endOffset };
}

/** The text nodes of an element, each with the place in the text where it starts. */
export function textNodes(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let start = 0;
  while (walker.nextNode()) {
    nodes.push({ node: walker.currentNode, start });
    start += walker.currentNode.data.length;
  }
  return nodes;
}

function position(nodes, at, isEnd = false) {
  const { node, start } = nodes.findLast((item) => (isEnd ? item.start < at : item.start <= at));
  return [node, at - start];
}

/** Mark only these ranges by this name; without any, nothing. @param {...(AbstractRange|null|undefined)} ranges */
export function highlight(name, ...ranges) {
  const found = ranges.filter(Boolean);
  if (found.length) CSS.highlights?.set(name, new Highlight(...found));
  else CSS.highlights?.delete(name);
}

/**
 * Mark matches, the one with the number `current` more strongly.
 * @param {boolean} isSame whether the same was marked before: those marks stay until all are there
 */
export function mark(found, current, lineOf, isSame = false) {
  clearTimeout(next);
  if (!CSS.highlights) return; // an old browser
  const first = Math.max(0, Math.min(current - MOST_MARKED / 2, found.length - MOST_MARKED));
  const around = Math.max(first, current - AT_ONCE / 2);
  const last = first + MOST_MARKED;
  const inOrder = [...found.slice(around, last), ...found.slice(first, around)];
  const marks = new Highlight();
  if (!isSame) CSS.highlights.set("found", marks);
  addMarks(marks, inOrder, AT_ONCE, lineOf);
  const place = found[current];
  highlight("found-now", place && rangeOf(lineOf(place.index), place));
}

/** Mark the first matches, and the others in pieces. */
function addMarks(marks, places, count, lineOf) {
  for (const place of places.slice(0, count)) {
    const span = spanOf(lineOf(place.index), place);
    // Static: browsers look at every live range whenever the page changes.
    if (span) marks.add(new StaticRange(span));
  }
  const rest = places.slice(count);
  if (rest.length) next = setTimeout(() => addMarks(marks, rest, A_PIECE, lineOf), PIECE_MS);
  else CSS.highlights.set("found", marks);
}

export function unmark() {
  clearTimeout(next);
  highlight("found");
  highlight("found-now");
}

/** The number of the current match. @param {number} current from 0 */
export function countText(current, total) {
  return total ? t("search.count", { n: current + 1, total }) : t("search.none");
}
