/**
 * Layout flaws: text that is cut off by an element around it or lies outside of the window, sideways
 * scrolling, targets that are too small to hit, and names of keys on two lines. Text with an ellipsis is cut off on purpose.
 * @returns {string[]}
 */
() => {
  const SLACK = 2;
  /** Smallest size of a target in pixels (WCAG 2.2, 2.5.8). */
  const LEAST = 24;
  const found = new Set();
  const name = (element) =>
    `<${element.tagName.toLowerCase()} ${element.id || element.className?.baseVal || element.className}>`;
  const isSeen = (element) =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    !element.closest(".unseen, .skip, noscript, #toasts");
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) found.add("the page is wider than the window");

  const root = document.querySelector("dialog[open]") ?? document.body;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.trim();
    const element = node.parentElement;
    if (!text || !isSeen(element) || element.closest("option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const cut = cutBy(element, box);
    if (cut) found.add(`${cut}: ${text.slice(0, 60)}`);
  }
  for (const field of root.querySelectorAll("input[placeholder], select")) {
    if (!isSeen(field)) continue;
    const shown = field.matches("select") ? field.selectedOptions[0]?.textContent : field.placeholder;
    if (field.matches("input") && field.value) continue;
    const pen = document.createElement("canvas").getContext("2d");
    const style = getComputedStyle(field);
    pen.font = style.font;
    const arrow = field.matches("select") ? 20 : 0;
    const room =
      field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
    if (pen.measureText(shown ?? "").width > room + SLACK) found.add(`${name(field)} cuts: ${shown}`);
  }
  for (const target of root.querySelectorAll("button, summary, select")) {
    if (!isSeen(target)) continue;
    const { width, height } = target.getBoundingClientRect();
    if (Math.min(width, height) < LEAST) {
      found.add(`${name(target)} is ${Math.round(width)} by ${Math.round(height)}: ${target.textContent}`);
    }
  }
  for (const key of root.querySelectorAll("kbd"))
    if (key.getClientRects().length > 1) found.add(`${name(key)} breaks: ${key.textContent}`);
  return [...found];

  /** How this text is cut off; "" if it is not. */
  function cutBy(element, box) {
    for (let outer = element; outer && outer !== document.body; outer = outer.parentElement) {
      const style = getComputedStyle(outer);
      if (style.clipPath !== "none") return ""; // for screen readers only
      const { left, right, bottom } = outer.getBoundingClientRect();
      const isMeant = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      const isCut =
        (style.overflowX === "hidden" && (box.right > right + SLACK || box.left < left - SLACK)) ||
        (style.overflowY === "hidden" && box.bottom > bottom + SLACK);
      if (isCut) return isMeant ? "" : `cut off by ${name(outer)}`;
      if (style.overflowX === "auto" && outer.scrollWidth > outer.clientWidth + SLACK) {
        return `${name(outer)} scrolls sideways`;
      }
    }
    return box.right > innerWidth + SLACK || box.left < -SLACK ? "outside of the window" : "";
  }
}
