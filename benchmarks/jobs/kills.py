"""Row a of `benchmarks.jobs.survival`: a hundred jobs while processes are killed twenty times."""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.shared.rows import Row
from realtime.load_test.statistics import percentile
from realtime.weights.bundled import Sample, samples
from tests.jobs.processes import House, Program, house, repeated, submit, upload
from tests.jobs.servers import Redis, redis_server
from tests.waiting import until

SEED = 5
PATIENCE_S = 1800.0
LEASE_S = 5.0
RECOVERY_S = LEASE_S + 5.0
TARGETS = ("worker", "server", "both", "redis")
PAUSE_S = (1.0, 4.0)
"""Range of the random pause between two kills; the restarted program comes up meanwhile."""


@contextmanager
def place(
    carried: bool = True, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[House, Redis | None]]:
    """Set up a data folder, with or without a Redis server."""
    with tempfile.TemporaryDirectory(prefix="jobs-") as folder:
        own = {"STT_JOB_LEASE_S": str(LEASE_S), **(settings or {})}
        if not carried:
            with house(Path(folder), **own) as made:
                yield made, None
            return
        with redis_server() as redis, house(Path(folder), redis.url, **own) as made:
            yield made, redis


def upload_all(url: str, times: Sequence[int]) -> list[tuple[str, Sample, int]]:
    """Upload each recording once per number of repetitions: (id, recording, repetitions)."""
    return [
        (upload(url, f"{sample.name}-{count}.wav", repeated(sample, count)), sample, count)
        for sample in samples()
        for count in times
    ]


@dataclass
class OwnerPoller:
    """Polls the owners of jobs every 0.1 s, and measures how long killed owners keep theirs."""

    place: House
    dead: dict[str, float] = field(default_factory=dict)
    """Process id → when it was killed or, if no other was left, when the first was ready again."""
    orphans: dict[tuple[str, int], str] = field(default_factory=dict)
    """(job, attempt) → process id of the dead owner."""
    recovered_s: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def mark(self, process_ids: Sequence[str]) -> None:
        """Record that from now on other processes can take over the jobs of these."""
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
        watch = OwnerPoller(made)
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
    watch: OwnerPoller,
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
    watch: OwnerPoller,
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
    """Whether the text repeats the sentence `count` times, up to the demo model's errors."""
    first = sample.text.split()[0].strip(".,?!").lower()
    own = sample.text.lower().count(first)
    return text.lower().count(first) == own * count
