/** The server's health in one word, from its model's state and its latency. No elements. */

/** Final latency that is too long for live captions; the live page warns from here. */
const SLOW_MS = 2500;

/**
 * @param {object} state the answer of `/api/server`
 * @returns {{name: string, level: "good"|"warn"|"bad", finalMs: number|null}} `name`: the
 *   server's own state (`ok`, `loading`, …), or `slow`, `full`, `slow_full`; `finalMs`: p95 of the
 *   last minute's final latency
 */
export function healthOf({ health, samples, streams, capacity }) {
  const finalMs = samples.at(-1)?.final_ms ?? null;
  if (health.status !== "ok") return { name: health.status, level: "bad", finalMs };
  const slow = finalMs !== null && finalMs > SLOW_MS;
  const full = capacity > 0 && streams >= capacity;
  const name = [slow && "slow", full && "full"].filter(Boolean).join("_") || "ok";
  return { name, level: name === "ok" ? "good" : slow ? "bad" : "warn", finalMs };
}
