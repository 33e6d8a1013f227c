/** Geometry of charts: figures in, the path of a line out. */

/** The next round figure: 1, 2 or 5 times a power of ten. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

/**
 * The path of one line, with gaps where values are null.
 * @param {(number|null)[]} values
 * @param {(index: number) => number} x
 * @param {(value: number) => number} y
 */
export function path(values, x, y) {
  let drawn = "";
  let open = false;
  values.forEach((value, index) => {
    if (value === null) {
      open = false;
      return;
    }
    const point = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    // A single value becomes a dot: a line of zero length with round ends.
    drawn += open ? `L${point}` : `M${point}l0 0`;
    open = true;
  });
  return drawn;
}
