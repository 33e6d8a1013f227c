/** The choice of a live server: completes and checks typed addresses. No elements, no network. */

/** Default port of live servers (`STT_PORT`). */
const PORT = 8765;
/** A host name or address in the form that the URL parser returns. */
const HOST = /^([a-z\d_-]+(\.[a-z\d_-]+)*\.?|\[[\da-f:]+\])$/;
/** Hosts that browsers trust without encryption (W3C Secure Contexts, section 3.1). */
const LOOPBACK = /^(localhost|([^.]+\.)+localhost|127(\.\d+){3}|\[::1\])$/;

const BAD = { url: "", code: "server_bad" };

/**
 * @typedef {object} Choice
 * @property {string} url of another live server; empty: the page's own
 * @property {string} code key of a text under `problem`; empty: no problem
 */

/**
 * Whether users can choose a server at all.
 * @param {{live_servers: string[], any_live_server: boolean}} config of the page's server
 */
export function hasChoice(config) {
  return config.any_live_server || config.live_servers.length > 0;
}

/**
 * The choice for a stored value, which may be outdated or untrusted: a value that the page's server
 * does not offer now means its own live server.
 * @param {unknown} wanted
 * @param {{ws_url: string, live_servers: string[], any_live_server: boolean}} config of the page's
 *   server; `ws_url`: its own live server
 * @param {boolean} secure whether the page is on https
 * @returns {Choice}
 */
export function choose(wanted, config, secure) {
  const offered = config.any_live_server || config.live_servers.includes(wanted);
  const choice = complete(typeof wanted === "string" && offered ? wanted : "", secure);
  // Any address of the page's own server means that server, whose key and models are known.
  return choice.url === complete(config.ws_url, secure).url ? { ...choice, url: "" } : choice;
}

/**
 * Complete a typed address: `gpu1` is ws://gpu1:8765, and wss:// from a page on https.
 * @param {string} typed
 * @param {boolean} secure whether the page is on https
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
  // User names, passwords and tokens would be stored in the address; keys have a separate dialog.
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
