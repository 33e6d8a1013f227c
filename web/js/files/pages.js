/** Which pages of this browser are open: each has a name, and answers when it is called. */

import { randomName } from "../dom.js";

/** Within this time a page answers that is not busy. */
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
