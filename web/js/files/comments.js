/**
 * Comments on lines: `{text, name?}`, in the field `comments` of a segment, so that they are saved,
 * merged and undone with its corrections. Pure functions.
 */

import { lastBefore } from "./document.js";

/** Letters of a comment and of its writer's name, as on the server. */
export const [MOST_LETTERS, MOST_NAME_LETTERS] = [2000, 100];

/** All comments. @returns {{start: number, text: string, name?: string}[]} */
export function listed(segments) {
  return segments.flatMap(({ start, comments = [] }) =>
    comments.map((comment) => ({ ...comment, start })),
  );
}

/**
 * The segments with other segments' comments, each on the line at its time.
 * @param {{start: number, text: string, name?: string}[]} comments as from `listed`
 */
export function placed(segments, comments) {
  const made = [...segments];
  for (const { start, ...comment } of segments.length ? comments : []) {
    const at = Math.max(0, lastBefore(segments, start));
    made[at] = withComments(made[at], [...(made[at].comments ?? []), comment]);
  }
  return made;
}

/** The segment with these comments instead of its own. */
export function withComments(segment, comments) {
  const { comments: own, ...bare } = segment;
  if (comments.length) return { ...bare, comments };
  return own ? bare : segment;
}
