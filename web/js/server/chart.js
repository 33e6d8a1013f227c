/** A small SVG chart of lines over time; its label contains the figures too. */

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { path, roundUp } from "./curve.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [520, 150];
const BOX = { left: 54, right: 8, top: 10, bottom: 22 };

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * @param {string} title
 * @param {string} about
 * @param {{name: string, values: (number|null)[], most?: number, show: (value: number) => string}[]} lines
 * @param {number} minutes range of the chart
 */
export function chart(title, about, lines, minutes) {
  const [wide, high] = [WIDTH - BOX.left - BOX.right, HEIGHT - BOX.top - BOX.bottom];
  const count = Math.max(2, ...lines.map((line) => line.values.length));
  const x = (index) => BOX.left + (wide * index) / (count - 1);
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img" });
  const [first] = lines;
  const top = first.most ?? roundUp(Math.max(0, ...lines.flatMap((line) => line.values)));
  const nothing = lines.every((line) => line.values.every((value) => value === null));
  for (const share of [0, 0.5, 1]) {
    const y = BOX.top + high * (1 - share);
    picture.append(
      svg("line", { x1: BOX.left, x2: WIDTH - BOX.right, y1: y, y2: y, class: "grid" }),
      svg(
        "text",
        { x: BOX.left - 6, y: y + 4, "text-anchor": "end" },
        nothing ? "" : first.show(top * share),
      ),
    );
  }
  if (nothing) {
    const middle = { x: BOX.left + wide / 2, y: BOX.top + high / 2 - 6, "text-anchor": "middle" };
    picture.append(svg("text", middle, t("chart.none")));
  }
  picture.append(
    svg("text", { x: BOX.left, y: HEIGHT - 5 }, t("chart.minutes", { n: minutes })),
    svg("text", { x: WIDTH - BOX.right, y: HEIGHT - 5, "text-anchor": "end" }, t("chart.now")),
  );
  const summary = [];
  lines.forEach(({ name, values, show, most }, index) => {
    const scale = most ?? top;
    const y = (value) => BOX.top + high * (1 - Math.min(1, value / scale));
    picture.append(svg("path", { d: path(values, x, y), class: `curve curve-${index}` }));
    const known = values.filter((value) => value !== null);
    summary.push(
      t("chart.summary", {
        name,
        last: known.length ? show(known.at(-1)) : "–",
        most: known.length ? show(Math.max(...known)) : "–",
      }),
    );
  });
  picture.setAttribute("aria-label", summary.join("; "));
  const legend = lines.map(({ name, values, show }, index) => {
    const last = values.findLast((value) => value !== null);
    return h(
      "span",
      { class: `key key-${index}` },
      name,
      h("b", {}, last === undefined ? "–" : show(last)),
    );
  });
  return h(
    "section",
    { class: "card fact" },
    h("div", { class: "chart-head" }, h("h2", {}, title), h("p", { class: "legend" }, ...legend)),
    picture,
    h("p", { class: "soft small" }, about),
  );
}
