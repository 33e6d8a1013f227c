"""Pieces of a transcript ↔ the JSON in which the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from realtime.files.options import Checkpoint
from realtime.jobs.job import SavedPiece
from realtime.types import Segment, Word

BATCH = "batch"
"""In the checkpoint of a piece that came from no model of ours."""


def saved(number: int, segments: Sequence[Segment], checkpoint: Checkpoint) -> SavedPiece:
    """The `number`-th piece of a job, to be kept."""
    return SavedPiece(number, tuple(asdict(segment) for segment in segments), asdict(checkpoint))


def handed_over(pieces: Sequence[SavedPiece], batch_id: str) -> SavedPiece:
    """The piece after `pieces` that says which batch of an API elsewhere does the job; in the place
    of the one before it that said so."""
    number = len(pieces) - (1 if batch_of(pieces) else 0)
    return SavedPiece(number, (), {BATCH: batch_id})


def batch_of(pieces: Sequence[SavedPiece]) -> str:
    """The batch elsewhere that does the job; empty where the last one to work on it was none."""
    return str(pieces[-1].checkpoint.get(BATCH, "")) if pieces else ""


def restored(pieces: Sequence[SavedPiece]) -> tuple[tuple[Segment, ...], Checkpoint | None]:
    """All segments of the pieces, and where to go on; None where nothing was saved."""
    pieces = [piece for piece in pieces if BATCH not in piece.checkpoint]
    segments = tuple(_segment(data) for piece in pieces for data in piece.segments)
    if not pieces:
        return segments, None
    last = pieces[-1].checkpoint
    lists = {name: tuple(last[name]) for name in ("done", "said")}
    # An older server may have saved it.
    speakers = tuple(tuple(known) for known in last.get("speakers", ()))
    warnings = tuple(last.get("warnings", ()))
    return segments, Checkpoint(**{**last, **lists, "speakers": speakers, "warnings": warnings})


def _segment(data: Mapping[str, Any]) -> Segment:
    return Segment(**{**data, "words": tuple(Word(**word) for word in data["words"])})
