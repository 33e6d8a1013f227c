import assert from "node:assert/strict";
import test from "node:test";
import { corrections, merge, realign, split } from "../../../web/js/files/align.js";
import { common } from "../../../web/js/files/diff.js";
import { chance } from "./chance.js";

const LINE = {
  start: 1,
  end: 4,
  text: "Send the report to Bob.",
  speaker: 1,
  words: [
    { word: " Send", start: 1, end: 1.4, probability: 0.9 },
    { word: " the", start: 1.4, end: 1.6, probability: 0.9 },
    { word: " report", start: 1.6, end: 2.4, probability: 0.3 },
    { word: " to", start: 2.8, end: 3, probability: 0.9 },
    { word: " Bob.", start: 3, end: 3.8, probability: 0.9 },
  ],
};

const spans = ({ words }) => words.map(({ word, start, end }) => [word, start, end]);

test("unchanged words keep their times, a corrected word has that of the old one", () => {
  assert.deepEqual(spans(realign(LINE, "Send the letters to Bob!")), [
    [" Send", 1, 1.4],
    [" the", 1.4, 1.6],
    [" letters", 1.6, 2.4],
    [" to", 2.8, 3],
    [" Bob!", 3, 3.8],
  ]);
  const [, , letters, , bob] = realign(LINE, "Send the letters to Bob!").words;
  assert.equal("probability" in letters, false, "a person is sure");
  assert.equal(bob.probability, 0.9);
});

test("a word inserted in a pause fills it; without a pause it shares its neighbour's time", () => {
  assert.deepEqual(spans(realign(LINE, "Send the report over to Bob."))[3], [" over", 2.4, 2.8]);
  assert.deepEqual(spans(realign(LINE, "Send us the report to Bob.")).slice(0, 3), [
    [" Send", 1, 1.267],
    [" us", 1.267, 1.4],
    [" the", 1.4, 1.6],
  ]);
  assert.deepEqual(spans(realign(LINE, "Bob.")), [[" Bob.", 3, 3.8]]);
  assert.deepEqual(realign(LINE, " ").words, []);
  assert.equal(realign(LINE, LINE.text), LINE);
});

test("after any typing, the words spell the text and ascend in time", () => {
  const some = ["the", "report", "Bob.", "안녕하세요", "네,", "2026", "to", "—"];
  for (let seed = 1; seed < 300; seed += 1) {
    const { below } = chance(seed);
    let segment = LINE;
    for (let turn = 0; turn < 4; turn += 1) {
      const tokens = segment.text.split(" ").filter(Boolean);
      tokens.splice(below(tokens.length + 1), below(3), ...some.slice(below(8)).slice(0, below(4)));
      segment = realign(segment, tokens.join(" "));
      const { words } = segment;
      if (!words.length) break; // no words left to take times from
      assert.equal(
        words
          .map(({ word }) => word)
          .join("")
          .trim(),
        segment.text,
      );
      let last = segment.start;
      for (const { start, end } of words) {
        assert.ok(start >= last - 1e-9 && end >= start - 1e-9, `${seed}: ${start} … ${end}`);
        last = end;
      }
      assert.ok(last <= segment.end + 1e-9);
    }
  }
});

test("splitting and merging again changes nothing", () => {
  const [first, second] = split(LINE, LINE.text.indexOf("report"));
  assert.deepEqual([first.text, first.start, first.end], ["Send the", 1, 1.6]);
  assert.deepEqual([second.text, second.start, second.end], ["report to Bob.", 1.6, 4]);
  assert.deepEqual(merge(first, second), LINE);
  assert.equal(split(LINE, 0), null);
  assert.equal(split(LINE, LINE.text.length), null);
  const [re, port] = split(LINE, LINE.text.indexOf("port"));
  assert.deepEqual([re.words.at(-1).word, re.words.at(-1).end], [" re", 1.867]);
  assert.deepEqual([port.words[0].word, port.words[0].start], [" port", 1.867]);
  const { words: _, ...bare } = LINE;
  assert.equal(split(bare, 8)[0].end, split(bare, 8)[1].start);
  assert.equal("words" in merge(bare, LINE), false);
});

test("corrections are listed word by word", () => {
  assert.deepEqual(corrections("Call Kubernets, please.", "Call Kubernetes, please."), [
    { from: "Kubernets", to: "Kubernetes" },
  ]);
  assert.deepEqual(corrections("쿠버네 티즈를 켜요", "쿠버네티스를 켜요"), [
    { from: "쿠버네 티즈를", to: "쿠버네티스를" },
  ]);
  assert.deepEqual(corrections("a b", "a b c"), []);
  assert.deepEqual(corrections("Hello, Bob", "Hello Bob!"), []);
});

test("the common part of two lists is as long as possible", () => {
  for (let seed = 1; seed < 300; seed += 1) {
    const { below } = chance(seed);
    const list = () => Array.from({ length: below(14) }, () => "abcd"[below(4)]);
    const [one, other] = [list(), list()];
    const pairs = common(one, other);
    let [a, b] = [-1, -1];
    for (const [left, right] of pairs) {
      assert.ok(left > a && right > b && one[left] === other[right]);
      [a, b] = [left, right];
    }
    assert.equal(pairs.length, longest(one, other), `${one} / ${other}`);
  }
});

function longest(one, other) {
  const table = Array.from({ length: one.length + 1 }, () => new Array(other.length + 1).fill(0));
  for (let i = 1; i <= one.length; i += 1)
    for (let j = 1; j <= other.length; j += 1)
      table[i][j] =
        one[i - 1] === other[j - 1]
          ? table[i - 1][j - 1] + 1
          : Math.max(table[i - 1][j], table[i][j - 1]);
  return table[one.length][other.length];
}
