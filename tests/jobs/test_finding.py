"""Search for jobs; each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from realtime.errors import NotFound
from realtime.jobs.job import Labels
from realtime.jobs.store.base import Hit, JobStore, NewJob
from tests.engine.support import Clock
from tests.jobs.stored import add, claimed


def done(store: JobStore, clock: Clock, name: str, text: str, submitter: str = "") -> None:
    store.add(NewJob(name, f"{name}.wav", {}, submitter=submitter))
    store.finish(claimed(store), {"text": text, "segments": []}, {"text": text, "language": "ko"})
    clock.now += 1


def test_labels_are_stored_and_returned_with_their_job(store: JobStore) -> None:
    assert add(store).labels == Labels()
    labels = Labels("주간 회의", "2026", ("team", "팀"))
    version = store.version()
    assert store.label("a", labels).labels == labels
    assert store.get("a").labels == labels
    (change,) = store.changes(version, 10)
    assert change.job is not None
    assert change.job.labels == labels
    with pytest.raises(NotFound):
        store.label("missing", labels)


def test_text_is_found_in_any_case_newest_first(store: JobStore, clock: Clock) -> None:
    done(store, clock, "a", 'He said "Send the report".')
    done(store, clock, "b", "보고서를 보내 주세요. SEND it.")
    add(store, "c")
    assert [hit.job_id for hit in store.search("send", 10)] == ["b", "a"]
    assert [hit.job_id for hit in store.search("send", 1)] == ["b"]
    assert store.search(' said "send ', 10) == [Hit("a", 'He said "Send the report".')]
    assert [hit.job_id for hit in store.search("보고서", 10)] == ["b"]
    for nowhere in ("language", "100%", "s_nd", "%"):
        assert store.search(nowhere, 10) == []


def test_a_corrected_text_is_found_instead_of_the_original(store: JobStore, clock: Clock) -> None:
    done(store, clock, "a", "Call Kubernets.")
    store.correct("a", "Call Kubernetes, 50% of the time. " + "x " * 100)
    assert store.search("kubernets.", 10) == []
    (hit,) = store.search("50% OF", 10)
    assert hit.excerpt.startswith("Call Kubernetes, 50% of the time. x")
    assert hit.excerpt.endswith(" …")
    store.correct("a", "")
    assert [hit.job_id for hit in store.search("kubernets", 10)] == ["a"]


def test_texts_of_other_owners_are_not_found(store: JobStore, clock: Clock) -> None:
    done(store, clock, "a", "mine", "me")
    done(store, clock, "b", "mine too", "you")
    done(store, clock, "c", "mine as well")
    assert [hit.job_id for hit in store.search("mine", 10, "me")] == ["c", "a"]
