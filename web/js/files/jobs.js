/** What is known of the jobs, and when they will be done. No elements, no requests. */

const ENDED = new Set(["completed", "failed", "cancelled"]);
/** Progress in percent between which the server counts audio (the rest is waiting and the end). */
const FROM = 10;
const TO = 90;
/** Readings of a job's progress that the estimate looks back on. */
const READINGS = 20;

export function ended(job) {
  return ENDED.has(job.status);
}

export class Jobs {
  /** @type {Map<string, object>} newest first is `list` */
  #jobs = new Map();
  #readings = new Map();

  /** All jobs, those added last first. */
  get list() {
    return [...this.#jobs.values()].sort((one, other) =>
      one.created_at < other.created_at ? 1 : -1,
    );
  }

  get(id) {
    return this.#jobs.get(id);
  }

  /**
   * Take what the server says of a job.
   * @param {object} job with `job_id`
   * @param {number} now seconds, on any clock
   */
  take(job, now) {
    const known = { ...this.#jobs.get(job.job_id), ...job };
    this.#jobs.set(job.job_id, known);
    const readings = this.#readings.get(job.job_id) ?? [];
    if (known.status !== "processing") readings.length = 0;
    else if (readings.at(-1)?.progress !== known.progress) {
      if (readings.at(-1)?.progress > known.progress) readings.length = 0; // it began again
      readings.push({ now, progress: known.progress });
    }
    this.#readings.set(job.job_id, readings.slice(-READINGS));
    return known;
  }

  remove(id) {
    this.#jobs.delete(id);
    this.#readings.delete(id);
  }

  /** Seconds until a job is done at the pace of its latest readings; null: nobody can say yet. */
  remainingS(id, now) {
    const readings = this.#readings.get(id) ?? [];
    const [first, last] = [readings[0], readings.at(-1)];
    if (!first || last.progress - first.progress < 1 || last.progress < FROM) return null;
    const perS = (last.progress - first.progress) / (last.now - first.now || 1);
    return Math.max(0, (TO - last.progress) / perS - (now - last.now));
  }

  /** Jobs of the same upload, such as the one with personal data masked. */
  siblings(job) {
    return this.list.filter(
      (other) => other.file_id === job.file_id && other.job_id !== job.job_id,
    );
  }

  /** How many wait before a waiting job. */
  ahead(job) {
    return this.list.filter(
      (other) => other.status === "pending" && other.created_at < job.created_at,
    ).length;
  }
}
