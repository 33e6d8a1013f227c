// OpenAI's SDK for Node, unmodified: it sends the file first, chunked, without a length.
// Arguments: base URL of the API, a recording, its text.
import assert from "node:assert/strict";
import fs from "node:fs";
import OpenAI from "openai";

const [baseURL, path, said] = process.argv.slice(2);
const client = new OpenAI({ apiKey: "any", baseURL, maxRetries: 0 });
const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
const same = (text) => assert.equal(letters(text), letters(said));
const file = () => fs.createReadStream(path);
const create = (more) => client.audio.transcriptions.create({ file: file(), model: "whisper-1", ...more });

same((await create({})).text);
same(await create({ response_format: "text" }));
assert.match(await create({ response_format: "srt" }), /^1\n00:00:/);
assert.match(await create({ response_format: "vtt" }), /^WEBVTT/);
const verbose = await create({
  response_format: "verbose_json",
  timestamp_granularities: ["word", "segment"],
});
same(verbose.text);
assert.equal(verbose.language, "english");
same(verbose.words.map((word) => word.word).join(" "));
same(verbose.segments.map((segment) => segment.text).join(""));
let text = "";
let last;
for await (const event of await create({ stream: true })) {
  if (event.type === "transcript.text.delta") text += event.delta;
  last = event;
}
same(text);
assert.equal(last.type, "transcript.text.done");
same(last.text);
// The bundled model was not trained to translate, so only the arrival of an answer is checked.
assert.ok((await client.audio.translations.create({ file: file(), model: "whisper-1" })).text);
const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.ok(models.includes("whisper-1"));
await assert.rejects(create({ language: "the queen's" }), (error) => {
  assert.ok(error instanceof OpenAI.BadRequestError);
  assert.equal(error.param, "language");
  return true;
});
console.log("good");
