import assert from "node:assert/strict";
import test from "node:test";
import { Level } from "../../../web/js/audio/level.js";
import { Jobs } from "../../../web/js/files/jobs.js";
import {
  cues,
  timestamp,
  toJson,
  toSrt,
  toTsv,
  toTxt,
  toVtt,
  width,
  wrap,
} from "../../../web/js/formats.js";
import { Transcript } from "../../../web/js/live/transcript.js";
import { path, roundUp } from "../../../web/js/server/curve.js";
import { Names, named, speakerOf, takesOver, turns } from "../../../web/js/speakers.js";
import { doubt, parts } from "../../../web/js/words.js";
import { chance } from "./chance.js";

test("times of subtitles", () => {
  assert.equal(timestamp(3723.4567, ","), "01:02:03,457");
  assert.equal(timestamp(0.9996, "."), "00:00:01.000");
  assert.equal(timestamp(-1, "."), "00:00:00.000");
});

test("lines are as long as their language allows", () => {
  assert.equal(width("한국 ab"), 7);
  for (const line of wrap("안녕하세요 ".repeat(30))) assert.ok(width(line) <= 42);
});

test("cues keep every word, in order, within their bounds", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const { below, next } = chance(seed);
    let at = 0;
    const segments = Array.from({ length: 1 + below(6) }, () => {
      const spoken = Array.from({ length: 1 + below(40) }, () => "x".repeat(1 + below(12)));
      const start = at + next();
      at = start + 0.2 + spoken.length * next();
      return { start, end: at, text: spoken.join(" ") };
    });
    const made = cues(segments);
    assert.equal(made.map((cue) => cue.text).join(" "), segments.map((one) => one.text).join(" "));
    let before = 0;
    for (const cue of made) {
      assert.ok(cue.start >= before - 1e-9 && cue.end > cue.start, `seed ${seed}`);
      assert.ok(wrap(cue.text).length <= 2, `seed ${seed}`);
      before = cue.end;
    }
  }
});

test("a long segment is split at the times of its words", () => {
  const words = Array.from({ length: 30 }, (_, n) => ({
    word: "wordings",
    start: n,
    end: n + 0.5,
  }));
  const made = cues([{ start: 0, end: 30, text: words.map((one) => one.word).join(" "), words }]);
  assert.ok(made.length > 3);
  for (const cue of made) assert.ok(Number.isInteger(cue.start) && cue.end - cue.start <= 7);
});

test("the formats", () => {
  const segments = [
    { start: 0, end: 1.5, text: "a < b & c" },
    { start: 2, end: 3, text: "  " },
  ];
  assert.equal(toTxt(segments), "a < b & c\n");
  assert.equal(toSrt(segments), "1\n00:00:00,000 --> 00:00:01,500\na < b & c\n");
  assert.equal(toVtt(segments), "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\na &lt; b &amp; c\n");
  assert.equal(
    toTsv([{ start: 0.25, end: 1, text: "a\tb" }]),
    "start\tend\ttext\n250\t1000\ta b\n",
  );
  assert.equal(JSON.parse(toJson(segments, { model: "m" })).text, "a < b & c");
});

test("the formats name the speaker", () => {
  const segments = named([{ start: 0, end: 1, text: "Hi.", speaker: 1 }], (n) => `<${n + 1}>`);
  assert.equal(toTxt(segments), "<2>: Hi.\n");
  assert.equal(toSrt(segments), "1\n00:00:00,000 --> 00:00:01,000\n<2>: Hi.\n");
  assert.match(toVtt(segments), /\n<v &lt;2&gt;>Hi\.<\/v>\n$/);
  assert.match(toTsv(segments), /\n0\t1000\t<2>: Hi\.\n$/);
  assert.deepEqual(JSON.parse(toJson(segments)).segments[0], segments[0]);
  const long = [{ start: 0, end: 20, text: "wordings ".repeat(30), channel: 0 }];
  for (const cue of cues(
    named(long, () => "Somebody"),
    true,
  )) {
    assert.ok(cue.text.startsWith("Somebody: wordings") && wrap(cue.text).length <= 2);
  }
});

test("speakers have numbers, and names once users enter them", () => {
  const names = new Names({ 1: "  Kim \n Min-su ", 2: "x".repeat(99) });
  assert.equal(names.get(0), "");
  assert.equal(names.get(1), "Kim Min-su");
  assert.equal(names.get(2).length, 40);
  names.set(2, " ");
  assert.deepEqual(names.all, { 1: "Kim Min-su" });
  assert.deepEqual(
    [{ speaker: 2, channel: 0 }, { channel: 1 }, { speaker: null }, {}].map(speakerOf),
    [2, 1, null, null],
  );
  assert.equal(takesOver({ speaker: 0 }, undefined), true);
  assert.equal(takesOver({ speaker: 0 }, { speaker: 0 }), false);
  assert.equal(takesOver({ speaker: 0 }, { speaker: null }), true);
  const nobody = { text: "a" };
  assert.equal(named([nobody], () => "x")[0], nobody);
});

test("a segment in which speakers take turns is one for each", () => {
  const word = (text, start, speaker) => ({ word: text, start, end: start + 1, speaker });
  const words = [word("Hi,", 1, null), word("all.", 2, 0), word("Hm", 3, null), word("No!", 5, 1)];
  const segment = { start: 0.5, end: 7, text: "Hi, all. Hm - No!", speaker: 0, words };
  assert.deepEqual(
    turns(segment).map((one) => [one.start, one.end, one.text, one.speaker, one.words.length]),
    [
      [0.5, 4, "Hi, all. Hm -", 0, 3],
      [5, 7, "No!", 1, 1],
    ],
  );
  assert.deepEqual(turns({ ...segment, words: words.slice(0, 3) })[0].text, segment.text);
  const transcript = new Transcript();
  transcript.take({ ...segment, type: "final" });
  transcript.newSpeakers();
  const added = transcript.take({ ...segment, type: "final" });
  assert.deepEqual(
    added.map((one) => [one.speaker, one.words.at(-1).speaker]),
    [
      [2, null],
      [3, 3],
    ],
  );
});

test("a translation is attached to its original, and a late one is reported", () => {
  const transcript = new Transcript();
  const say = (text, start, end) => ({ type: "final", text, start, end, language: "ko" });
  transcript.take(say("하나.", 0, 2));
  transcript.begin(0); // the next recording, whose times continue
  transcript.translate(say("Three.", 4, 6));
  const [second] = transcript.take(say("둘.", 0, 2));
  transcript.translate(say("Two.", 0, 2));
  assert.deepEqual(transcript.takeChanged(), [second]);
  assert.deepEqual(transcript.takeChanged(), []);
  transcript.settle();
  assert.equal(transcript.takeChanged()[0], second);
  assert.deepEqual(second.translations[1], { start: 6, end: 8, text: "Three." });
  assert.deepEqual(
    transcript.read.map((one) => one.text),
    ["하나.", "둘.\nTwo. Three."],
  );
});

test("a translation of cleared text does not reappear", () => {
  const transcript = new Transcript();
  const say = (text, start, end) => ({ type: "final", text, start, end });
  transcript.take(say("하나.", 0, 2));
  transcript.clear();
  transcript.translate(say("One.", 0, 2));
  transcript.settle();
  assert.deepEqual(transcript.segments, []);
  transcript.translate(say("Two.", 3, 4)); // a translation whose original has no words
  assert.equal(transcript.segments[0].text, "Two.");
});

test("the speakers of a later recording are others until somebody names them", () => {
  const transcript = new Transcript();
  const say = (speaker) => ({ type: "final", text: "a", start: 0, end: 1, speaker });
  const numbers = () => transcript.segments.map((one) => one.speaker);
  [0, 1, null].forEach((speaker) => transcript.take(say(speaker)));
  transcript.names.set(1, "Kim");
  transcript.load({ segments: transcript.segments, names: transcript.names.all });
  transcript.take(say(0));
  transcript.newSpeakers();
  transcript.take(say(0));
  assert.deepEqual(numbers(), [0, 1, undefined, 2, 3]);
  assert.equal(transcript.names.get(1), "Kim");
  transcript.clear();
  transcript.take(say(0));
  assert.deepEqual(numbers(), [0]);
  assert.equal(transcript.names.get(1), "");
});

test("speakers whose voices the server knows keep their numbers in a later recording", () => {
  const said = (speaker) => ({ id: 0, text: "Hi.", start: 0, end: 1, speaker });
  const transcript = new Transcript();
  for (const known of [false, true, true, false, true]) {
    transcript.begin(0);
    if (known) transcript.sameSpeakers();
    transcript.take(said(0));
    transcript.take({ ...said(1), id: 1, start: 1, end: 2 });
  }
  assert.deepEqual(
    transcript.segments.map(({ speaker }) => speaker),
    [0, 1, 0, 1, 0, 1, 2, 3, 2, 3],
  );
});

test("a stored session continues, every recording on its own clock", () => {
  const transcript = new Transcript();
  transcript.take({ type: "partial", text: "one tw", stable: "one", start: 0 });
  assert.deepEqual(
    transcript.read.map((one) => one.text),
    ["one tw"],
  );
  transcript.take({
    type: "final",
    text: "one two.",
    start: 0,
    end: 2,
    words: [{ word: "one", start: 0, end: 1 }],
  });
  assert.deepEqual(transcript.takeUnsaved(), [{ n: 0, segment: transcript.segments[0] }]);
  assert.deepEqual(transcript.takeUnsaved(), []);
  const again = new Transcript();
  again.load({ segments: transcript.segments, recordings: [{ at: 0, started: 1 }] });
  assert.deepEqual(again.takeUnsaved(), [], "it is kept already");
  again.begin(2);
  again.take({ type: "final", text: "three", start: 1, end: 2 });
  assert.deepEqual(again.recordings, [
    { at: 0, started: 1 },
    { at: 2, started: 2 },
  ]);
  assert.deepEqual(
    [0.5, 3].map((time) => again.timeOf(time)),
    [0.5, 1],
  );
  assert.equal(again.takeUnsaved()[0].n, 1);
  assert.deepEqual(
    again.segments.map((one) => [one.start, one.end]),
    [
      [0, 2],
      [3, 4],
    ],
  );
  assert.deepEqual(again.take({ type: "final", text: " ", start: 3, end: 4 }), []);
  again.clear();
  assert.deepEqual(again.recordings, [{ at: 0, started: 2 }], "the one that may be running");
});

test("words are located in their text, whatever is between them", () => {
  const words = [{ word: " Hello," }, { word: "you" }, { word: "gone" }];
  const found = parts({ text: "Hello, - you!", words });
  assert.deepEqual(
    found.map((part) => [part.text, Boolean(part.word)]),
    [
      ["Hello,", true],
      [" - ", false],
      ["you", true],
      ["!", false],
    ],
  );
  assert.equal(found.map((part) => part.text).join(""), "Hello, - you!");
  assert.deepEqual([0.9, 0.6, 0.1, undefined].map(doubt), [0, 1, 2, 0]);
});

test("the level tells silence, quiet and distortion", () => {
  const level = new Level();
  const packet = (peak, rms, clipped = 0) => ({ audio: { length: 1600 }, peak, rms, clipped });
  const hear = (count, ...values) => {
    for (let n = 0; n < count; n += 1) level.take(packet(...values));
    return level.hint;
  };
  assert.equal(hear(10, 0.2, 0.05), "");
  assert.ok(level.now > 0.4);
  assert.equal(hear(25, 0, 0), "silent");
  assert.equal(hear(60, 0.01, 0.003), "faint");
  assert.equal(hear(5, 1, 0.7, 300), "", "a knock, or the first syllables before the gain is set");
  assert.equal(hear(30, 0.2, 0.05), "");
  assert.equal(hear(6, 1, 0.7, 300), "loud");
  assert.equal(hear(25, 0.2, 0.05), "loud");
  assert.equal(hear(4, 0.2, 0.05), "");
});

test("the remaining time follows the pace of a job", () => {
  const jobs = new Jobs();
  const job = (progress, status = "processing") => ({
    job_id: "a",
    created_at: "1",
    status,
    progress,
  });
  jobs.take(job(0, "pending"), 0);
  assert.equal(jobs.remainingS("a", 0), null);
  jobs.take(job(10), 10);
  jobs.take(job(30), 20);
  assert.equal(jobs.remainingS("a", 20), 30);
  assert.equal(jobs.remainingS("a", 25), 25);
  jobs.take(job(10), 30); // the next attempt
  assert.equal(jobs.remainingS("a", 30), null);
  jobs.take({ job_id: "b", created_at: "2", status: "pending", progress: 5 }, 30);
  jobs.take({ job_id: "c", created_at: "3", status: "pending", progress: 5 }, 30);
  assert.equal(jobs.ahead(jobs.get("c")), 1);
  assert.deepEqual(
    jobs.list.map((one) => one.job_id),
    ["c", "b", "a"],
  );
});

test("a chart has round figures, and gaps without data", () => {
  assert.deepEqual([0, 0.3, 7, 480, 501].map(roundUp), [1, 0.5, 10, 500, 1000]);
  assert.equal(
    path(
      [1, null, 2, 3],
      (x) => x,
      (y) => y,
    ),
    "M0.0 1.0l0 0M2.0 2.0l0 0L3.0 3.0",
  );
});

test("a partial whose final will not come becomes a line", () => {
  const transcript = new Transcript();
  transcript.begin(0);
  transcript.take({ type: "partial", text: " Set a timer", stable: " Set a", start: 1, end: 2.5 });
  const [line] = transcript.settle();
  assert.equal(line.text, "Set a timer");
  assert.deepEqual([line.start, line.end], [1, 2.5]);
  assert.deepEqual(transcript.segments, [line]);
  assert.equal(transcript.partial, null);
  assert.deepEqual(transcript.settle(), [], "once");
});
