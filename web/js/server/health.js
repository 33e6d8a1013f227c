/** How the server fares, in one word: what it says of its model, and what people get. No elements. */

/** Finals that come later than this are no live captions any more; the live page warns from there. */
const SLOW_MS = 2500;

/**
 * @param {object} state as `/api/server` answers
 * @returns {{name: string, level: "good"|"warn"|"bad", finalMs: number|null}} `name`: what the
 *   server says of its health (`ok`, `loading`, …), or `slow`, `full`, `slow_full`; `finalMs`: what
 *   95 % of the last minute's finals took at most
 */
export function healthOf({ health, samples, streams, capacity }) {
  const finalMs = samples.at(-1)?.final_ms ?? null;
  if (health.status !== "ok") return { name: health.status, level: "bad", finalMs };
  const slow = finalMs !== null && finalMs > SLOW_MS;
  const full = capacity > 0 && streams >= capacity;
  const name = [slow && "slow", full && "full"].filter(Boolean).join("_") || "ok";
  return { name, level: name === "ok" ? "good" : slow ? "bad" : "warn", finalMs };
}
