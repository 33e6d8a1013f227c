import assert from "node:assert/strict";
import test from "node:test";
import { MESSAGE, Outbox } from "../../../web/js/stream/outbox.js";
import { chance } from "./chance.js";

const bytes = (text) => new TextEncoder().encode(text);
const text = (message) =>
  typeof message === "string" ? message : new TextDecoder().decode(message);

function taken(outbox) {
  const messages = [];
  for (let message; (message = outbox.nextMessage()) !== null;) messages.push(text(message));
  return messages;
}

test("control messages stay between the same bytes", () => {
  const outbox = new Outbox(1);
  outbox.addControl("first");
  outbox.addAudio(bytes("abc"));
  outbox.addControl("middle");
  outbox.addAudio(bytes("def"));
  outbox.addControl("last");
  assert.deepEqual(taken(outbox), ["first", "abc", "middle", "def", "last"]);
  assert.deepEqual(taken(outbox), []);
});

test("a rewind sends again what was not received", () => {
  const outbox = new Outbox(1);
  outbox.addAudio(bytes("abcd"));
  outbox.addControl("flush");
  outbox.addAudio(bytes("efgh"));
  taken(outbox);
  assert.equal(outbox.rewind(4), 0);
  assert.deepEqual(taken(outbox), ["flush", "efgh"]);
  outbox.rewind(5);
  assert.deepEqual(taken(outbox), ["fgh"]);
  outbox.rewind(2);
  assert.deepEqual(taken(outbox), ["cd", "flush", "efgh"]);
});

test("long audio leaves in bounded messages, within the window", () => {
  const outbox = new Outbox(1);
  outbox.addAudio(new Uint8Array(2 * MESSAGE + 1));
  assert.deepEqual(
    [MESSAGE, MESSAGE, 1],
    [0, 1, 2].map(() => outbox.nextMessage().length),
  );
  const narrow = new Outbox(1, 100, 10);
  narrow.addAudio(new Uint8Array(25));
  assert.equal(narrow.nextMessage().length, 10);
  assert.equal(narrow.nextMessage(), null);
  narrow.confirm(4);
  assert.equal(narrow.nextMessage().length, 4);
});

test("confirmation makes room, and audio covered by finals is released in whole frames", () => {
  const outbox = new Outbox(4, 20);
  outbox.addAudio(new Uint8Array(20));
  assert.equal(outbox.room, 0);
  taken(outbox);
  outbox.confirm(6);
  assert.equal(outbox.room, 6);
  outbox.release(11);
  assert.deepEqual([outbox.start, outbox.received], [8, 11]);
  assert.throws(() => new Outbox(4, 3, 9), RangeError);
});

test("a receiver gets every byte in order whatever happens", () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const { below } = chance(seed);
    const frame = 1 + below(4);
    const outbox = new Outbox(frame, 8 + below(92), 8 + below(42));
    const given = [];
    let received = [];
    for (let step = 0; step < 60; step += 1) {
      const number = 1 + below(40);
      const action = below(5);
      if (action === 0 && outbox.room) {
        const packet = Uint8Array.from({ length: number }, (_, n) => (given.length + n) % 251);
        given.push(...packet);
        outbox.addAudio(packet);
      } else if (action === 1) {
        for (let n = 0; n < 1 + below(4); n += 1) received.push(...(outbox.nextMessage() ?? []));
      } else if (action === 2) outbox.confirm(received.length - number);
      else if (action === 3) outbox.release(received.length - number);
      else {
        // Data in flight is lost, but nothing that was confirmed.
        const kept = Math.max(outbox.received, received.length - number);
        received = received.slice(0, kept);
        assert.equal(outbox.rewind(kept), 0, `seed ${seed}`);
      }
      assert.equal(outbox.start % frame, 0);
      assert.ok(outbox.sent - outbox.received <= outbox.window);
    }
    outbox.confirm(outbox.sent);
    for (let message; (message = outbox.nextMessage()) !== null; outbox.confirm(outbox.sent)) {
      received.push(...message);
    }
    assert.deepEqual(received, given, `seed ${seed}`);
  }
});
