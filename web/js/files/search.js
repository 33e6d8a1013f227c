/** Finds text in a transcript and marks it without changing the elements (CSS highlights). */

import { t } from "../i18n.js";

/** Maximum number of marked matches; further ones are only counted. */
const MOST_MARKED = 1000;

/**
 * Matches of `pattern`.
 * @param {object[]} segments
 * @param {RegExp} pattern global
 * @returns {{index: number, at: number, length: number}[]}
 */
export function places(segments, pattern) {
  const found = [];
  segments.forEach(({ text }, index) => {
    for (const match of text.matchAll(pattern))
      if (match[0]) found.push({ index, at: match.index, length: match[0].length });
  });
  return found;
}

/** A match as a DOM range; null: the line shows something else, such as a field. */
export function rangeOf(line, { at, length }) {
  const paragraph = line?.querySelector("p");
  if (!paragraph) return null;
  const nodes = textNodes(paragraph);
  const last = nodes.at(-1);
  if (!last || last.start + last.node.data.length < at + length) return null;
  const range = document.createRange();
  range.setStart(...position(nodes, at));
  range.setEnd(...position(nodes, at + length, true));
  return range;
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

/** Mark only these ranges by this name; without any, nothing. @param {...(Range|null|undefined)} ranges */
export function highlight(name, ...ranges) {
  const found = ranges.filter(Boolean);
  if (found.length) CSS.highlights?.set(name, new Highlight(...found));
  else CSS.highlights?.delete(name);
}

/** Mark matches, the one with the number `current` more strongly. */
export function mark(found, current, lineOf) {
  const first = Math.max(0, Math.min(current - MOST_MARKED / 2, found.length - MOST_MARKED));
  const near = found.slice(first, first + MOST_MARKED);
  const ranges = near.map((place) => rangeOf(lineOf(place.index), place));
  highlight("found", ...ranges);
  highlight("found-now", ranges[current - first]);
}

export function unmark() {
  highlight("found");
  highlight("found-now");
}

/** The number of the current match. @param {number} current from 0 */
export function countText(current, total) {
  return total ? t("search.count", { n: current + 1, total }) : t("search.none");
}
