import assert from "node:assert/strict";
import test from "node:test";
import { Lines } from "../../../web/js/files/document.js";
import { speakersOf } from "../../../web/js/speakers.js";

class Held extends Lines {
  constructor(segments) {
    super();
    this.segments = segments;
  }

  splice(from, count, made) {
    this.segments.splice(from, count, ...made);
  }
}

test("a line is given to another speaker, with those of its words that have one", () => {
  const words = [{ word: "a", speaker: 0 }, { word: "b" }];
  const held = new Held([
    { text: "a b", speaker: 0, words },
    { text: "c", channel: 1 },
  ]);
  assert.equal(held.assign(0, 0), false);
  assert.equal(held.assign(1, 1), false, "the channel is the speaker");
  assert.equal(held.assign(0, 2), true);
  assert.deepEqual(held.segments[0], {
    text: "a b",
    speaker: 2,
    words: [{ word: "a", speaker: 2 }, { word: "b" }],
  });
  assert.equal(held.assign(1, 0), true);
  assert.deepEqual(speakersOf(held.segments), [0, 2]);
  assert.deepEqual(speakersOf([{ text: "nobody's" }]), []);
});
