"""Survival of jobs: kill -9 at random moments, races with a cancel, visibility, workers.

a  a hundred jobs while the worker, the server, both and Redis are killed twenty times; where no
   process is left to take over, recovery counts from the time when the first is ready again
b  a thousand cancels while a job waits, runs and finishes
c  a job much longer than Redis' visibility timeout
e  eight jobs with one worker and with two
(d, the poison file, is in tests/jobs/test_runner.py: it needs no measurement.)

Real processes, the bundled model, SQLite, Redis with an append-only file.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from benchmarks.jobs.kills import PATIENCE_S, SEED, kill_at_random, place
from benchmarks.shared.rows import Row, parser, show
from benchmarks.streams.capacity import model
from realtime import logs
from realtime.load_test.machine import machine
from realtime.load_test.statistics import percentile
from realtime.settings import Settings
from realtime.weights.bundled import samples
from tests.jobs.processes import repeated, submit, upload
from tests.serving import serving
from tests.waiting import until

CANCEL_S = 2.0


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
                for _ in range(5):  # time of one job without concurrent ones
                    began = time.monotonic()
                    job_id = submit(url, file_id, "", sample.language)
                    until(lambda: _completed(http, job_id), "no result")  # noqa: B023
                    took.append(time.monotonic() - began)
                longest = 6 * percentile(took, 50)  # four concurrent jobs share the cores
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
    with model("base") as base:
        one = {"STT_MAX_JOBS": "1", "STT_CPU_WORKERS": "1", "STT_MODEL": base}
        for count in (1, 2):
            took[count] = _with_workers(count, one, jobs, repeated(sample, times), sample.language)
    ratio = took[1] / took[2]
    return [
        Row(
            "e",
            f"{jobs} jobs, base shape, one job and one thread a worker: 1 worker, 2 workers",
            f"{took[1]:.1f} s, {took[2]:.1f} s: {ratio:.2f} times as fast",
            ">= 1.7 where the cores allow",
            ratio >= 1.7,
        )
    ]


def _with_workers(
    count: int, settings: Mapping[str, str], jobs: int, audio: bytes, language: str
) -> float:
    with place(settings=settings) as (made, _):
        for program in [made.server(), *(made.worker() for _ in range(count))]:
            program.start()
        file_id = upload(made.url, "a.wav", audio)
        began = time.monotonic()
        for number in range(jobs):
            submit(made.url, file_id, f"job-{number}", language)
        until(lambda: made.waiting() == 0, "jobs are left over", PATIENCE_S)
        return time.monotonic() - began


def measure(jobs: int = 100, kills: int = 20, races: int = 1000, times: int = 360) -> list[Row]:
    """Measure the rows a, b, c and e."""
    return [
        *kill_at_random(jobs, kills, carried=True),
        *kill_at_random(jobs, kills, carried=False),
        *cancel_races(races),
        *visibility(times, 2.0),
        *two_workers(8, 24),
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
        "workers": lambda: two_workers(8, 24),
    }
    print(machine())
    for name, part in parts.items():
        if given.only in (None, name):
            show(part())


if __name__ == "__main__":
    main()
