import assert from "node:assert/strict";
import test from "node:test";
import {
  Document,
  anywhere,
  asWords,
  countOf,
  difference,
} from "../../../web/js/files/document.js";
import { chance } from "./chance.js";

const line = (text, start = 0) => ({ start, end: start + 1, text });
const begun = (...texts) => ({ segments: texts.map((text, at) => line(text, at)), speakers: {} });
const textsOf = ({ segments }) => segments.map(({ text }) => text);

test("every step can be undone and redone; typing in one line is one step", () => {
  const document = new Document(begun("one two", "three"), () => {});
  document.splice(0, 1, [line("one tw")], "type");
  document.splice(0, 1, [line("one t")], "type");
  document.endStep();
  assert.ok(document.split(0, 4));
  assert.ok(document.merge(1));
  assert.deepEqual(textsOf(document.state), ["one", "t three"]);
  document.undo();
  document.undo();
  assert.deepEqual(textsOf(document.state), ["one t", "three"]);
  document.undo();
  assert.deepEqual(textsOf(document.state), ["one two", "three"]);
  assert.equal(document.canUndo, false);
  document.redo();
  document.redo();
  document.redo();
  assert.deepEqual(textsOf(document.state), ["one", "t three"]);
  assert.equal(document.canRedo, false);
  assert.equal(document.merge(1), false);
  assert.equal(document.split(0, 0), false);
});

test("undo brings back any state, whatever was done", () => {
  for (let seed = 1; seed < 100; seed += 1) {
    const { below } = chance(seed);
    const document = new Document(begun("a b c", "d e f", "g h"), () => {});
    const seen = [document.state];
    for (let turn = 0; turn < 12; turn += 1) {
      const at = below(document.segments.length);
      const ways = [
        () => document.split(at, below(6)),
        () => document.merge(at),
        () => document.replaceAll(anywhere("abcdefgh"[below(8)]), "x y"),
      ];
      ways[below(3)]();
      if (document.state !== seen.at(-1)) seen.push(document.state);
    }
    for (const state of seen.reverse().slice(1)) {
      document.undo();
      assert.equal(document.state, state);
    }
  }
});

test("search takes the typed text literally; words are found with particles after them", () => {
  assert.equal("a.b A.B axb".match(anywhere("a.b")).length, 2);
  assert.equal("a.b A.B".match(anywhere("a.b", { isExact: true })).length, 1);
  const one = [line("Kubernets, Kubernets가 Kubernetsx xKubernets")];
  assert.equal(countOf(one, asWords("Kubernets")), 2);
  assert.equal(countOf([line("쿠버네티즈를 새쿠버네티즈")], asWords("쿠버네티즈")), 1);
  const document = new Document({ segments: one, speakers: {} }, () => {});
  assert.equal(document.replaceAll(asWords("Kubernets"), "$& Kubernetes"), 2);
  assert.match(document.segments[0].text, /^\$& Kubernetes, \$& Kubernetes가 /);
});

test("changes are the parts that two lists do not share", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((text) => line(text));
  assert.deepEqual(difference([a, b, c], [a, d, c]), { from: 1, removed: 1, added: [d] });
  assert.deepEqual(difference([a, b], [a, b]), { from: 2, removed: 0, added: [] });
  assert.deepEqual(difference([a, a], [a]), { from: 1, removed: 1, added: [] });
});
