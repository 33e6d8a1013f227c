import assert from "node:assert/strict";
import test from "node:test";
import { compared, pairsOf, tokensOf } from "../../../web/js/files/compare.js";
import { chance } from "./chance.js";

const said = (start, text, more = {}) => ({ start, end: start + 2, text, ...more });
const marked = (side) =>
  side.map(({ text, differs }) => (differs ? `[${text}]` : text)).join(" ");

test("both transcripts are side by side, and differences are marked word by word", () => {
  const one = [said(0, "Send the report."), said(2, "To Alice, at once."), said(4, "Bye")];
  const other = [said(0, "send a report to"), said(2.4, "alice at once please."), said(4, "Bye!")];
  const { rows, same, words } = compared(one, other);
  assert.deepEqual(
    rows.map(({ sides, differs }) => [...sides.map(marked), differs]),
    [
      ["Send [the] report.", "send [a] report", true],
      ["To Alice, at once.", "to alice at once [please.]", true],
      ["Bye", "Bye!", false],
    ],
  );
  assert.deepEqual([same, words], [7, 9]);
});

test("turns of speakers are marked on each side", () => {
  const one = [said(0, "Hello", { speaker: 0 }), said(2, "Hi there", { speaker: 1 })];
  const { rows } = compared(one, [said(0, "Hello Hi there", { speaker: 0 })]);
  const turns = (index) => rows.map(({ sides }) => sides[index].map(({ speaker }) => speaker));
  assert.deepEqual(turns(0), [[0], [1, null]]);
  assert.deepEqual(turns(1), [[0], [null, null]]);
});

test("an empty transcript is beside all of the other", () => {
  assert.deepEqual(compared([], []).rows, []);
  const [row] = compared([], [said(0, "Hello")]).rows;
  assert.deepEqual(row.sides.map(marked), ["", "[Hello]"]);
});

test("every word is shown once, in order, with any differences and any length", () => {
  const { next, below } = chance(7);
  const pick = () => `w${below(300)}`;
  const truth = Array.from({ length: 4000 }, pick);
  const heard = (share, isShort) => {
    const words = truth.flatMap((word, at) => {
      const start = at / 4;
      if (isShort && at > 2000 && at < 2700) return []; // omits several minutes
      if (next() >= share) return [{ start, word }];
      return next() < 0.5 ? [] : [{ start, word: pick() }];
    });
    return Array.from({ length: Math.ceil(words.length / 8) }, (_, at) => {
      const own = words.slice(8 * at, 8 * at + 8);
      return said(own[0].start, own.map(({ word }) => word).join(" "));
    });
  };
  const [one, other] = [heard(0.05, false), heard(0.15, true)];
  const { rows, same } = compared(one, other);
  [one, other].forEach((segments, index) => {
    const shown = rows.flatMap(({ sides }) => sides[index].map(({ text }) => text));
    assert.deepEqual(shown, tokensOf(segments).map(({ text }) => text));
  });
  assert.ok(same > 2300, `${same} of about 3,300 are the same`);
  const pairs = pairsOf(tokensOf(one), tokensOf(other));
  for (const [index, [row, column]] of pairs.slice(1).entries()) {
    assert.ok(row > pairs[index][0] && column > pairs[index][1]);
  }
});
