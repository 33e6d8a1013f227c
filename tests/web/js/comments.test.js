import assert from "node:assert/strict";
import test from "node:test";
import { merge as join, paragraphs, realign, split } from "../../../web/js/files/align.js";
import { listed, placed, withComments } from "../../../web/js/files/comments.js";
import { bodyOf } from "../../../web/js/files/keeper.js";
import { equal, merge, rebased } from "../../../web/js/files/merge.js";

const note = (text, name) => (name ? { text, name } : { text });
const line = (text, start, ...comments) =>
  withComments({ start, end: start + 1, text }, comments);
const state = (...segments) => ({ segments, speakers: {} });
const notes = ({ segments }) => listed(segments).map(({ start, text }) => `${start} ${text}`);

test("a comment stays with its line through every edit", () => {
  const segment = line("one two", 0, note("why?", "Kim"));
  assert.deepEqual(realign(segment, "one three").comments, [note("why?", "Kim")]);
  const [first, second] = split(segment, 4);
  assert.deepEqual(first.comments, segment.comments);
  assert.equal("comments" in second, false);
  const joined = join(segment, line("more", 1, note("so")));
  assert.deepEqual(joined.comments, [note("why?", "Kim"), note("so")]);
  assert.deepEqual(join(line("one", 0), line("two", 1, note("so"))).comments, [note("so")]);
  assert.deepEqual(listed(paragraphs([segment, line("more", 1, note("so"))])).length, 2);
  assert.ok(bodyOf(state(segment)).includes('"comments":[{"text":"why?","name":"Kim"}]'));
});

test("comments find their lines among other segments by their time", () => {
  const comments = listed([line("a", 0, note("x")), line("b", 2, note("y", "Lee"), note("z"))]);
  assert.deepEqual(comments.at(1), { start: 2, text: "y", name: "Lee" });
  const others = [line("all", 1), line("rest", 3)];
  assert.deepEqual(notes({ segments: placed(others, comments) }), ["1 x", "1 y", "1 z"]);
  assert.equal(others[0].comments, undefined, "what was there is not changed");
  assert.deepEqual(placed([], comments), []);
});

test("comments of two people on the same line are merged without a question", () => {
  const base = state(line("a", 0, note("old"), note("gone")), line("b", 1));
  const mine = state(line("a", 0, note("old"), note("mine")), line("b", 1));
  const theirs = state(line("a", 0, note("old"), note("gone"), note("theirs")), line("B", 1));
  const merged = merge(base, mine, theirs);
  assert.deepEqual(merged.collisions, []);
  assert.deepEqual(notes(merged.build()), ["0 old", "0 mine", "0 theirs"]);
  assert.equal(merged.build().segments[1].text, "B");
  assert.equal(equal(base, mine), false);
  assert.equal(equal(mine, state(line("a", 0, note("old"), note("mine")), line("b", 1))), true);
  const draft = {
    from: 0,
    was: base.segments.slice(0, 1),
    added: mine.segments.slice(0, 1),
    speakers: {},
    names: {},
  };
  const moved = rebased(draft, theirs);
  const again = merge(moved.base, moved.mine, theirs).build();
  assert.deepEqual(notes(again), ["0 old", "0 mine", "0 theirs"]);
});
