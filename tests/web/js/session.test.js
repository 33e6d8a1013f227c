import assert from "node:assert/strict";
import test from "node:test";
import { ClientSession } from "../../../web/js/stream/session.js";
import { delayMs, judge } from "../../../web/js/stream/verdict.js";

const RATE = 16_000;
const SECOND = 2 * RATE;
const message = (type, values = {}) => JSON.stringify({ type, text: "", ...values });
const ready = (session = "a", values = {}) => message("ready", { session, model: "m", ...values });

function final(id, end, values = {}) {
  return message("final", {
    text: `word ${id}`,
    id,
    seq: id + 1,
    start: end - 0.5,
    end,
    lag_ms: 0,
    flush: false,
    ...values,
  });
}

/** Messages that are ready to send: audio as its length, text parsed from JSON. */
function sent(session) {
  const messages = [];
  for (let out; (out = session.nextMessage()) !== null;) {
    messages.push(typeof out === "string" ? JSON.parse(out) : out.length);
  }
  return messages;
}

function started(capacity, window) {
  const session = new ClientSession(RATE, capacity, window);
  session.connected();
  session.receive(ready());
  return session;
}

const audio = (length) => new Uint8Array(length);
const kinds = (events) => events.map((event) => event.code ?? event.type);

test("nothing leaves before ready", () => {
  const session = new ClientSession(RATE);
  session.giveAudio(audio(4));
  session.connected();
  assert.deepEqual(sent(session), []);
  assert.deepEqual(kinds(session.receive(ready())), ["ready"]);
  assert.deepEqual(sent(session), [4]);
});

test("the client requests confirmation, which makes room", () => {
  const session = started(1000, 1000);
  session.giveAudio(audio(1000));
  assert.equal(session.room, 0);
  assert.deepEqual(sent(session), [1000, { type: "ping", id: 1000 }]);
  assert.deepEqual(session.receive(message("pong", { id: 1000 })), []);
  assert.equal(session.room, 1000);
});

test("small limits never stop the flow", () => {
  for (const bound of [2, 7, 100, 70_000]) {
    const session = started(bound, bound);
    let heard = 0;
    let given = 0;
    for (let turn = 0; turn < 1000; turn += 1) {
      const packet = Math.min(session.room, 5 * bound - given);
      if (packet > 0) session.giveAudio(audio(packet));
      given += Math.max(0, packet);
      for (const out of sent(session)) {
        if (typeof out === "number") heard += out;
        else session.receive(message("pong", { id: out.id }));
      }
    }
    assert.equal(heard, 5 * bound);
  }
});

test("finals are acknowledged, and shown once", () => {
  const session = started();
  assert.deepEqual(kinds(session.receive(final(0, 1))), ["final"]);
  assert.deepEqual(sent(session), [{ type: "ack", seq: 1 }]);
  assert.deepEqual(session.receive(final(0, 1)), []);
  assert.deepEqual(sent(session), [{ type: "ack", seq: 1 }]);
});

test("a resume continues at the server's position", () => {
  const session = started();
  session.giveAudio(audio(10));
  sent(session);
  session.connected();
  assert.equal(session.session, "a");
  session.receive(ready("a", { resumed: true, samples_received: 3 }));
  assert.deepEqual(sent(session), [4]);
});

test("a later session is moved onto the stream's clock", () => {
  const session = started();
  session.giveAudio(audio(3 * SECOND));
  sent(session);
  session.receive(final(0, 1));
  session.receive(final(1, 2));
  const [warning] = session.forgetSession();
  assert.equal(warning.missing_s, 0);
  session.connected();
  session.receive(ready("b"));
  assert.equal(
    sent(session)
      .filter((out) => typeof out === "number")
      .reduce((a, b) => a + b),
    SECOND,
  );
  const [moved] = session.receive(final(0, 0.9, { words: [{ word: "w", start: 0.5, end: 0.9 }] }));
  assert.deepEqual([moved.id, moved.start, moved.end, moved.words[0].start], [2, 2.4, 2.9, 2.5]);
  const [speech] = session.receive(message("speech_start", { t: 0.25 }));
  assert.equal(speech.t, 2.25);
});

test("possibly missing audio is reported", () => {
  const session = started(SECOND, SECOND);
  for (let second = 0; second < 3; second += 1) {
    session.giveAudio(audio(SECOND));
    for (const out of sent(session)) {
      if (typeof out !== "number") session.receive(message("pong", { id: out.id }));
    }
  }
  assert.equal(session.forgetSession()[0].missing_s, 2);
});

test("a server that does not resume has lost the session", () => {
  const session = started();
  session.connected();
  assert.deepEqual(kinds(session.receive(ready("b"))), ["session_lost", "ready"]);
});

test("changed options are sent to a later session", () => {
  const session = started();
  session.giveControl("start", { language: "ko" });
  session.giveAudio(audio(SECOND));
  session.giveControl("start", { prompt: "x" });
  session.giveAudio(audio(SECOND));
  sent(session);
  session.receive(final(0, 0.5));
  session.forgetSession();
  session.connected();
  session.receive(ready("b"));
  assert.deepEqual(
    sent(session).filter((out) => out.type === "start"),
    [
      { type: "start", language: "ko" },
      { type: "start", prompt: "x" },
    ],
  );
});

test("changed options are confirmed, and nothing is sent again", () => {
  const session = started();
  session.giveAudio(audio(10));
  session.giveControl("start", { language: "ko" });
  assert.equal(sent(session).length, 2);
  assert.deepEqual(kinds(session.receive(ready("a", { language: "ko" }))), ["ready"]);
  assert.deepEqual(sent(session), []);
});

test("a flush is answered once", () => {
  const session = started();
  session.giveControl("flush");
  assert.equal(session.receive(final(0, 0, { text: "", flush: true })).length, 1);
  assert.equal(session.receive(final(1, 0, { text: "", flush: true })).length, 0);
});

test("the end is the end, but a drain is not", () => {
  const session = started();
  session.giveAudio(audio(SECOND));
  sent(session);
  assert.deepEqual(kinds(session.receive(message("end", { reason: "drain", audio_s: 1 }))), [
    "session_lost",
  ]);
  assert.equal(session.ended, false);
  session.connected();
  session.receive(ready("b"));
  session.giveEnd();
  session.giveEnd();
  assert.ok(sent(session).some((out) => out.type === "end"));
  assert.deepEqual(kinds(session.receive(message("end", { reason: "drain", audio_s: 1 }))), [
    "end",
  ]);
  assert.throws(() => session.giveAudio(audio(2)), /already ended/);
});

test("a stream outlives the longest session that a server allows", () => {
  const session = started();
  session.giveAudio(audio(SECOND));
  sent(session);
  session.receive(final(0, 0.5));
  assert.deepEqual(
    kinds(session.receive(message("end", { reason: "max_session", audio_s: 0.5 }))),
    ["session_lost"],
  );
  assert.equal(session.handedOver, true);
  session.connected();
  session.receive(ready("b"));
  assert.equal(session.handedOver, false);
  assert.deepEqual(
    sent(session).filter((out) => typeof out === "number"),
    [SECOND / 2],
  );
});

test("messages of unknown types are ignored", () => {
  for (const nonsense of [
    "",
    "[]",
    "null",
    '{"type":"sparkle"}',
    '{"type":7}',
    '{"type":"pong"}',
  ]) {
    assert.deepEqual(started().receive(nonsense), []);
  }
});

test("the meaning of close codes", () => {
  assert.equal(judge(1006, null).retry, true);
  assert.equal(judge(1012, null).retry, true);
  assert.equal(judge(1000, null).retry, false);
  assert.equal(judge(1009, null).retry, false);
  assert.equal(judge(1008, { code: "unauthorized", message: "" }).retry, false);
  const full = judge(1008, { code: "busy", message: "Full.", retry_after_s: 10 });
  assert.deepEqual([full.retry, full.afterMs], [true, 10_000]);
  assert.equal(
    delayMs(0, 0, () => 0),
    125,
  );
  assert.equal(
    delayMs(50, 0, () => 1),
    8000,
  );
  assert.equal(
    delayMs(9, 2_000, () => 1),
    2_500,
    "the server knows best, however often it was asked",
  );
});

test("a busy server is waited for, except for what waiting does not change", () => {
  const busy = (reason) => judge(1013, { code: "busy", message: "", retry_after_s: 9, reason });
  assert.equal(busy(undefined).retry, true);
  assert.equal(busy("key_streams").retry, true);
  assert.equal(busy("wrong_keys").retry, false);
  assert.equal(busy("key_hours").retry, false);
  assert.equal(busy("wrong_keys").afterMs, 9000);
});
