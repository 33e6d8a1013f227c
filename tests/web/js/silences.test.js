import assert from "node:assert/strict";
import test from "node:test";
import { endOfSilence, silences } from "../../../web/js/files/silences.js";

const word = (start, end, text = " word") => ({ word: text, start, end });
const line = (start, end, words, text = "said") => ({ start, end, text, words });

test("the time between words is silent, except for a margin on both sides", () => {
  const found = silences([
    line(2, 9, [word(2, 3), word(3.2, 4), word(8, 9)]),
    line(9.6, 12), // without word times, all of it counts as speech
  ]);
  assert.deepEqual(found, [
    { from: 0, to: 1.75 },
    { from: 4.25, to: 7.75 },
    { from: 12.25, to: Infinity },
  ]);
  assert.equal(endOfSilence(found, 0), 1.75);
  assert.equal(endOfSilence(found, 4.1), null, "the margin is heard");
  assert.equal(endOfSilence(found, 5), 7.75);
  assert.equal(endOfSilence(found, 7.5), null, "hardly anything is left of it");
  assert.equal(endOfSilence(found, 20), Infinity);
});

test("without any speech nothing is skipped, and lines may overlap or be empty", () => {
  assert.deepEqual(silences([]), []);
  assert.deepEqual(silences([line(1, 9, undefined, " ")]), []);
  const found = silences([line(0, 8, [word(0, 8)]), line(1, 3, [word(1, 3)]), line(8, 9)]);
  assert.deepEqual(found, [{ from: 9.25, to: Infinity }]);
});

test("masked words count as speech up to the next word", () => {
  const found = silences([line(0, 9, [word(0, 0.5), word(1, 1.2, " [PHONE]"), word(6, 9)])]);
  assert.deepEqual(found, [{ from: 9.25, to: Infinity }]);
});
