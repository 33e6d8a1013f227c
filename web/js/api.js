/** Requests to this page's own server, with a key if one is required. */

import { language } from "./i18n.js";

const STORED = "api-key";

/**
 * The API key, stored until the tab is closed.
 * @param {string} server address of another live server, which must not get this one's key
 */
export function key(server = "") {
  return sessionStorage.getItem(nameOf(server));
}

export function setKey(value, server = "") {
  if (value) sessionStorage.setItem(nameOf(server), value);
  else sessionStorage.removeItem(nameOf(server));
}

function nameOf(server) {
  return server ? `${STORED} ${server}` : STORED;
}

/** Codes for answers that are not this server's, such as those of a proxy before it. */
const BY_STATUS = { 502: "unreachable", 504: "unreachable", 507: "disk_full" };

/** An error answer, with `code`, `message` and `retryAfterS` from the API. */
export class ApiError extends Error {
  constructor(status, detail, retryAfterS) {
    super(detail.message || `HTTP ${status}`);
    this.status = status;
    this.code = detail.code || BY_STATUS[status] || `http_${status}`;
    this.detail = detail;
    this.retryAfterS = retryAfterS;
  }
}

export function headers(extra = {}) {
  const token = key();
  const sent = { "Accept-Language": language, ...extra };
  if (token) sent.Authorization = `Bearer ${token}`;
  return sent;
}

/** The ApiError for an error answer. */
export function failure(status, text, retryAfter) {
  let detail = {};
  try {
    detail = JSON.parse(text).detail ?? {};
  } catch {
    // not from this server: a proxy's page, or an empty body
  }
  if (typeof detail !== "object") detail = { message: String(detail) };
  return new ApiError(status, detail, Number(retryAfter) || 0);
}

/**
 * Send a request whose answer is JSON. Raises ApiError, with status 0 if there is no answer.
 * @param {string} path relative to the page
 * @param {RequestInit & {json?: any}} options
 */
export async function request(path, { json, ...options } = {}) {
  const body = json === undefined ? options.body : JSON.stringify(json);
  const extra = {
    ...options.headers,
    ...(json === undefined ? {} : { "Content-Type": "application/json" }),
  };
  let answer;
  try {
    answer = await fetch(path, { ...options, body, headers: headers(extra) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "unreachable" }, 0);
  }
  const text = await answer.text();
  if (!answer.ok) throw failure(answer.status, text, answer.headers.get("Retry-After"));
  return text ? JSON.parse(text) : {};
}

/**
 * Read server-sent events with fetch, because an EventSource cannot send a key. Reconnects until
 * `signal` aborts.
 * @param {string} path
 * @param {(event: string, data: any) => void} onEvent
 * @param {AbortSignal} signal
 */
export async function events(path, onEvent, signal) {
  let last = "";
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      const extra = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const answer = await fetch(path, { headers: headers(extra), signal });
      if (answer.ok) {
        tries = 0;
        for await (const { id, event, data } of messages(answer.body)) {
          if (id) last = id;
          onEvent(event, data);
        }
      }
    } catch {
      // connection broken or refused: retried below
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 500 * 2 ** tries)));
  }
}

/** The messages of a stream of server-sent events (WHATWG HTML, section 9.2). */
async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer = (buffer + value).replaceAll("\r\n", "\n");
    let end;
    while ((end = buffer.indexOf("\n\n")) >= 0) {
      const message = { id: "", event: "message", data: null };
      const data = [];
      for (const line of buffer.slice(0, end).split("\n")) {
        const [, field, text] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === "data") data.push(text);
        else if (field === "id" || field === "event") message[field] = text;
      }
      buffer = buffer.slice(end + 2);
      if (!data.length) continue;
      try {
        message.data = JSON.parse(data.join("\n"));
      } catch {
        continue;
      }
      yield message;
    }
  }
}
