import assert from "node:assert/strict";
import test from "node:test";
import {
  Document,
  anywhere,
  asWords,
  countOf,
  difference,
} from "../../../web/js/files/document.js";
import { Keeper, bodyOf } from "../../../web/js/files/keeper.js";
import { chance } from "./chance.js";

const line = (text, start = 0) => ({ start, end: start + 1, text });
const begun = (...texts) => ({ segments: texts.map((text, at) => line(text, at)), speakers: {} });
const textsOf = ({ segments }) => segments.map(({ text }) => text);

test("every step is taken back and done again, typing in one line as one step", () => {
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

test("find takes what was typed as it is; words are found with particles behind them", () => {
  assert.equal("a.b A.B axb".match(anywhere("a.b")).length, 2);
  assert.equal("a.b A.B".match(anywhere("a.b", { isExact: true })).length, 1);
  const one = [line("Kubernets, Kubernets가 Kubernetsx xKubernets")];
  assert.equal(countOf(one, asWords("Kubernets")), 2);
  assert.equal(countOf([line("쿠버네티즈를 새쿠버네티즈")], asWords("쿠버네티즈")), 1);
  const document = new Document({ segments: one, speakers: {} }, () => {});
  assert.equal(document.replaceAll(asWords("Kubernets"), "$& Kubernetes"), 2);
  assert.match(document.segments[0].text, /^\$& Kubernetes, \$& Kubernetes가 /);
});

test("what changed is what lists do not share", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((text) => line(text));
  assert.deepEqual(difference([a, b, c], [a, d, c]), { from: 1, removed: 1, added: [d] });
  assert.deepEqual(difference([a, b], [a, b]), { from: 2, removed: 0, added: [] });
  assert.deepEqual(difference([a, a], [a]), { from: 1, removed: 1, added: [] });
});

function browser(answers) {
  const kept = new Map();
  const sent = [];
  const told = [];
  const more = {
    send: async (body) => {
      sent.push(body);
      const answer = answers.shift();
      if (answer) throw answer;
    },
    store: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, text) => kept.set(key, text),
      removeItem: (key) => kept.delete(key),
    },
  };
  const keeper = (state) => new Keeper("id", state, (status) => told.push(status), more);
  return { kept, sent, told, keeper };
}

test("a change is in the browser at once, and stays there until the server has it", async () => {
  const away = Object.assign(new Error("away"), { code: "bad_request", status: 400 });
  const { kept, sent, told, keeper: of } = browser([away]);
  const server = begun("one", "two", "three");
  const keeper = of(server);
  assert.equal(keeper.restored(), null);
  const changed = { ...server, segments: [server.segments[0], line("2"), server.segments[2]] };
  keeper.take(changed);
  assert.equal(kept.size, 1);
  assert.deepEqual(of(server).restored(), changed);
  assert.equal(await keeper.flush(), false);
  assert.deepEqual(of(server).restored(), changed);
  assert.equal(await keeper.flush(), true);
  assert.equal(kept.size, 0);
  assert.deepEqual(JSON.parse(sent[1]), changed);
  assert.equal(sent[1], bodyOf(changed));
  assert.deepEqual(told, ["saving", "waiting", "saved"]);
  assert.equal(await keeper.flush(), true, "there is nothing to send");
  assert.equal(sent.length, 2);
});

test("what is left of a draft that fits no more, or is no JSON, is nothing", () => {
  const { kept, keeper: of } = browser([]);
  of(begun("one")).take(begun("1"));
  assert.equal(of(begun("one", "two")).restored(), null);
  kept.set("corrections id", "{");
  assert.equal(of(begun("one")).restored(), null);
});
