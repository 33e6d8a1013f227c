import assert from "node:assert/strict";
import test from "node:test";
import { arrange, nameOf, shelves, tagsOf } from "../../../web/js/files/listing.js";

const JOBS = [
  { job_id: "c", file_path: "call 10.wav", status: "completed", created_at: "3", tags: ["x"] },
  { job_id: "b", file_path: "call 9.wav", status: "failed", created_at: "2", folder: "2026" },
  {
    job_id: "a",
    file_path: "z.wav",
    name: "Alpha",
    status: "pending",
    created_at: "1",
    duration: 9,
  },
].map((job) => ({ folder: "", tags: [], ...job }));
const ALL = { sort: "newest", state: "all", folder: null, tag: "", wanted: "", hits: new Map() };
const ids = (how) =>
  arrange([...JOBS], { ...ALL, ...how })
    .map(({ job_id: id }) => id)
    .join("");

test("jobs are sorted, and filtered by state, folder, tag, name and words", () => {
  assert.equal(ids({}), "cba");
  assert.equal(ids({ sort: "oldest" }), "abc");
  assert.equal(ids({ sort: "name" }), "abc", "9 before 10");
  assert.equal(ids({ sort: "longest" }), "acb");
  assert.equal(ids({ state: "going" }), "a");
  assert.equal(ids({ state: "failed" }), "b");
  assert.equal(ids({ folder: "2026" }), "b");
  assert.equal(ids({ folder: "" }), "ca");
  assert.equal(ids({ tag: "x" }), "c");
  assert.equal(ids({ wanted: " ALPHA " }), "a");
  assert.equal(ids({ wanted: "call", hits: new Map([["a", "…"]]) }), "cba");
});

test("of two transcripts of a file, the rejected one is left out", () => {
  const twice = [
    { job_id: "b", file_id: "1", is_set_aside: true },
    { job_id: "a", file_id: "1" },
    { job_id: "c", file_id: "2", is_set_aside: true },
  ];
  const left = arrange(twice, ALL).map(({ job_id: id }) => id);
  assert.deepEqual(left, ["a", "c"], "c is the only one of its file");
});

test("names, folders and tags", () => {
  assert.deepEqual(JOBS.map(nameOf), ["call 10.wav", "call 9.wav", "Alpha"]);
  assert.deepEqual(shelves(JOBS), { folders: [["2026", 1]], tags: [["x", 1]] });
  assert.deepEqual(tagsOf(" a,  b c , a,"), ["a", "b c"]);
});
