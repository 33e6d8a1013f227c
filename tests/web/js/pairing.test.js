import assert from "node:assert/strict";
import test from "node:test";
import { Pairing, closest, translated, translationOf } from "../../../web/js/live/pairing.js";
import { chance } from "./chance.js";

const span = (start, end, text = `${start}`) => ({ start, end, text });

/** Record the place of every translation, which may be given only once. */
function follow(places, placed) {
  for (const { translation, original } of placed) {
    assert.ok(!places.has(translation));
    places.set(translation, original);
  }
}

/** Consecutive spans of the same 30 s of audio, cut at random. */
function cuts({ below, next }) {
  const made = [];
  for (let at = next(); at < 30;) {
    const end = at + 0.3 + 5 * next();
    made.push(span(at, end));
    at = end + (below(2) ? next() : 0);
  }
  return made;
}

test("each translation is at the original with most common time, and none is lost", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = chance(seed);
    const originals = cuts(random);
    const waiting = cuts(random);
    const translations = [...waiting];
    const pairing = new Pairing();
    const places = new Map();
    for (const original of originals) {
      while (waiting.length && random.below(3)) {
        const [one] = waiting.splice(random.below(waiting.length), 1);
        follow(places, pairing.addTranslation(one));
      }
      follow(places, pairing.addOriginal(original));
    }
    const late = waiting.splice(random.below(waiting.length + 1));
    for (const one of waiting) follow(places, pairing.addTranslation(one));
    follow(places, pairing.close());
    for (const one of late) follow(places, pairing.addTranslation(one));
    for (const one of translations) {
      assert.equal(places.get(one), closest(one, originals), `seed ${seed}`);
    }
  }
});

test("a translation waits for its own original", () => {
  const pairing = new Pairing();
  const [first, second, early] = [span(0, 2), span(3, 6), span(1.8, 5.9)];
  pairing.addOriginal(first);
  assert.deepEqual(pairing.addTranslation(early), []);
  assert.deepEqual(pairing.addOriginal(second), [{ translation: early, original: second }]);
});

test("two for one original, and one for two", () => {
  const pairing = new Pairing();
  const [first, second] = [span(0, 6), span(6, 9)];
  const translations = [span(0, 2), span(2, 6), span(0, 9)];
  pairing.addOriginal(first);
  const placed = translations.flatMap((one) => pairing.addTranslation(one));
  placed.push(...pairing.addOriginal(second));
  assert.deepEqual(
    placed,
    translations.map((translation) => ({ translation, original: first })),
  );
});

test("a translation without an original goes to the nearest, or is reported", () => {
  const pairing = new Pairing();
  const [first, second] = [span(0, 2), span(10, 12)];
  const [between, end] = [span(3, 4), span(13, 14)];
  pairing.addOriginal(first);
  pairing.addTranslation(between);
  assert.deepEqual(pairing.addOriginal(second), [{ translation: between, original: first }]);
  assert.deepEqual(pairing.addTranslation(end), []);
  assert.deepEqual(pairing.close(), [{ translation: end, original: second }]);
  const alone = new Pairing();
  alone.addTranslation(end);
  assert.deepEqual(alone.close(), [{ translation: end, original: null }]);
});

test("the text beside the original is the one that differs", () => {
  const korean = { text: "안녕하세요.", language: "ko" };
  const say = (...texts) => texts.map((text, index) => span(index, index + 1, text));
  assert.equal(translationOf(korean), "");
  assert.equal(translationOf({ ...korean, translations: say("Hello.", "You.") }), "Hello. You.");
  assert.equal(translationOf({ ...korean, translations: say("안녕하세요") }), "");
  assert.equal(translationOf({ text: "Hello", language: "en", translations: say("Hi") }), "");
});

test("the translation alone has its own times, and keeps what was not translated", () => {
  const one = { ...span(0, 5, "하나"), language: "ko", speaker: 1 };
  one.translations = [span(0, 3, "one"), span(3, 7, "two")];
  const covered = { ...span(5, 8, "둘"), language: "ko" };
  const english = { ...span(9, 10, "three"), language: "en" };
  const missed = { ...span(11, 12, "넷"), language: "ko" };
  const made = translated([one, covered, english, missed]);
  assert.deepEqual(
    made.map(({ start, end, text, language }) => [start, end, text, language]),
    [
      [0, 3, "one", "en"],
      [3, 7, "two", "en"],
      [9, 10, "three", "en"],
      [11, 12, "넷", "ko"],
    ],
  );
  assert.equal(made[1].speaker, 1);
});
