/** Which live server is wanted: what was typed, made whole and checked. No elements, no network. */

/** Where our servers listen unless told otherwise (`STT_PORT`). */
const PORT = 8765;
/** As the URL parser leaves a name or an address. */
const HOST = /^([a-z\d_-]+(\.[a-z\d_-]+)*\.?|\[[\da-f:]+\])$/;
/** Hosts whom browsers trust without encryption (W3C Secure Contexts, section 3.1). */
const LOOPBACK = /^(localhost|([^.]+\.)+localhost|127(\.\d+){3}|\[::1\])$/;

const BAD = { url: "", code: "server_bad" };

/**
 * @typedef {object} Choice
 * @property {string} url of another live server; empty: the page's own
 * @property {string} code what is wrong with it, a text's key under `problem`; empty: nothing
 */

/**
 * Whether people have a choice at all.
 * @param {{live_servers: string[], any_live_server: boolean}} config of the page's server
 */
export function hasChoice(config) {
  return config.any_live_server || config.live_servers.length > 0;
}

/**
 * The choice behind a stored value, which may be of another day or of a stranger: whatever the
 * page's server does not offer now means its own.
 * @param {unknown} wanted
 * @param {{ws_url: string, live_servers: string[], any_live_server: boolean}} config of the page's
 *   server; `ws_url`: its own live server
 * @param {boolean} secure the page is on https
 * @returns {Choice}
 */
export function choose(wanted, config, secure) {
  const offered = config.any_live_server || config.live_servers.includes(wanted);
  const choice = complete(typeof wanted === "string" && offered ? wanted : "", secure);
  // By whatever way it was named: its key and its models are known.
  return choice.url === complete(config.ws_url, secure).url ? { ...choice, url: "" } : choice;
}

/**
 * An address as a person types it: `gpu1` is ws://gpu1:8765, and wss:// from a page on https.
 * @param {string} typed
 * @param {boolean} secure the page is on https
 * @returns {Choice}
 */
export function complete(typed, secure) {
  const text = typed.trim();
  if (!text) return { url: "", code: "" };
  let url;
  try {
    url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : withScheme(text, secure));
  } catch {
    return BAD;
  }
  // Names, passwords and tokens would be kept with the address; keys are asked for by themselves.
  const more = url.username || url.password || url.search || url.hash;
  if (!/^wss?:$/.test(url.protocol) || !HOST.test(url.hostname) || more) return BAD;
  if (secure && url.protocol === "ws:" && !LOOPBACK.test(url.hostname)) {
    return { url: "", code: "server_wss" };
  }
  const path = url.pathname === "/" ? "" : url.pathname;
  return { url: `${url.protocol}//${url.host}${path}`, code: "" };
}

function withScheme(text, secure) {
  const [host] = text.split("/", 1);
  const port = /:\d+$/.test(host) ? "" : `:${PORT}`;
  return `${secure ? "wss" : "ws"}://${host}${port}${text.slice(host.length)}`;
}
