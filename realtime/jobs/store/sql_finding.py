"""The part of a job store in SQL by which people find jobs: labels, and search in the text."""

from __future__ import annotations

from dataclasses import asdict

import orjson

from realtime.errors import NotFound
from realtime.jobs.job import Job, Labels
from realtime.jobs.store.base import Hit
from realtime.jobs.store.fenced import next_version
from realtime.jobs.store.rows import dump, job_of
from realtime.jobs.store.transactions import Transactions

EXCERPT_CHARS = 60
"""Length of the text before and after the match in an excerpt."""


class FindingSide(Transactions):
    """The calls of `JobStore` that label and search jobs."""

    def label(self, job_id: str, labels: Labels) -> Job:
        with self._writing() as run:
            rows = run(
                "UPDATE jobs SET labels = :labels, version = :version WHERE id = :id RETURNING *",
                {"labels": dump(asdict(labels)), "version": next_version(run), "id": job_id},
            )
        if not rows:
            raise NotFound(
                "There is no such job: it was deleted, or the id is mistyped.", job_id=job_id
            )
        return job_of(rows[0])

    def correct(self, job_id: str, text: str) -> None:
        with self._writing() as run:
            run(
                "UPDATE results SET corrected = :text WHERE job_id = :id",
                {"text": text, "id": job_id},
            )

    def search(self, text: str, limit: int, asker: str = "") -> list[Hit]:
        needle = text.strip().lower()
        quoted = orjson.dumps(needle).decode()[1:-1]
        values: dict[str, object] = {
            "plain": _pattern(needle),
            "quoted": _pattern(quoted),
            "asker": asker,
            "limit": limit,
        }
        whose = "submitter IN ('', :asker) AND" if asker else ""  # the same rule as `is_shown`
        found: list[Hit] = []
        with self._reading() as run:
            rows = run(
                f"""SELECT id, short, corrected FROM results JOIN jobs ON job_id = id WHERE {whose}
                    CASE WHEN corrected = '' THEN lower(short) LIKE :quoted ESCAPE '!'
                    ELSE lower(corrected) LIKE :plain ESCAPE '!' END
                    ORDER BY created_at DESC, id LIMIT :limit""",
                values,
            )
        for row in rows:
            text = row["corrected"] or orjson.loads(row["short"]).get("text", "")
            at = text.lower().find(needle)
            if at >= 0:  # the match may be in another part of the result
                found.append(Hit(row["id"], _excerpt(text, at, len(needle))))
        return found


def _pattern(needle: str) -> str:
    """The LIKE pattern for texts that contain `needle`."""
    for sign in "!%_":
        needle = needle.replace(sign, f"!{sign}")
    return f"%{needle}%"


def _excerpt(text: str, at: int, length: int) -> str:
    start, end = max(0, at - EXCERPT_CHARS), at + length + EXCERPT_CHARS
    cut = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{cut}{' …' if end < len(text) else ''}"
