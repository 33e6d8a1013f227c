"""Pieces of a transcript ↔ the JSON in which the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from realtime.files.options import Checkpoint
from realtime.jobs.job import SavedPiece
from realtime.types import Segment, Word


def saved(number: int, segments: Sequence[Segment], checkpoint: Checkpoint) -> SavedPiece:
    """The `number`-th piece of a job, to be kept."""
    return SavedPiece(number, tuple(asdict(segment) for segment in segments), asdict(checkpoint))


def restored(pieces: Sequence[SavedPiece]) -> tuple[tuple[Segment, ...], Checkpoint | None]:
    """All segments of the pieces, and where to go on; None where nothing was saved."""
    segments = tuple(_segment(data) for piece in pieces for data in piece.segments)
    if not pieces:
        return segments, None
    last = pieces[-1].checkpoint
    lists = {name: tuple(last[name]) for name in ("done", "said")}
    # A server of before speakers were told apart may have saved it.
    speakers = tuple(tuple(known) for known in last.get("speakers", ()))
    return segments, Checkpoint(**{**last, **lists, "speakers": speakers})


def _segment(data: Mapping[str, Any]) -> Segment:
    return Segment(**{**data, "words": tuple(Word(**word) for word in data["words"])})
