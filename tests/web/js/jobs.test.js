import assert from "node:assert/strict";
import test from "node:test";
import { Jobs } from "../../../web/js/files/jobs.js";
import { chance } from "./chance.js";

const running = (progress, more = {}) => ({
  job_id: "a",
  status: "processing",
  created_at: "2026-01-02",
  is_stream: false,
  duration: 100,
  progress,
  ...more,
});
const done = (id, took, duration) => ({
  job_id: id,
  status: "completed",
  created_at: "2026-01-01",
  is_stream: false,
  progress: 100,
  result: { duration, processing_time_seconds: took },
});

test("a bar advances between two readings at the job's pace, never past the next", () => {
  const jobs = new Jobs();
  jobs.take(running(10), 0);
  jobs.take(running(20), 5);
  assert.equal(jobs.progress("a", 5), 20);
  assert.equal(jobs.progress("a", 7), 24);
  assert.ok(jobs.progress("a", 10) < 30 && jobs.progress("a", 10) > 29);
  assert.equal(jobs.progress("a", 10), jobs.progress("a", 60), "it waits for the next reading");
  assert.equal(jobs.remainingS("a", 5), 35);
});

test("the pace of finished jobs moves a bar before its first reading", () => {
  const jobs = new Jobs();
  jobs.take(running(10), 0);
  assert.equal(jobs.progress("a", 3), 10);
  assert.equal(jobs.remainingS("a", 3), null);
  for (const [id, took] of [
    ["x", 10],
    ["y", 20],
    ["z", 900],
  ])
    jobs.take(done(id, took, 100), 1);
  assert.equal(jobs.progress("a", 5), 30, "80 % in 20 s");
  assert.equal(jobs.remainingS("a", 5), 15);
  assert.equal(jobs.progress("a", 500), 10 + 0.95 * 48, "two windows of a file of 100 s");
});

test("a retried job has its own readings, and a file without a length no pace", () => {
  const jobs = new Jobs();
  jobs.take(running(50), 0);
  jobs.take(running(60), 1);
  jobs.take(running(12), 2);
  assert.equal(jobs.progress("a", 9), 12);
  jobs.take(done("x", 10, 100), 2);
  jobs.take(running(12, { duration: null }), 3);
  assert.equal(jobs.remainingS("a", 9), null);
});

test("the shown progress never decreases", () => {
  for (let seed = 1; seed < 40; seed += 1) {
    const { next } = chance(seed);
    const jobs = new Jobs();
    jobs.take(done("x", 1 + 50 * next(), 100), 0);
    let [now, real, shown] = [0, 10, 0];
    jobs.take(running(real), now);
    const step = 5 + 20 * next();
    while (real < 90) {
      now += 4 * next();
      const seen = jobs.progress("a", now);
      assert.ok(seen >= shown - 1e-9 && seen <= 90, `${seed}: ${shown} → ${seen}`);
      shown = seen;
      if (next() < 0.3) {
        real = Math.min(90, real + step);
        jobs.take(running(real), now);
      }
    }
  }
});
