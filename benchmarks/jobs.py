"""Jobs that survive: kill -9 at random moments, races with a cancel, visibility, workers.

a  a hundred jobs while the worker, the server, both and Redis are killed twenty times; where
   nobody is left to take over, the recovery counts from when the first is ready again
b  a thousand cancels while a job waits, runs and finishes
c  a job much longer than Redis' visibility timeout
e  eight jobs with one worker and with two
(d, the poison file, is tests/jobs/test_runner.py: it needs no measuring.)

Real processes, the bundled model, SQLite, Redis with an append-only file.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from benchmarks.support import Row, machine, parser, percentile, show
from realtime import logs
from realtime.models.bundled import Sample, samples
from realtime.settings import Settings
from tests.jobs.processes import House, Program, house, repeated, submit, until, upload
from tests.jobs.servers import Redis, redis_server
from tests.serving import serving

SEED = 5
LEASE_S = 5.0
RECOVERY_S = LEASE_S + 5.0
TARGETS = ("worker", "server", "both", "redis")
PAUSE_S = (1.0, 4.0)
"""Between two kills, at random; the next start comes up meanwhile."""
CANCEL_S = 2.0
PATIENCE_S = 1800.0


@contextmanager
def place(
    carried: bool = True, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[House, Redis | None]]:
    """A folder of data, with a Redis or without."""
    with tempfile.TemporaryDirectory(prefix="jobs-") as folder:
        own = {"STT_JOB_LEASE_S": str(LEASE_S), **(settings or {})}
        if not carried:
            with house(Path(folder), **own) as made:
                yield made, None
            return
        with redis_server() as redis, house(Path(folder), redis.url, **own) as made:
            yield made, redis


def upload_all(url: str, times: Sequence[int]) -> list[tuple[str, Sample, int]]:
    """One upload for each recording and number of repetitions: id, recording, repetitions."""
    return [
        (upload(url, f"{sample.name}-{count}.wav", repeated(sample, count)), sample, count)
        for sample in samples()
        for count in times
    ]


# a: kills


@dataclass
class Watch:
    """Sees, ten times a second, who holds what, and how long a dead holder's jobs stay his."""

    place: House
    dead: dict[str, float] = field(default_factory=dict)
    """Process id → when it was killed; where nobody was left, when the first was ready again."""
    orphans: dict[tuple[str, int], str] = field(default_factory=dict)
    """Job and attempt → process id of the dead holder."""
    recovered_s: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def mark(self, process_ids: Sequence[str]) -> None:
        """From now on others can take over what these held."""
        for process_id in process_ids:
            self.dead[process_id] = time.monotonic()

    def run(self) -> None:
        while not self.over.wait(0.1):
            rows = self.place.ask("SELECT id, attempt, owner, status FROM jobs")
            held = {(r[0], r[1]): r[2].split(":")[-2] for r in rows if r[3] == "processing"}
            self.orphans |= {key: pid for key, pid in held.items() if pid in self.dead}
            now = time.monotonic()
            for key in [key for key in self.orphans if key not in held]:
                self.recovered_s.append(now - self.dead[self.orphans.pop(key)])


def kill_at_random(jobs: int, kills: int, carried: bool) -> list[Row]:
    dice = random.Random(SEED)
    with place(carried) as (made, redis):
        server = made.server()
        programs = {"server": server}
        if redis is not None:
            programs["worker"] = made.worker()
        for program in programs.values():
            program.start()
        files = upload_all(made.url, (20, 60))
        watch = Watch(made)
        thread = threading.Thread(target=watch.run)
        thread.start()
        expected: dict[str, tuple[Sample, int]] = {}

        def add(number: int) -> None:
            file_id, sample, count = files[number % len(files)]
            job_id = submit(made.url, file_id, f"job-{number}", sample.language, 600)
            expected[job_id] = sample, count

        started = time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            adding = [pool.submit(add, number) for number in range(jobs)]
            done_kills = _kill(dice, kills, programs, redis, watch)
            for future in adding:
                future.result()
        until(lambda: made.waiting() == 0, "jobs are left over", PATIENCE_S)
        elapsed = time.monotonic() - started
        watch.over.set()
        thread.join()
        return _told(made, expected, watch, elapsed, done_kills, jobs, carried)


def _kill(
    dice: random.Random,
    kills: int,
    programs: dict[str, Program],
    redis: Redis | None,
    watch: Watch,
) -> int:
    targets = list(TARGETS) if redis is not None else ["server"]
    order = [targets[n % len(targets)] for n in range(kills)]
    dice.shuffle(order)
    for number, target in enumerate(order):
        time.sleep(dice.uniform(*PAUSE_S))
        if number and watch.place.waiting() == 0:
            return number
        if target == "redis" and redis is not None:
            redis.kill()
            redis.start()
            continue
        victims = list(programs.values()) if target == "both" else [programs[target]]
        process_ids = [str(victim.pid) for victim in victims]
        for victim in victims:
            victim.kill()
        watch.mark(process_ids)
        for victim in victims:
            victim.start(wait=False)
        for victim in victims:
            victim.wait_ready()
            if victim is victims[0] and len(victims) == len(programs):
                watch.mark([*process_ids, *watch.orphans.values()])
    return len(order)


def _told(
    made: House,
    expected: dict[str, tuple[Sample, int]],
    watch: Watch,
    elapsed: float,
    kills: int,
    jobs: int,
    carried: bool,
) -> list[Row]:
    rows = made.ask("SELECT id, status, reason, attempt FROM jobs")
    results = dict(made.ask("SELECT job_id, result FROM results"))
    completed = {row[0] for row in rows if row[1] == "completed"}
    ended = [row for row in rows if row[1] == "completed" or row[2]]
    texts = {job_id: json.loads(result)["text"] for job_id, result in results.items()}
    whole = sum(_is_whole(text, *expected[job_id]) for job_id, text in texts.items())
    failed, found = len(ended) - len(completed), watch.recovered_s
    again = sum(row[3] > 1 for row in rows)
    who = "worker, server, both, Redis" if carried else "server, without a carrier"
    worst = max(watch.recovered_s, default=0.0)
    return [
        Row("a", f"{kills} kills ({who}): jobs ended with a result or a reason",
            f"{len(ended)} of {jobs}: {len(completed)} completed, {failed} failed, "
            f"{again} of them after more than one attempt, in {elapsed:.0f} s",
            f"{jobs}", len(ended) == jobs == len(rows)),
        Row("a", "results written, each to one completed job; with every recording once",
            f"{len(results)}, {whole}", f"{len(completed)}, {len(completed)}",
            set(results) == completed and whole == len(completed)),
        Row("a", f"from the kill until the job waits for others, lease {LEASE_S:g} s",
            f"p50 {percentile(found, 50):.1f} s, worst {worst:.1f} s, {len(found)} times"
            if found else "nothing was held",
            f"<= {RECOVERY_S:g} s", worst <= RECOVERY_S),
    ]  # fmt: skip


def _is_whole(text: str, sample: Sample, count: int) -> bool:
    """Said as often as it was recorded, up to what the demo model mishears."""
    first = sample.text.split()[0].strip(".,?!").lower()
    own = sample.text.lower().count(first)
    return text.lower().count(first) == own * count


# b: cancels


def cancel_races(races: int) -> list[Row]:
    dice = random.Random(SEED)
    counts = {"cancelled": 0, "completed": 0}
    wrong: list[str] = []
    ended_s: list[float] = []
    with tempfile.TemporaryDirectory(prefix="jobs-") as folder:
        settings = Settings(port=0, web_port=0, model="bundled", data_dir=Path(folder), max_jobs=4)
        with serving(settings) as served:
            assert served.app.web is not None
            assert served.app.jobs is not None
            runner = served.app.jobs.runner
            assert runner is not None
            url = f"http://127.0.0.1:{served.app.web.port}/api"
            sample = samples()[0]
            file_id = upload(url, "a.wav", sample.path.read_bytes())
            with httpx2.Client(base_url=url, timeout=60) as http:

                def race(wait_s: float) -> None:
                    asked = {"file_id": file_id, "language": sample.language}
                    job_id = http.post("/transcribe-async/", json=asked).json()["job_id"]
                    time.sleep(wait_s)
                    began = time.monotonic()
                    http.post(f"/transcribe-cancel/{job_id}")
                    job = http.get(f"/transcribe-status/{job_id}").json()
                    until(lambda: not runner.works_on(job_id), "the work goes on")
                    ended_s.append(time.monotonic() - began)
                    if job["status"] not in counts or (job["status"] == "completed") != (
                        job["result"] is not None
                    ):
                        wrong.append(job_id)
                    else:
                        counts[job["status"]] += 1

                took = []
                for _ in range(5):  # how long one takes here, alone
                    began = time.monotonic()
                    job_id = submit(url, file_id, "", sample.language)
                    until(lambda: _completed(http, job_id), "no result")  # noqa: B023
                    took.append(time.monotonic() - began)
                longest = 6 * percentile(took, 50)  # four at once share the cores
                with ThreadPoolExecutor(4) as pool:
                    list(pool.map(race, [dice.uniform(0, longest) for _ in range(races)]))
    return [
        Row("b", f"{races} cancels at random moments: cancelled, completed before",
            f"{counts['cancelled']}, {counts['completed']}", f"{races} in all",
            sum(counts.values()) == races),
        Row("b", "cancelled with a result, or done without one", str(len(wrong)), "0", not wrong),
        Row("b", "from asking until status and work have ended",
            f"p50 {percentile(ended_s, 50):.2f} s, worst {max(ended_s):.2f} s",
            f"<= {CANCEL_S:g} s", max(ended_s) <= CANCEL_S),
    ]  # fmt: skip


def _completed(http: httpx2.Client, job_id: str) -> bool:
    return bool(http.get(f"/transcribe-status/{job_id}").json()["status"] == "completed")


# c: visibility


def visibility(times: int, visibility_s: float) -> list[Row]:
    sample = samples()[0]
    more = {"STT_QUEUE_VISIBILITY_S": str(visibility_s), "STT_LOG_LEVEL": "debug"}
    with place(settings=more) as (made, _):
        server, workers = made.server(), [made.worker(), made.worker()]
        for program in (server, *workers):
            program.start()
        file_id = upload(made.url, "long.wav", repeated(sample, times))
        began = time.monotonic()
        job_id = submit(made.url, file_id, "long", sample.language)
        until(lambda: made.waiting() == 0, "the job does not end", PATIENCE_S)
        took = time.monotonic() - began
        ((attempt, status),) = made.ask("SELECT attempt, status FROM jobs WHERE id = ?", job_id)
        told = "".join(worker.log.read_text() for worker in workers)
        again, begun = told.count("job.not_ours"), told.count("job.begun")
    return [
        Row("c", f"a job of {took:.0f} s, visibility {visibility_s:g} s: attempts, runs, status",
            f"{attempt}, {begun}, {status}; its id came {again} more times",
            "1, 1, completed", (attempt, begun, status) == (1, 1, "completed") and again > 0)
    ]  # fmt: skip


# e: workers


def two_workers(jobs: int, times: int) -> list[Row]:
    sample = samples()[0]
    took: dict[int, float] = {}
    one = {"STT_MAX_JOBS": "1", "STT_CPU_WORKERS": "1"}
    for count in (1, 2):
        with place(settings=one) as (made, _):
            programs = [made.server(), *(made.worker() for _ in range(count))]
            for program in programs:
                program.start()
            file_id = upload(made.url, "a.wav", repeated(sample, times))
            began = time.monotonic()
            for number in range(jobs):
                submit(made.url, file_id, f"job-{number}", sample.language)
            until(lambda: made.waiting() == 0, "jobs are left over", PATIENCE_S)
            took[count] = time.monotonic() - began
    ratio = took[1] / took[2]
    return [
        Row("e", f"{jobs} jobs, one job and one thread a worker: 1 worker, 2 workers",
            f"{took[1]:.1f} s, {took[2]:.1f} s: {ratio:.2f} times as fast",
            ">= 1.7 where the cores allow", ratio >= 1.7)
    ]  # fmt: skip


def measure(jobs: int = 100, kills: int = 20, races: int = 1000, times: int = 360) -> list[Row]:
    """All rows."""
    return [
        *kill_at_random(jobs, kills, carried=True),
        *kill_at_random(jobs, kills, carried=False),
        *cancel_races(races),
        *visibility(times, 2.0),
        *two_workers(8, 12),
    ]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--only", help="kills, server-kills, races, visibility or workers")
    options.add_argument("--jobs", type=int, default=100)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--races", type=int, default=1000)
    given = options.parse_args()
    logs.set_up("warning")
    parts: dict[str, Callable[[], list[Row]]] = {
        "kills": lambda: kill_at_random(given.jobs, given.kills, carried=True),
        "server-kills": lambda: kill_at_random(given.jobs, given.kills, carried=False),
        "races": lambda: cancel_races(given.races),
        "visibility": lambda: visibility(360, 2.0),
        "workers": lambda: two_workers(8, 12),
    }
    print(machine())
    for name, part in parts.items():
        if given.only in (None, name):
            show(part())


if __name__ == "__main__":
    main()
