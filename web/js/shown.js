/** The parts of a transcript that people choose to see, stored in this browser. */

/** Parts that live transcripts and results have: when lines end, and lines for silences. */
export const PARTS = ["ends", "silences"];

/** @param {string} name of a part @param {boolean} first whether it is shown before any choice */
export function isDisplayed(name, first = false) {
  const stored = localStorage.getItem(`display-${name}`);
  return stored === null ? first : stored === "on";
}

/** @param {boolean} isWanted whether to show the part */
export function display(name, isWanted) {
  localStorage.setItem(`display-${name}`, isWanted ? "on" : "off");
}

/** Those of PARTS that are shown. */
export function displayed() {
  return PARTS.filter((name) => isDisplayed(name));
}
