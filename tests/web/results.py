"""Finished jobs whose words a test chooses."""

from __future__ import annotations

import io
import time
import uuid
import wave
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
import numpy as np

from realtime.jobs.store.fenced import next_version
from realtime.jobs.store.rows import Run, dump
from realtime.types import SAMPLE_RATE
from tests.serving import Served

Segment = Mapping[str, Any]


def line(start: float, *words: str, s: float = 0.4, speaker: int | None = None) -> Segment:
    """A segment with consecutive words; each lasts `s` seconds per four letters, at least `s`."""
    made, at = [], start
    for word in words:
        end = round(at + s * max(1, len(word) // 4), 3)
        made.append({"word": f" {word}", "start": at, "end": end, "probability": 0.9})
        at = end
    whose = {} if speaker is None else {"speaker": speaker}
    return {"start": start, "end": at, "text": " ".join(words), "words": made, **whose}


LINES = (
    line(0.0, "Call", "Kubernets", "now"),
    line(2.0, "Kubernets", "is", "late"),
    line(4.0, "Ask", "Kubernets", "again"),
)


def finished(site: Served, segments: Sequence[Segment], seconds: float = 8.0, **about: Any) -> str:
    """Create a finished job with these segments as its result; return its id.

    `about`: more keys of the result, and `name` and `sound` of the upload, by default a WAV file of
    noise.
    """
    name = about.pop("name", "noise.wav")
    sound = about.pop("sound", None) or noise(seconds)
    with httpx2.Client(base_url=site.page, timeout=60) as http:
        stored = http.post("/api/upload/", files={"file": (name, sound)}).json()
    return added(site, stored["file_id"], name, segments, seconds, **about)


def added(
    site: Served, file_id: str, name: str, segments: Sequence[Segment], seconds: float, **about: Any
) -> str:
    """Store a job of an upload as if it had been processed; return its id."""
    with _storing(site) as run:
        return _store(run, file_id, name, segments, seconds, **about)


def added_all(
    site: Served, file_id: str, names: Iterable[str], segments: Sequence[Segment], seconds: float
) -> None:
    """Store many jobs of an upload at once: one by one, each would wait for the disk."""
    with _storing(site) as run:
        for name in names:
            _store(run, file_id, name, segments, seconds)


@contextmanager
def _storing(site: Served) -> Iterator[Run]:
    assert site.app.jobs is not None
    with site.app.jobs.service._store._writing() as run:  # type: ignore[attr-defined]
        yield run


def _store(
    run: Run, file_id: str, name: str, segments: Sequence[Segment], seconds: float, **about: Any
) -> str:
    job = str(uuid.uuid4())
    text = " ".join(str(one["text"]) for one in segments)
    steps = {"stt": True, "privacy_removal": False, "classification": False, "ai_agent": False}
    short = {
        "success": True, "text": text, "language": "en", "duration": seconds, "backend": "tests",
        "file_path": name, "processing_steps": steps, "processing_time_seconds": 1.0, **about,
    }  # fmt: skip
    request = {"filename": name, "size_bytes": 1, "language": "en", "duration_s": seconds}
    version = next_version(run)
    run(
        """INSERT INTO jobs (id, file_id, request, idempotency_key, position, status, progress,
            created_at, started_at, completed_at, not_before, sent_at, owner, attempt, tries,
            lease_until, lease_s, reason, message, detail, version, submitter) VALUES
            (:id, :file_id, :request, NULL, :version, 'completed', 100, :now, :now, :now, 0, 0,
            '', 1, 0, 0, 0, '', '', '', :version, '')""",
        {"id": job, "file_id": file_id, "request": dump(request), "version": version}
        | {"now": time.time()},
    )
    result = dump({**short, "segments": list(segments)})
    run(
        "INSERT INTO results (job_id, result, short) VALUES (:id, :result, :short)",
        {"id": job, "result": result, "short": dump(short)},
    )
    return job


def long_file(site: Served, lines: int = 400) -> str:
    """Create a job with many lines of about a second each; return its id."""
    said = [line(at, "Line", f"number{at}", "of", "many") for at in range(lines)]
    return finished(site, said, float(lines))


def noise(seconds: float) -> bytes:
    """A WAV file of noise without speech."""
    sound = np.random.default_rng(7).normal(0, 300, round(seconds * SAMPLE_RATE))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(sound.astype("<i2").tobytes())
    return out.getvalue()
