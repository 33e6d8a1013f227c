"""The table of state transitions, and the small rules beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.jobs.job import (
    ENDED,
    LONGEST_PAUSE_S,
    MAX_TRIES,
    STEPS,
    JobStep,
    Status,
    after_a_loss,
    is_shown,
    pause_s,
    progress_of,
    sources,
    target,
    waiting_progress,
)


def test_every_step_leads_to_exactly_one_state() -> None:
    for step in JobStep:
        assert all((status, step) in STEPS for status in sources(step))
        assert {STEPS[status, step] for status in sources(step)} == {target(step)}


def test_a_completed_job_has_no_further_step() -> None:
    assert not [step for status, step in STEPS if status is Status.COMPLETED]


def test_only_a_user_restarts_an_ended_job() -> None:
    leaving = {step for status, step in STEPS if status in ENDED}
    assert leaving == {JobStep.RETRY}


def test_only_a_job_in_progress_can_complete() -> None:
    arriving = [pair for pair, to in STEPS.items() if to is Status.COMPLETED]
    assert arriving == [(Status.PROCESSING, JobStep.FINISH)]


def test_every_state_is_reachable_and_every_unended_one_can_be_left() -> None:
    assert {Status.PENDING, *STEPS.values()} == set(Status)
    assert {status for status, _ in STEPS} >= set(Status) - ENDED


@given(st.lists(st.sampled_from(JobStep)))
def test_a_result_survives_any_sequence_of_steps(steps: list[JobStep]) -> None:
    status, finished = Status.PENDING, False
    for step in steps:
        status = STEPS.get((status, step), status)
        finished |= status is Status.COMPLETED
        assert not finished or status is Status.COMPLETED


@pytest.mark.parametrize(
    ("tries", "step"),
    [(1, JobStep.RETURN), (MAX_TRIES - 1, JobStep.RETURN), (MAX_TRIES, JobStep.GIVE_UP)],
)
def test_three_attempts_without_progress_end_the_job(tries: int, step: JobStep) -> None:
    assert after_a_loss(tries) is step


@given(st.integers(0, 100))
def test_pauses_grow_up_to_a_limit(tries: int) -> None:
    assert 0 < pause_s(tries) <= pause_s(tries + 1) <= LONGEST_PAUSE_S


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.one_of(st.none(), st.floats(-1, 1e6)))
def test_progress_never_decreases_and_stays_in_its_range(
    done_s: float, more_s: float, total_s: float | None
) -> None:
    before, after = progress_of(done_s, total_s), progress_of(done_s + more_s, total_s)
    assert 10 <= before <= after <= 90


def test_progress_is_the_share_of_the_audio() -> None:
    assert progress_of(0, 100) == 10
    assert progress_of(50, 100) == 50
    assert progress_of(100, 100) == 90
    assert progress_of(3600, None) == 50


@given(st.integers(0, 10_000))
def test_waiting_jobs_move_up(ahead: int) -> None:
    assert 0 < waiting_progress(ahead + 1) < waiting_progress(ahead) <= 10


@pytest.mark.parametrize(
    ("submitter", "asker", "shown"),
    [("", "", True), ("", "me", True), ("me", "me", True), ("you", "me", False), ("me", "", True)],
)
def test_jobs_of_other_owners_are_not_shown(submitter: str, asker: str, shown: bool) -> None:
    assert is_shown(submitter, asker) is shown
