/** The meaning of a closed connection: retry, and when, or give up. No socket, no clock. */

/** Close codes after which the same bytes would be refused again (RFC 6455, section 7.4.1). */
const FINAL_CODES = new Set([1002, 1003, 1007, 1008, 1009, 1010]);
/** Temporary errors, whatever their close code: a place becomes free. */
export const PASSING = new Set(["busy", "overloaded", "draining", "not_ready"]);
/** Reasons for which a busy server is not worth waiting for: it has room, but not for this key. */
const LASTING = new Set(["wrong_keys", "key_hours"]);
export const FIRST_MS = 250;
export const MOST_MS = 8000;

/**
 * @param {number} code of the close event; 1006: no Close frame arrived
 * @param {object|null} failure the server's fatal error before the close
 * @returns {{retry: boolean, code: string, message: string, afterMs: number, reason?: string}}
 */
export function judge(code, failure) {
  if (failure) {
    const seconds = Number(failure.retry_after_s);
    const isPassing = PASSING.has(failure.code) || !FINAL_CODES.has(code);
    return {
      retry: isPassing && !LASTING.has(failure.reason),
      code: failure.code,
      reason: failure.reason,
      message: String(failure.message ?? ""),
      afterMs: seconds >= 0 && seconds <= 3600 ? 1000 * seconds : 0,
    };
  }
  const retry = code !== 1000 && !FINAL_CODES.has(code);
  return {
    retry,
    code: code === 1006 ? "disconnected" : `closed_${code}`,
    message: "",
    afterMs: 0,
  };
}

/**
 * Milliseconds before the next try: the server's request plus up to a quarter, else a doubling
 * delay of which half is random, so that a thousand pages do not return in the same second. A page
 * retries as long as the recording lasts.
 */
export function delayMs(tries, askedMs, chance = Math.random) {
  if (askedMs > 0) return askedMs * (1 + 0.25 * chance());
  const wide = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries, 16));
  return wide * (0.5 + 0.5 * chance());
}
