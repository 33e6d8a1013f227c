"""Pieces of a transcript ↔ the JSON in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from realtime.files.options import Checkpoint
from realtime.jobs.job import SavedPiece
from realtime.types import Segment, Word

BATCH = "batch"
"""Key in the checkpoint of a piece that a remote API works on."""


def saved(number: int, segments: Sequence[Segment], checkpoint: Checkpoint) -> SavedPiece:
    """The `number`-th piece of a job, for the store."""
    return SavedPiece(number, tuple(asdict(segment) for segment in segments), asdict(checkpoint))


def handed_over(pieces: Sequence[SavedPiece], batch_id: str) -> SavedPiece:
    """The piece that names the remote API's batch for the job. It follows `pieces`, or replaces the
    last of them if that one names a batch."""
    number = len(pieces) - (1 if batch_of(pieces) else 0)
    return SavedPiece(number, (), {BATCH: batch_id})


def batch_of(pieces: Sequence[SavedPiece]) -> str:
    """The remote batch that does the job; empty where the last attempt ran without a remote API."""
    return str(pieces[-1].checkpoint.get(BATCH, "")) if pieces else ""


def restored(pieces: Sequence[SavedPiece]) -> tuple[tuple[Segment, ...], Checkpoint | None]:
    """All segments of the pieces, and the checkpoint to continue from; None: nothing was saved."""
    pieces = [piece for piece in pieces if BATCH not in piece.checkpoint]
    segments = tuple(_segment(data) for piece in pieces for data in piece.segments)
    if not pieces:
        return segments, None
    last = pieces[-1].checkpoint
    lists = {name: tuple(last[name]) for name in ("done", "said")}
    # A checkpoint from an older server may lack these.
    speakers = tuple(tuple(known) for known in last.get("speakers", ()))
    warnings = tuple(last.get("warnings", ()))
    return segments, Checkpoint(**{**last, **lists, "speakers": speakers, "warnings": warnings})


def _segment(data: Mapping[str, Any]) -> Segment:
    return Segment(**{**data, "words": tuple(Word(**word) for word in data["words"])})
