"""Jobs and claims for tests of stores."""

from __future__ import annotations

from realtime.jobs.job import Claim, Failure, Job, Reason, SavedPiece
from realtime.jobs.store.base import JobStore, NewJob

LEASE_S = 15.0
RESULT, SHORT = {"text": "hello", "segments": [{"text": "hello"}]}, {"text": "hello"}
BROKEN = Failure(Reason.INTERNAL, "It broke.")


def add(store: JobStore, name: str = "a", key: str = "") -> Job:
    return store.add(NewJob(name, f"{name}.wav", {"language": "ko"}, key))[0]


def claimed(store: JobStore, owner: str = "worker") -> Claim:
    claim = store.claim(owner, LEASE_S)
    assert claim is not None
    return claim


def piece(number: int) -> SavedPiece:
    return SavedPiece(number, ({"text": f"piece {number}"},), {"done_s": 30.0 * (number + 1)})
