/** Selection and order of the jobs in the list. Pure functions. */

/** States that a filter combines. */
const GROUPS = {
  all: null,
  going: new Set(["pending", "processing"]),
  done: new Set(["completed"]),
  failed: new Set(["failed", "cancelled"]),
};
export const STATES = Object.keys(GROUPS);
export const SORTS = ["newest", "oldest", "name", "longest"];

/** The displayed name of a job. */
export function nameOf(job) {
  return job.name || job.file_path || job.job_id;
}

function lengthOf(job) {
  return job.result?.duration ?? job.duration ?? 0;
}

/**
 * @param {object[]} jobs newest first
 * @param {{sort: string, state: string, folder: string|null, tag: string, wanted: string,
 *   hits: Map<string, string>}} how `folder`: null: any, "": none; `hits`: excerpts of the
 *   transcripts that contain `wanted`, by job
 */
export function arrange(jobs, { sort, state, folder, tag, wanted, hits }) {
  const needle = wanted.trim().toLowerCase();
  const chosen = new Set(jobs.filter((job) => !job.is_set_aside).map(({ file_id: id }) => id));
  const found = jobs.filter(
    (job) =>
      (!job.is_set_aside || !chosen.has(job.file_id)) &&
      (!GROUPS[state] || GROUPS[state].has(job.status)) &&
      (folder === null || (job.folder ?? "") === folder) &&
      (!tag || job.tags?.includes(tag)) &&
      (!needle || nameOf(job).toLowerCase().includes(needle) || hits.has(job.job_id)),
  );
  const orders = {
    oldest: (one, other) => (one.created_at < other.created_at ? -1 : 1),
    name: (one, other) =>
      nameOf(one).localeCompare(nameOf(other), undefined, { numeric: true }) || 0,
    longest: (one, other) => lengthOf(other) - lengthOf(one),
  };
  return orders[sort] ? found.sort(orders[sort]) : found;
}

/** Existing folders and tags, sorted, each with its number of jobs. */
export function shelves(jobs) {
  const count = (names) => {
    const counts = new Map();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].sort(([one], [other]) =>
      one.localeCompare(other, undefined, { numeric: true }),
    );
  };
  return {
    folders: count(jobs.map(({ folder }) => folder).filter(Boolean)),
    tags: count(jobs.flatMap(({ tags }) => tags ?? [])),
  };
}

/** `a, b` → names without duplicates. */
export function tagsOf(text) {
  const tags = text.split(",").map((tag) => tag.replace(/\s+/g, " ").trim());
  return [...new Set(tags.filter(Boolean).map((tag) => tag.slice(0, 40)))].slice(0, 20);
}
