/** Detects open pages of this browser: each has a name, and answers messages to it. */

import { randomName } from "../dom.js";

/** Time within which a page answers unless it is busy. */
const PATIENCE_MS = 300;

export const page = randomName();
const channel = new BroadcastChannel("pages");
const waiting = new Map();

channel.addEventListener("message", ({ data }) => {
  if (data.called === page) channel.postMessage({ here: page });
  waiting.get(data.here)?.(true);
});

/** Whether a page is still open. @param {string} name of it */
export function isOpen(name) {
  return new Promise((resolve) => {
    const tell = (isThere) => {
      waiting.delete(name);
      clearTimeout(timer);
      resolve(isThere);
    };
    const timer = setTimeout(() => tell(false), PATIENCE_MS);
    waiting.set(name, tell);
    channel.postMessage({ called: name });
  });
}
