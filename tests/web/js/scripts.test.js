import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { cues, toJson, wrap } from "../../../web/js/formats.js";
import { translationOf } from "../../../web/js/live/pairing.js";
import { joinTexts, splitWords } from "../../../web/js/scripts.js";

const JOINTS = JSON.parse(readFileSync(new URL("joints.json", import.meta.url), "utf8"));
const LONG = "お腹が空いたので、駅前の店でラーメンを食べました。".repeat(4);

test("no spaces in scripts without them, and spaces everywhere else", () => {
  for (const texts of JOINTS.none) assert.equal(joinTexts(texts), texts.join(""));
  for (const texts of JOINTS.blank) assert.equal(joinTexts(texts), texts.join(" "));
  assert.equal(joinTexts([" Hello ", "", "  ", "there "]), "Hello there");
  assert.equal(joinTexts([]), "");
});

test("unspaced letters are words of their own", () => {
  assert.deepEqual(splitWords("Whisper は 音声。 "), ["Whisper", " は", " 音", "声。"]);
  assert.deepEqual(splitWords("  "), []);
});

test("downloads and translations are joined alike", () => {
  const said = (text, start) => ({ start, end: start + 1, text });
  const segments = [said("お", 0), said("腹", 1)];
  assert.equal(JSON.parse(toJson(segments)).text, "お腹");
  const translations = [said("I am", 0), said("hungry.", 1)];
  assert.equal(translationOf({ text: "お腹", language: "ja", translations }), "I am hungry.");
});

test("long text without spaces becomes readable lines and cues", () => {
  for (const words of [undefined, splitWords(LONG).map((word, n) => timed(word, n))]) {
    const made = cues([{ start: 0, end: 20, text: LONG, words }]);
    assert.ok(made.length > 2);
    assert.equal(made.map((cue) => cue.text).join(""), LONG);
    for (const cue of made) assert.ok(cue.end - cue.start <= 7 && wrap(cue.text).length <= 2);
  }
});

test("punctuation and spaces between timed words stay, and so does text added after them", () => {
  const words = ["one", "two", "three"].map((word, n) => timed(word, 40 * n));
  const text = "“one” - two ... three and more";
  const made = cues([{ start: 0, end: 90, text, words }]);
  assert.equal(made.map((cue) => cue.text).join(" "), text);
  assert.deepEqual(
    made.map((cue) => cue.start),
    [0, 8, 16],
  );
});

function timed(word, n) {
  return { word, start: 0.2 * n, end: 0.2 * n + 0.2 };
}
