"""The table of steps, and the small rules beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.jobs.job import (
    ENDED,
    LONGEST_PAUSE_S,
    MAX_TRIES,
    STEPS,
    Status,
    Step,
    after_a_loss,
    is_shown,
    pause_s,
    progress_of,
    sources,
    target,
    waiting_progress,
)


def test_every_step_leads_to_one_state_only() -> None:
    for step in Step:
        assert all((status, step) in STEPS for status in sources(step))
        assert {STEPS[status, step] for status in sources(step)} == {target(step)}


def test_nothing_leads_out_of_a_result() -> None:
    assert not [step for status, step in STEPS if status is Status.COMPLETED]


def test_only_a_user_begins_an_ended_job_again() -> None:
    leaving = {step for status, step in STEPS if status in ENDED}
    assert leaving == {Step.RETRY}


def test_a_result_is_reached_from_processing_alone() -> None:
    arriving = [pair for pair, to in STEPS.items() if to is Status.COMPLETED]
    assert arriving == [(Status.PROCESSING, Step.FINISH)]


def test_every_state_can_be_reached_and_every_unended_one_left() -> None:
    assert {Status.PENDING, *STEPS.values()} == set(Status)
    assert {status for status, _ in STEPS} >= set(Status) - ENDED


@given(st.lists(st.sampled_from(Step)))
def test_whatever_happens_a_result_stays(steps: list[Step]) -> None:
    status, finished = Status.PENDING, False
    for step in steps:
        status = STEPS.get((status, step), status)
        finished |= status is Status.COMPLETED
        assert not finished or status is Status.COMPLETED


@pytest.mark.parametrize(
    ("tries", "step"), [(1, Step.RETURN), (MAX_TRIES - 1, Step.RETURN), (MAX_TRIES, Step.GIVE_UP)]
)
def test_three_attempts_that_get_no_further_are_enough(tries: int, step: Step) -> None:
    assert after_a_loss(tries) is step


@given(st.integers(0, 100))
def test_pauses_grow_up_to_a_limit(tries: int) -> None:
    assert 0 < pause_s(tries) <= pause_s(tries + 1) <= LONGEST_PAUSE_S


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.one_of(st.none(), st.floats(-1, 1e6)))
def test_progress_never_goes_back_and_keeps_to_its_share(
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
def test_what_is_anothers_is_not_shown(submitter: str, asker: str, shown: bool) -> None:
    assert is_shown(submitter, asker) is shown
