import assert from "node:assert/strict";
import test from "node:test";
import { choose, complete, hasChoice } from "../../../web/js/live/servers.js";
import { chance } from "./chance.js";

const own = { url: "", code: "" };
const bad = { url: "", code: "server_bad" };
const to = (url) => ({ url, code: "" });

test("typed text becomes a complete address", () => {
  assert.deepEqual(complete("", false), own);
  assert.deepEqual(complete("  ", true), own);
  assert.deepEqual(complete(" gpu1 ", false), to("ws://gpu1:8765"));
  assert.deepEqual(complete("gpu1", true), to("wss://gpu1:8765"));
  assert.deepEqual(complete("gpu1:9000", false), to("ws://gpu1:9000"));
  assert.deepEqual(complete("gpu1:80", false), to("ws://gpu1"));
  assert.deepEqual(complete("example.org/stt", true), to("wss://example.org:8765/stt"));
  assert.deepEqual(complete("[::1]", false), to("ws://[::1]:8765"));
  assert.deepEqual(complete("[::1]:9000", false), to("ws://[::1]:9000"));
  assert.deepEqual(complete("WSS://Example.ORG/stt/", false), to("wss://example.org/stt/"));
  assert.deepEqual(complete("wss://example.org/", false), to("wss://example.org"));
});

test("text that is not the address of a live server is refused", () => {
  const typed = ["http://a", "javascript:alert(1)", "javascript://a", "ws://", "::1", "a:99999"];
  typed.push('<img/src=x/onerror="alert(1)">', "a b", "ws://me:secret@a", "ws://a/?token=s");
  typed.push("ws://a/#b", "data:text/html,x");
  for (const text of typed) assert.deepEqual(complete(text, false), bad, text);
});

test("a page on https needs wss, except for this machine", () => {
  assert.deepEqual(complete("ws://gpu1:8765", true), { url: "", code: "server_wss" });
  assert.equal(complete("ws://localhost.evil.org", true).code, "server_wss");
  for (const host of ["localhost", "a.localhost", "127.0.0.1", "[::1]"]) {
    assert.deepEqual(complete(`ws://${host}:8765`, true), to(`ws://${host}:8765`));
  }
});

test("a stored choice counts only if the page's server still offers it", () => {
  const none = { ws_url: "ws://page:8765", live_servers: [], any_live_server: false };
  const listed = { ...none, live_servers: ["wss://gpu1:8765", "ws://gpu2"] };
  const any = { ...none, any_live_server: true };
  assert.deepEqual([none, listed, any].map(hasChoice), [false, true, true]);
  assert.deepEqual(choose("wss://gpu1:8765", listed, false), to("wss://gpu1:8765"));
  assert.deepEqual(choose("ws://gpu2", listed, true), { url: "", code: "server_wss" });
  assert.deepEqual(choose("wss://gpu3:8765", listed, false), own);
  assert.deepEqual(choose("wss://gpu1:8765", none, false), own);
  assert.deepEqual(choose("wss://gpu3:8765", any, false), to("wss://gpu3:8765"));
  assert.deepEqual(choose("<b>", any, false), bad);
  assert.deepEqual(choose("Page", any, false), own);
  for (const broken of [undefined, null, 7, {}, ["wss://gpu1:8765"]]) {
    for (const config of [none, listed, any]) assert.deepEqual(choose(broken, config, false), own);
  }
});

test("any typed text is a WebSocket address or nothing; a complete address stays", () => {
  const { below } = chance(7);
  const letters = [..."ws:/[]@?#%.-_ 08<>\"'&=가\\\t\u0000Aaz"];
  for (let round = 0; round < 5000; round += 1) {
    const tail = Array.from({ length: below(14) }, () => letters[below(letters.length)]);
    const typed = ["", "ws://", "wss://a", "b:1"][round % 4] + tail.join("");
    const { url, code } = complete(typed, false);
    if (!url) continue;
    assert.equal(code, "");
    assert.match(url, /^wss?:\/\/[\w.:[\]-]+(\/[^?#<>"\s]*)?$/, typed);
    assert.deepEqual(complete(url, false), to(url), typed);
  }
});
