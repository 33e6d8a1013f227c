/** The jobs, their progress, and estimates of when they will be done. No elements. */

const ENDED = new Set(["completed", "failed", "cancelled"]);
/** Range of progress in percent that counts audio (the rest is waiting and finishing). */
const FROM = 10;
const TO = 90;
/** Number of readings of a job's progress that the estimate uses. */
const READINGS = 20;
/** Number of finished jobs whose pace is used for the next job's estimate. */
const LOOKED_BACK = 5;
/** Maximum share of the way to the next reading that is shown before it arrives. */
const MOST_AHEAD = 0.95;
/** Assumed seconds of audio between two readings: two windows of the model. */
const BETWEEN_S = 60;

export function ended(job) {
  return ENDED.has(job.status);
}

export class Jobs {
  /** @type {Map<string, object>} `list` has them newest first */
  #jobs = new Map();
  #readings = new Map();
  /** Progress shown for each job, so that bars do not move back. */
  #shown = new Map();
  #list = null;
  #ofFile = null;

  /** All jobs, the latest first. */
  get list() {
    this.#list ??= [...this.#jobs.values()].sort((one, other) =>
      one.created_at < other.created_at ? 1 : -1,
    );
    return this.#list;
  }

  get(id) {
    return this.#jobs.get(id);
  }

  /**
   * Store the server's state of a job.
   * @param {object} job with `job_id`
   * @param {number} now seconds, on any clock
   */
  take(job, now) {
    const known = { ...this.#jobs.get(job.job_id), ...job };
    this.#jobs.set(job.job_id, known);
    this.#list = this.#ofFile = null;
    const readings = this.#readings.get(job.job_id) ?? [];
    const last = readings.at(-1)?.progress;
    if (known.status !== "processing" || last > known.progress) {
      readings.length = 0; // it ended or restarted
      this.#shown.delete(job.job_id);
    }
    if (known.status === "processing" && readings.at(-1)?.progress !== known.progress)
      readings.push({ now, progress: known.progress });
    this.#readings.set(job.job_id, readings.slice(-READINGS));
    return known;
  }

  remove(id) {
    this.#jobs.delete(id);
    this.#readings.delete(id);
    this.#shown.delete(id);
    this.#list = this.#ofFile = null;
  }

  /**
   * Current progress of a job in percent. The server reports whole windows of half a minute;
   * between two readings the bar moves at the known pace, but never past the next one.
   */
  progress(id, now) {
    const job = this.#jobs.get(id);
    const readings = this.#readings.get(id) ?? [];
    const last = readings.at(-1);
    const perS = this.#perS(job, readings);
    if (!last || perS === null) return job.progress;
    const steps = readings.slice(1).map(({ progress }, at) => progress - readings[at].progress);
    if (!steps.length)
      steps.push((TO - FROM) * Math.min(1, BETWEEN_S / (job.duration || BETWEEN_S)));
    const step = MOST_AHEAD * Math.min(Math.max(...steps), TO - last.progress);
    const gone = Math.min(perS * Math.max(0, now - last.now), step);
    const shown = Math.max(last.progress + gone, this.#shown.get(id) ?? 0);
    this.#shown.set(id, shown);
    return shown;
  }

  /** Seconds until a job is done; null: not known yet. */
  remainingS(id, now) {
    const readings = this.#readings.get(id) ?? [];
    const perS = this.#perS(this.#jobs.get(id), readings);
    if (perS === null) return null;
    const last = readings.at(-1);
    return Math.max(0, (TO - last.progress) / perS - (now - last.now));
  }

  /** Percent per second, from this job's readings or else from earlier jobs. */
  #perS(job, readings) {
    const [first, last] = [readings[0], readings.at(-1)];
    if (!first || last.progress < FROM) return null;
    if (last.progress - first.progress >= 1)
      return (last.progress - first.progress) / (last.now - first.now || 1);
    const pace = this.#pace(job);
    return job.duration && pace ? (TO - FROM) / (job.duration * pace) : null;
  }

  /** Seconds of work per second of audio: the median of the latest finished jobs; 0: unknown. */
  #pace(job) {
    const paces = this.list
      .filter(({ status, result }) => status === "completed" && result?.duration > 0)
      .filter(({ is_stream: way }) => way === job.is_stream)
      .slice(0, LOOKED_BACK)
      .map(({ result }) => result.processing_time_seconds / result.duration)
      .sort((one, other) => one - other);
    return paces[paces.length >> 1] ?? 0;
  }

  /** Other jobs of the same upload, the latest first. */
  siblings(job) {
    this.#ofFile ??= Map.groupBy(this.list, ({ file_id: id }) => id);
    const all = this.#ofFile.get(job.file_id) ?? [];
    return all.filter(({ job_id: id }) => id !== job.job_id);
  }

  /** Number of jobs ahead of a waiting job. */
  ahead(job) {
    return this.list.filter(
      (other) => other.status === "pending" && other.created_at < job.created_at,
    ).length;
  }
}
