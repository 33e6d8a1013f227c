/** Merges concurrent corrections of one transcript by two people, line by line. Pure functions. */

import { listed, placed, withComments } from "./comments.js";
import { common } from "./diff.js";

const keys = new WeakMap();

/** A key that is equal for equal segments, whatever the order of their fields; without comments. */
function keyOf(segment) {
  if (!keys.has(segment)) {
    const { start, end, text, speaker, channel, words = [] } = segment;
    const spoken = words.map((word) => [word.word, word.start, word.end, word.probability]);
    keys.set(segment, JSON.stringify([start, end, text, speaker, channel, spoken]));
  }
  return keys.get(segment);
}

const same = (one, other) =>
  one.length === other.length && one.every((segment, at) => keyOf(segment) === keyOf(other[at]));

/** @typedef {import("./document.js").State} State */

/** Whether two states are equal. @param {State} one @param {State} other */
export function equal(one, other) {
  const names = (state) => JSON.stringify(Object.entries(state.speakers).sort());
  const comments = (state) => JSON.stringify(commentKeys(state));
  const isEqual = (part) => part(one) === part(other);
  return [names, comments].every(isEqual) && same(one.segments, other.segments);
}

function commentKeys({ segments }) {
  return listed(segments).map(({ start, text, name = "" }) => JSON.stringify([start, text, name]));
}

/** The comments of both, without those that one of them deleted. They never collide. */
function mergedComments(base, mine, theirs) {
  const [was, own, other] = [base, mine, theirs].map((state) => new Set(commentKeys(state)));
  const kept = [...new Set([...own, ...other])].filter(
    (key) => !was.has(key) || (own.has(key) && other.has(key)),
  );
  return kept.map((key) => {
    const [start, text, name] = JSON.parse(key);
    return name ? { start, text, name } : { start, text };
  });
}

/**
 * Merge the corrections of two people.
 * @param {State} base the common start @param {State} mine @param {State} theirs
 * @returns {{collisions: {mine: string, theirs: string}[], mine: number, theirs: number,
 *   build: (theirs: boolean[]) => State}} `collisions`: places that both changed, each as text;
 *   `mine`, `theirs`: number of places that only one changed; `build`: makes the result; for each
 *   collision, whether to keep theirs. Comments are not counted.
 */
export function merge(base, mine, theirs) {
  const lines = pieces(base.segments, mine.segments, theirs.segments).map((piece) =>
    settle(piece, same),
  );
  const names = [...new Set([base, mine, theirs].flatMap(({ speakers }) => Object.keys(speakers)))];
  const renamed = names.map((number) => {
    const [was, own, other] = [base, mine, theirs].map(({ speakers }) => speakers[number] ?? "");
    return { number, ...settle({ base: was, mine: own, theirs: other }, Object.is) };
  });
  const all = [...lines, ...renamed];
  const colliding = all.filter(({ from }) => from === "both");
  const textOf = (value) =>
    typeof value === "string" ? value : value.map(({ text }) => text).join(" ");
  return {
    collisions: colliding.map((piece) => ({
      mine: textOf(piece.mine),
      theirs: textOf(piece.theirs),
    })),
    mine: all.filter(({ from }) => from === "mine").length,
    theirs: all.filter(({ from }) => from === "theirs").length,
    build: (choices = []) => {
      const chosen = (piece) => {
        if (piece.from === "theirs") return piece.theirs;
        return choices[colliding.indexOf(piece)] ? piece.theirs : piece.mine;
      };
      const named = renamed.map((piece) => [piece.number, chosen(piece)]);
      const bare = lines.flatMap(chosen).map((segment) => withComments(segment, []));
      return {
        segments: placed(bare, mergedComments(base, mine, theirs)),
        speakers: Object.fromEntries(named.filter(([, name]) => name)),
      };
    },
  };
}

/** Who changed a piece: `mine`, `theirs`, `both` differently, or `nobody` (also both equally). */
function settle(piece, isSame) {
  const { base, mine, theirs } = piece;
  if (isSame(mine, theirs)) return { ...piece, from: "nobody" };
  if (isSame(base, mine)) return { ...piece, from: "theirs" };
  return { ...piece, from: isSame(base, theirs) ? "mine" : "both" };
}

/** The lists in pieces: unchanged lines, and between them each one's version of the same lines. */
function pieces(base, mine, theirs) {
  const all = [
    ...hunks(base, mine).map((hunk) => ({ ...hunk, whose: "mine" })),
    ...hunks(base, theirs).map((hunk) => ({ ...hunk, whose: "theirs" })),
  ].sort((one, other) => one.from - other.from || one.to - other.to);
  const made = [];
  let done = 0;
  while (all.length) {
    const group = [all.shift()];
    const { from } = group[0];
    let { to } = group[0];
    while (all.length && touches(all[0], group, to)) {
      group.push(all[0]);
      to = Math.max(to, all.shift().to);
    }
    const untouched = base.slice(done, from);
    made.push({ base: untouched, mine: untouched, theirs: untouched });
    const after = (whose) => applied(base, from, to, group.filter((hunk) => hunk.whose === whose));
    made.push({ base: base.slice(from, to), mine: after("mine"), theirs: after("theirs") });
    done = to;
  }
  const rest = base.slice(done);
  return [...made, { base: rest, mine: rest, theirs: rest }];
}

/** Changes of one person: lines `from` … `to` of the base were replaced. If the number of lines is
 * the same, each line is a separate change. */
function hunks(base, other) {
  const made = [];
  let [from, fromOther] = [0, 0];
  const pairs = common(base.map(keyOf), other.map(keyOf));
  for (const [to, toOther] of [...pairs, [base.length, other.length]]) {
    const added = other.slice(fromOther, toOther);
    if (added.length === to - from)
      added.forEach((one, at) => made.push({ from: from + at, to: from + at + 1, added: [one] }));
    else made.push({ from, to, added });
    [from, fromOther] = [to + 1, toOther + 1];
  }
  return made;
}

/** Whether a change overlaps a group of changes, or inserts at the same place. */
function touches({ from, to }, group, end) {
  if (from < end) return true;
  return from === to && group.some((other) => other.from === other.to && other.from === from);
}

/** Lines `from` … `to` after the changes. */
function applied(base, from, to, changes) {
  const made = [];
  let at = from;
  for (const change of changes) {
    made.push(...base.slice(at, change.from), ...change.added);
    at = change.to;
  }
  return [...made, ...base.slice(at, to)];
}

/**
 * Move a draft of another version onto the current one, as if both had the same start.
 * @param {{from: number, was: object[], added: object[], speakers: object, names: object}} draft
 *   `was`: the replaced segments; `names`: the names before
 * @param {State} theirs the current state
 * @returns {{base: State, mine: State}}
 */
export function rebased({ from, was, added, speakers, names }, theirs) {
  const { segments } = theirs;
  const isThere = (at) => same(was, segments.slice(at, at + was.length));
  let at = [from, ...segments.keys()].find(isThere);
  let count = was.length;
  if (at === undefined || !was.length) {
    // Somebody changed those lines too: find the lines at that time.
    const spans = [...was, ...added];
    const [start, end] = [
      Math.min(...spans.map((one) => one.start)),
      Math.max(...spans.map((one) => one.end)),
    ];
    at = segments.findIndex((one) => one.end > start);
    if (at < 0) at = segments.length;
    count = segments.slice(at).findIndex((one) => one.start >= end);
    if (count < 0) count = segments.length - at;
  }
  const put = (made) => [...segments.slice(0, at), ...made, ...segments.slice(at + count)];
  return {
    base: { segments: put(was), speakers: names },
    mine: { segments: put(added), speakers },
  };
}
