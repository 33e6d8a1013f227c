"""Converts rows of the tables to the program's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from realtime.jobs.job import Failure, Job, JobStep, Labels, Reason, SavedPiece, Status, sources

Row: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[str, Mapping[str, Any]], list[Row]]
"""Runs one statement with named values (`:name`) and returns its rows."""


def allows(step: JobStep) -> str:
    """The SQL condition that the job is in a state in which `step` may be taken."""
    return f"status IN ({', '.join(repr(status.value) for status in sorted(sources(step)))})"


def job_of(row: Row) -> Job:
    """A job from a row of `jobs`; other columns are ignored."""
    return Job(
        id=row["id"],
        file_id=row["file_id"],
        request=orjson.loads(row["request"]),
        status=Status(row["status"]),
        progress=row["progress"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        failure=_failure(row),
        owner=row["owner"],
        attempt=row["attempt"],
        tries=row["tries"],
        version=row["version"],
        submitter=row["submitter"],
        labels=_labels(orjson.loads(row["labels"])),
    )


def piece_of(row: Row) -> SavedPiece:
    """A piece from a row of `pieces`."""
    return SavedPiece(
        row["number"], tuple(orjson.loads(row["segments"])), orjson.loads(row["checkpoint"])
    )


def dump(value: object) -> str:
    """JSON text for the tables."""
    return orjson.dumps(value).decode()


def _failure(row: Row) -> Failure | None:
    if not row["reason"]:
        return None
    return Failure(Reason(row["reason"]), row["message"], row["detail"])


def _labels(kept: Mapping[str, Any]) -> Labels:
    return Labels(
        kept.get("name", ""),
        kept.get("folder", ""),
        tuple(kept.get("tags", ())),
        kept.get("is_set_aside", False),
    )
