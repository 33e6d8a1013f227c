import assert from "node:assert/strict";
import test from "node:test";
import { LiveDocument } from "../../../web/js/live/document.js";
import { Transcript } from "../../../web/js/live/transcript.js";
import { chance } from "./chance.js";

const final = (start, text) => ({ type: "final", start, end: start + 1, text, language: "ko" });

/** A session with these lines of one second each, its document, and the recorded steps. */
function session(...texts) {
  const transcript = new Transcript();
  transcript.begin(0);
  texts.forEach((text, index) => transcript.take(final(index, text)));
  const steps = [];
  return { transcript, steps, document: new LiveDocument(transcript, (step) => steps.push(step)) };
}

const texts = ({ segments }) => segments.map(({ text }) => text);

test("lines are split, joined and typed while others arrive, and all can be undone", () => {
  const { transcript, document } = session("one two", "three", "four");
  assert.ok(document.split(0, 4));
  transcript.take(final(3, "five"));
  assert.ok(document.merge(2));
  document.retype(0, "uno");
  assert.deepEqual(texts(transcript), ["uno", "two", "three four", "five"]);
  assert.ok(transcript.segments[0].edited && !transcript.segments[3].edited);
  transcript.take(final(4, "six"));
  for (let left = 3; left > 0; left -= 1) document.undo();
  assert.deepEqual(texts(transcript), ["one two", "three", "four", "five", "six"]);
  assert.ok(!document.canUndo && !transcript.segments[0].edited);
  for (let left = 3; left > 0; left -= 1) document.redo();
  assert.deepEqual(texts(transcript), ["uno", "two", "three four", "five", "six"]);
  assert.ok(!document.canRedo);
});

test("uninterrupted typing is one step", () => {
  const { transcript, document } = session("one");
  const [base] = transcript.segments;
  for (const text of ["on", "o", "oh"]) document.splice(0, 1, [{ ...base, text }], "type");
  document.endStep();
  document.splice(0, 1, [{ ...transcript.segments[0], text: "ah" }], "type");
  document.undo();
  assert.deepEqual(texts(transcript), ["oh"]);
  document.undo();
  assert.deepEqual(texts(transcript), ["one"]);
});

test("a late translation finds the current line at its time", () => {
  const { transcript, document } = session("하나 둘", "셋");
  document.retype(0, "하나 둘 넷");
  document.merge(0);
  document.segments[0].marked = true;
  transcript.translate({ start: 0, end: 1, text: "One, two." });
  transcript.translate({ start: 1, end: 2, text: "Three." });
  transcript.settle();
  const said = () => transcript.segments.map((one) => (one.translations ?? []).map((t) => t.text));
  assert.deepEqual(said(), [["One, two.", "Three."]]);
  document.undo();
  assert.deepEqual(said(), [["One, two."], ["Three."]]);
  assert.deepEqual(transcript.segments.map(({ marked }) => Boolean(marked)), [true, false]);
});

test("a translation is deleted with its line", () => {
  const { transcript, document } = session("하나");
  document.splice(0, 1, []);
  transcript.translate({ start: 0, end: 1, text: "One." });
  transcript.settle();
  assert.deepEqual(transcript.segments, []);
  document.undo();
  assert.deepEqual(texts(transcript), ["하나"]);
});

test("lines of two recordings are not joined", () => {
  const { transcript, document } = session("one");
  transcript.begin(60_000);
  transcript.take(final(0, "two"));
  assert.ok(!document.merge(0) && !document.merge(1));
  assert.deepEqual(texts(transcript), ["one", "two"]);
});

test("after any edits, undos and new lines, every line has its place and is stored", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const { below } = chance(seed);
    const { transcript, document } = session("a b c", "d e");
    const kept = [];
    const keep = () => {
      for (const { n, segment } of transcript.takeUnsaved()) kept[n] = segment;
      kept.length = transcript.segments.length;
    };
    for (let left = 25; left > 0; left -= 1) {
      const index = below(Math.max(1, transcript.segments.length));
      const does = [
        () => transcript.take(final(60 - left, "f g")),
        () => transcript.segments[index] && document.split(index, 1 + below(3)),
        () => document.merge(index),
        () => transcript.segments[index] && document.retype(index, `x ${left}`),
        () => transcript.segments[index] && document.splice(index, 1, []),
        () => document.undo(),
        () => document.redo(),
        keep,
      ];
      does[below(does.length)]();
      transcript.segments.forEach((one, at) => assert.equal(transcript.placeOf(one), at, `${seed}`));
    }
    keep();
    assert.deepEqual(kept, transcript.segments, `seed ${seed}`);
    while (document.canUndo) document.undo();
    assert.deepEqual(texts(transcript).slice(0, 2), ["a b c", "d e"], `seed ${seed}`);
  }
});
