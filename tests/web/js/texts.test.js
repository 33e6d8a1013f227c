import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import en from "../../../web/js/lang/en.js";
import ko from "../../../web/js/lang/ko.js";
import { TABLE, next, recording, refusal } from "../../../web/js/live/state.js";

const WEB = new URL("../../../web/", import.meta.url);
const sources = readdirSync(new URL("js/", WEB), { recursive: true })
  .filter((name) => name.endsWith(".js") && !name.startsWith("lang"))
  .map((name) => [name, readFileSync(new URL(`js/${name}`, WEB), "utf8")]);
const html = ["index.html", "shared.html"]
  .map((name) => readFileSync(new URL(name, WEB), "utf8"))
  .join("\n");

test("both languages have the same texts with the same places to fill", () => {
  assert.deepEqual(Object.keys(ko), Object.keys(en));
  for (const [key, text] of Object.entries(en)) {
    const places = (value) => [...value.matchAll(/\{\w+\}/g)].map(String).sort();
    assert.deepEqual(places(ko[key]), places(text), key);
  }
});

test("every text that the page requests exists", () => {
  const asked = [html, ...sources.map(([, text]) => text)]
    .flatMap((text) => [
      ...text.matchAll(/\bt\("([\w.]+)"|data-t(?:-label|-placeholder)?"?[=:] ?"([\w.]+)"/g),
    ])
    .map(([, first, second]) => first ?? second);
  assert.ok(asked.length > 60);
  assert.deepEqual(
    asked.filter((key) => !(key in en)),
    [],
  );
  for (const key of Object.keys(en).filter((name) => /^problem\.\w+$/.test(name))) {
    assert.ok(`${key}.advice` in en, key);
  }
});

test("every code from the server has a name", () => {
  const rules = new URL("../../../realtime/postprocess/", import.meta.url);
  const codes = (file, pattern, key) =>
    [...readFileSync(new URL(file, rules), "utf8").matchAll(pattern)].map(([, code]) => key + code);
  const named = [
    ...codes("classification/call_centre.toml", /^code = "(\w+)"/gm, "class."),
    ...codes("privacy/kinds.py", /^    (\w+) = "\1"/gm, "kind."),
  ];
  assert.ok(named.length > 20);
  assert.deepEqual(named.sort(), Object.keys(en).filter((key) => /^(class|kind)\./.test(key)).sort());
});

test("every state of the live page can be left, and has a name", () => {
  for (const [state, steps] of Object.entries(TABLE)) {
    assert.ok(`state.${state}` in en, state);
    for (const target of Object.values(steps)) assert.ok(target in TABLE, `${state} → ${target}`);
    assert.equal(next(state, "nonsense"), state);
    if (state !== "idle") assert.ok(steps.stop, `${state} can be stopped`);
  }
  assert.deepEqual(Object.keys(TABLE).filter(recording), [
    "connecting",
    "listening",
    "speaking",
    "reconnecting",
    "waiting",
    "loading",
  ]);
  assert.deepEqual(["busy", "not_ready", "draining"].map(refusal), ["full", "loading", "broken"]);
});

test("no module creates elements from strings, or executes strings", () => {
  for (const [name, text] of sources) {
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/,
      name,
    );
    assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/, `${name} names another host`);
    for (const line of text.split("\n"))
      assert.ok(line.length <= 140 || name.includes("lang"), `${name}: ${line}`);
    assert.ok(text.split("\n").length <= 350, name);
  }
});
