import assert from "node:assert/strict";
import test from "node:test";
import { equal, merge } from "../../../web/js/files/merge.js";
import { chance } from "./chance.js";

const line = (text, start) => ({ start, end: start + 1, text });
const state = (texts, speakers = {}) => ({
  segments: texts.map((text, at) => line(text, at)),
  speakers,
});
const textsOf = ({ segments }) => segments.map(({ text }) => text);
const put = (from, at, count, ...texts) => ({
  ...from,
  segments: [
    ...from.segments.slice(0, at),
    ...texts.map((text, more) => line(text, at + more / 10)),
    ...from.segments.slice(at + count),
  ],
});

test("lines that only one side changed are merged, even adjacent ones", () => {
  const base = state(["a", "b", "c", "d"]);
  const merged = merge(base, put(base, 1, 1, "B"), put(put(base, 2, 1, "C"), 3, 1));
  assert.deepEqual(merged.collisions, []);
  assert.deepEqual([merged.mine, merged.theirs], [1, 1]);
  assert.deepEqual(textsOf(merged.build()), ["a", "B", "C"]);
});

test("a line that both changed is a conflict, unless they agree", () => {
  const base = state(["a", "b", "c"], { 0: "Kim" });
  const mine = { ...put(put(base, 0, 1, "A"), 2, 1, "both"), speakers: { 0: "Lee", 1: "Park" } };
  const theirs = { ...put(put(base, 0, 1, "ä"), 2, 1, "both"), speakers: { 0: "Choi" } };
  const merged = merge(base, mine, theirs);
  assert.deepEqual(merged.collisions, [
    { mine: "A", theirs: "ä" },
    { mine: "Lee", theirs: "Choi" },
  ]);
  assert.deepEqual(textsOf(merged.build()), ["A", "b", "both"]);
  const built = merged.build([true, true]);
  assert.deepEqual(textsOf(built), ["ä", "b", "both"]);
  assert.deepEqual(built.speakers, { 0: "Choi", 1: "Park" });
});

test("split or joined lines conflict as a whole", () => {
  const base = state(["a b", "c", "d"]);
  const merged = merge(base, put(base, 0, 1, "a", "b"), put(base, 0, 2, "a b c"));
  assert.deepEqual(merged.collisions, [{ mine: "a b c", theirs: "a b c" }]);
  assert.deepEqual(textsOf(merged.build([true])), ["a b c", "d"]);
});

test("the order of a segment's fields is irrelevant", () => {
  const base = { segments: [{ start: 0, end: 1, text: "a", words: [], speaker: 1 }], speakers: {} };
  const same = { segments: [{ text: "a", speaker: 1, start: 0, end: 1 }], speakers: {} };
  assert.ok(equal(base, same));
  assert.ok(!equal(base, { ...same, speakers: { 1: "Kim" } }));
});

test("a merge loses and invents nothing", () => {
  for (let seed = 1; seed < 200; seed += 1) {
    const { below } = chance(seed);
    const base = state(Array.from({ length: 12 }, (_, at) => `line ${at}`));
    const edited = (who) => {
      let made = base;
      for (let turn = 0; turn < 3; turn += 1) {
        const at = below(made.segments.length);
        const texts = Array.from({ length: below(3) }, (_, n) => `${who} ${seed} ${turn} ${n}`);
        made = put(made, at, below(2), ...texts);
      }
      return made;
    };
    const [mine, theirs] = [edited("mine"), edited("theirs")];
    const merged = merge(base, mine, theirs);
    const kept = [merged.build(), merged.build(merged.collisions.map(() => true))].map(textsOf);
    for (const [own, at] of [[mine, 0], [theirs, 1]]) {
      for (const text of textsOf(own).filter((one) => !one.startsWith("line"))) {
        assert.ok(kept[at].includes(text), `${seed}: ${text}`);
      }
    }
    assert.ok(equal(merge(base, mine, base).build(), mine));
    assert.ok(equal(merge(base, base, theirs).build(), theirs));
  }
});
