import assert from "node:assert/strict";
import test from "node:test";
import { Keeper, bodyOf } from "../../../web/js/files/keeper.js";

const line = (text, start = 0) => ({ start, end: start + 1, text });
const begun = (...texts) => ({ segments: texts.map((text, at) => line(text, at)), speakers: {} });
const textsOf = ({ segments }) => segments.map(({ text }) => text);

/** Like a browser's `Storage`: its keys are its properties. */
class Store {
  getItem(key) {
    return this[key] ?? null;
  }

  setItem(key, text) {
    this[key] = text;
  }

  removeItem(key) {
    delete this[key];
  }
}

function browser(answers) {
  const [store, open] = [new Store(), new Set()];
  const [sent, told] = [[], []];
  let version = 0;
  const send = async (body, following) => {
    sent.push({ body, following });
    const answer = answers.shift();
    if (answer) throw answer;
    version = following + 1;
    return { version };
  };
  const keeper = (state, page, known = 0) => {
    const ways = { send, store, page, isOpen: async (name) => open.has(name) };
    return new Keeper("id", { state, version: known }, (status) => told.push(status), ways);
  };
  return { store, open, sent, told, keeper };
}

const refused = (status) => Object.assign(new Error("no"), { code: "no", status });

test("a change is stored in the browser until the server has it", async () => {
  const { store, sent, told, keeper: of } = browser([refused(400), refused(400)]);
  const server = begun("one", "two", "three");
  const keeper = of(server, "first");
  assert.deepEqual(await keeper.restored(), []);
  const changed = { ...server, segments: [server.segments[0], line("2"), server.segments[2]] };
  keeper.take(changed);
  assert.equal(Object.keys(store).length, 1);
  assert.equal(await keeper.flush(), false);
  const next = of(server, "second");
  const [{ base, mine, forget }] = await next.restored();
  assert.deepEqual([base, mine], [server, changed], "the first page is gone");
  next.take(mine);
  forget();
  assert.deepEqual(Object.keys(store), [next.key], "it has it now");
  assert.equal(await next.flush(), false);
  assert.equal(await next.flush(), true);
  assert.deepEqual(Object.keys(store), []);
  assert.deepEqual(JSON.parse(sent[2].body), changed);
  assert.equal(sent[2].body, bodyOf(changed));
  assert.deepEqual(told, ["saving", "waiting", "saving", "waiting", "saved"]);
  assert.equal(await next.flush(), true, "there is nothing to send");
  assert.equal(sent.length, 3);
});

test("each page has its own draft, which others do not touch while it is open", async () => {
  const { store, open, keeper: of } = browser([]);
  const server = begun("one", "two");
  of(server, "first").take(begun("1", "two"));
  of(server, "second").take(begun("one", "2"));
  assert.equal(Object.keys(store).length, 2);
  open.add("second");
  const found = await of(server, "third").restored();
  assert.deepEqual(found.map(({ mine }) => textsOf(mine)), [["1", "two"]]);
  found[0].forget();
  const [{ mine }] = await of(server, "second").restored();
  assert.deepEqual(textsOf(mine), ["one", "2"], "its own page finds it again");
});

test("a page that saves too late is told, and continues from the server's version", async () => {
  const { sent, told, keeper: of } = browser([refused(412)]);
  const keeper = of(begun("one", "two"), "first", 3);
  keeper.take(begun("one", "2"));
  assert.equal(await keeper.flush(), false);
  assert.equal(told.at(-1), "conflict");
  keeper.rebase(begun("1", "two"), 4);
  keeper.take(begun("1", "2"));
  assert.equal(await keeper.flush(), true);
  assert.deepEqual(sent.map(({ following }) => following), [3, 4]);
});

test("changes are sent one after the other", async () => {
  const { sent, told, keeper: of } = browser([]);
  const keeper = of(begun("one"), "first");
  keeper.take(begun("1"));
  const first = keeper.flush();
  keeper.take(begun("2"));
  assert.deepEqual(await Promise.all([first, keeper.flush(), keeper.flush()]), [true, true, true]);
  assert.deepEqual(sent.map(({ following }) => following), [0, 1]);
  assert.ok(!told.includes("conflict"));
});

test("a response to an earlier keeper does not delete a later one's draft", async () => {
  const { store, keeper: of } = browser([]);
  const earlier = of(begun("one"), "first");
  earlier.take(begun("1"));
  const sending = earlier.flush();
  const later = of(begun("one"), "first");
  later.take(begun("2"));
  await sending;
  assert.deepEqual(Object.keys(store), [later.key]);
});

test("nothing is sent after a conflict until it is settled", async () => {
  const { sent, told, keeper: of } = browser([refused(412)]);
  const keeper = of(begun("one"), "first");
  const mine = begun("1");
  keeper.take(mine);
  await Promise.all([keeper.flush(), keeper.flush()]);
  assert.equal(await keeper.flush(), false);
  assert.equal(sent.length, 1);
  assert.equal(told.at(-1), "conflict");
  keeper.rebase(mine, 1);
  assert.equal(told.at(-1), "saved");
  assert.equal(await keeper.flush(), true);
});

test("a draft of another version is moved to the current lines", async () => {
  const { keeper: of } = browser([]);
  const server = begun("one", "two", "three");
  of(server, "first").take({ ...server, segments: [...server.segments.slice(0, 2), line("3", 2)] });
  const other = { segments: [line("new", 0), ...server.segments], speakers: { 0: "Kim" } };
  const [{ base, mine }] = await of(other, "second", 1).restored();
  assert.deepEqual(textsOf(base), ["new", "one", "two", "three"]);
  assert.deepEqual(textsOf(mine), ["new", "one", "two", "3"]);
});

test("a draft of lines that others changed is compared with the lines of that time", async () => {
  const { keeper: of } = browser([]);
  const server = begun("one", "two", "three");
  of(server, "first").take({ ...server, segments: [line("one"), line("2", 1), line("three", 2)] });
  const [{ base, mine }] = await of(begun("one", "TWO", "three"), "second", 1).restored();
  assert.deepEqual([textsOf(base)[1], textsOf(mine)[1]], ["two", "2"]);
  assert.equal(base.segments.length, 3);
});

test("an invalid draft is ignored", async () => {
  const { store, keeper: of } = browser([]);
  for (const text of ["{", "{}", "null"]) {
    store.setItem("corrections id gone", text);
    assert.deepEqual(await of(begun("one"), "first").restored(), []);
    assert.deepEqual(Object.keys(store), []);
  }
});

test("a draft too large for the browser's storage is sent to the server at once", async () => {
  const { store, sent, keeper: of } = browser([]);
  const server = begun(...Array.from({ length: 2000 }, (_, at) => `old ${at}`));
  const keeper = of(server, "first");
  keeper.take({ ...server, segments: [line("one"), ...server.segments.slice(1)] });
  const [early] = Object.values(store);
  const changed = begun(...Array.from({ length: 2000 }, (_, at) => `new ${at}`));
  keeper.take(changed);
  assert.deepEqual(Object.values(store), [early], "the draft of what was changed before stays");
  while (!keeper.isSaved) await new Promise(setImmediate);
  assert.deepEqual(JSON.parse(sent[0].body), changed);
  assert.deepEqual(Object.keys(store), []);
});
