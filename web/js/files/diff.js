/** Common elements of two lists (Myers, An O(ND) Difference Algorithm, 1986). Pure. */

/** Differences after which the rest of two lists counts as different, to bound memory. */
const MOST = 1500;

/**
 * Pairs of indices, in order, at which both lists have the same element.
 * @param {string[]} before
 * @param {string[]} after
 * @returns {[number, number][]}
 */
export function common(before, after) {
  const pairs = [];
  let head = 0;
  const shorter = Math.min(before.length, after.length);
  while (head < shorter && before[head] === after[head]) {
    pairs.push([head, head]);
    head += 1;
  }
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const inner = shortest(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
  );
  for (const [one, other] of inner) pairs.push([head + one, head + other]);
  for (let left = tail; left > 0; left -= 1)
    pairs.push([before.length - left, after.length - left]);
  return pairs;
}

function shortest(before, after) {
  const [rows, columns] = [before.length, after.length];
  if (!rows || !columns) return [];
  const most = Math.min(rows + columns, MOST);
  const reach = new Int32Array(2 * most + 3);
  const middle = most + 1;
  const trail = [];
  for (let step = 0; step <= most; step += 1) {
    for (let line = -step; line <= step; line += 2) {
      const down =
        line === -step || (line !== step && reach[middle + line - 1] < reach[middle + line + 1]);
      let row = down ? reach[middle + line + 1] : reach[middle + line - 1] + 1;
      while (row < rows && row - line < columns && before[row] === after[row - line]) row += 1;
      reach[middle + line] = row;
      if (row >= rows && row - line >= columns) return walkBack(trail, middle, rows, columns, step);
    }
    trail.push(reach.slice(middle - step - 1, middle + step + 2));
  }
  return [];
}

function walkBack(trail, middle, rows, columns, steps) {
  const pairs = [];
  let [row, column] = [rows, columns];
  for (let step = steps; step > 0; step -= 1) {
    const known = trail[step - 1];
    const at = (line) => known[line + step];
    const line = row - column;
    const down = line === -step || (line !== step && at(line - 1) < at(line + 1));
    const beforeLine = down ? line + 1 : line - 1;
    const beforeRow = at(beforeLine);
    const beforeColumn = beforeRow - beforeLine;
    while (row > beforeRow + (down ? 0 : 1) && column > beforeColumn + (down ? 1 : 0)) {
      row -= 1;
      column -= 1;
      pairs.push([row, column]);
    }
    [row, column] = [beforeRow, beforeColumn];
  }
  while (row > 0 && column > 0) {
    row -= 1;
    column -= 1;
    pairs.push([row, column]);
  }
  return pairs.reverse();
}
