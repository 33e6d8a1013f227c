/** Finds text in a transcript and marks it, without touching the elements (CSS highlights). */

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

/**
 * A field that finds as one types; Enter goes to the next place, with shift to the one before.
 * @param {() => Iterable<Element>} paragraphs where to look
 * @returns {Node[]}
 */
export function searchField(paragraphs) {
  let found = [];
  let current = 0;
  const count = h("span", { class: "count", role: "status" });
  const field = h("input", {
    type: "search",
    placeholder: t("search"),
    "aria-label": t("search"),
  });
  const reveal = () => {
    const values = { n: found.length ? current + 1 : 0, total: found.length };
    count.textContent = field.value.trim() ? t("search.count", values) : "";
    mark(found, current);
    found[current]?.startContainer.parentElement.scrollIntoView({ block: "center" });
  };
  field.addEventListener("input", () => {
    found = places(paragraphs(), field.value);
    current = 0;
    reveal();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !found.length) return;
    event.preventDefault();
    current = (current + (event.shiftKey ? found.length - 1 : 1)) % found.length;
    reveal();
  });
  return [icon("search"), field, count];
}

/** All places of `wanted` below each of `paragraphs`, as ranges. */
export function places(paragraphs, wanted) {
  const needle = wanted.trim().toLowerCase();
  if (!needle) return [];
  const found = [];
  for (const paragraph of paragraphs) {
    const nodes = textNodes(paragraph);
    // Letter by letter, since a few letters grow when they are made small.
    const text = nodes
      .map(({ node }) =>
        [...node.data]
          .map((c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c))
          .join(""),
      )
      .join("");
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      const range = document.createRange();
      range.setStart(...position(nodes, at));
      range.setEnd(...position(nodes, at + needle.length, true));
      found.push(range);
    }
  }
  return found;
}

function textNodes(root) {
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

/** Mark all places, the one numbered `current` more than the others. */
export function mark(ranges, current) {
  if (!CSS.highlights) return;
  CSS.highlights.set("found", new Highlight(...ranges));
  CSS.highlights.set("found-now", new Highlight(...ranges.slice(current, current + 1)));
}

export function unmark() {
  CSS.highlights?.delete("found");
  CSS.highlights?.delete("found-now");
}
