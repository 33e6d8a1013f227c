"""The dialects that the server supports, and their paths."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.wire.base import Dialect
from realtime.wire.native_dialect import NATIVE

DIALECTS: Sequence[Dialect] = (NATIVE,)


def dialect_of(path: str, dialects: Sequence[Dialect] = DIALECTS) -> Dialect | None:
    """The dialect of a path; None where there is none."""
    return next((one for one in dialects if path in one.paths), None)
