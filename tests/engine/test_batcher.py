from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engine.batcher import BatchChoice, CallLimits, choose
from realtime.engine.queue import Request
from realtime.types import Urgency
from tests.engine.support import Caller

FREE = CallLimits(max_batch=4, max_file_batch=4, max_expected_s=0.2, max_file_s=1.0)


def pick(
    ranked: list[Request],
    keys: dict[Hashable, Hashable] | None = None,
    per_window_s: float = 0.0,
    limits: CallLimits = FREE,
) -> BatchChoice:
    def key_of(request: Request) -> Hashable | None:
        return "k" if keys is None else keys[request.stream]

    return choose(ranked, key_of, lambda _key, n: n * per_window_s, limits)


def callers(*names: str, urgency: Urgency = Urgency.PARTIAL) -> list[Request]:
    return [Caller(name, urgency).request() for name in names]


def names(choice: BatchChoice) -> list[object]:
    return [request.stream for request in choice.requests]


def test_a_lone_request_is_decoded_at_once_whatever_it_costs() -> None:
    choice = pick(callers("a"), per_window_s=9.0)
    assert names(choice) == ["a"]
    assert choice.expected_s == 9.0


def test_requests_of_the_same_key_join_in_order_up_to_the_largest_batch() -> None:
    assert names(pick(callers("a", "b", "c", "d", "e"))) == ["a", "b", "c", "d"]


def test_files_may_have_larger_batches_than_streams() -> None:
    limits = CallLimits(max_batch=2, max_file_batch=3, max_expected_s=0.2, max_file_s=1.0)
    assert names(pick(callers(*"abcd"), limits=limits)) == ["a", "b"]
    files = callers(*"abcd", urgency=Urgency.FILE)
    assert names(pick(files, limits=limits)) == ["a", "b", "c"]


def test_other_keys_wait() -> None:
    choice = pick(callers("a", "b", "c"), {"a": 1, "b": 2, "c": 1})
    assert names(choice) == ["a", "c"]
    assert choice.key == 1


def test_a_request_that_vanished_is_reported_and_does_not_lead_a_batch() -> None:
    choice = pick(callers("gone", "a"), {"gone": None, "a": 1})
    assert names(choice) == ["a"]
    assert [r.stream for r in choice.unusable] == ["gone"]


def test_an_empty_queue_gives_no_batch() -> None:
    choice = pick([])
    assert names(choice) == []
    assert choice.expected_s == 0.0


def test_partials_join_only_while_a_final_would_not_wait_too_long() -> None:
    assert names(pick(callers("a", "b", "c", "d"), per_window_s=0.09)) == ["a", "b"]


def test_finals_join_finals_even_if_the_batch_takes_longer() -> None:
    ranked = callers("a", "b", "c", urgency=Urgency.FINAL)
    assert names(pick(ranked, per_window_s=0.15)) == ["a", "b", "c"]


def test_a_partial_does_not_lengthen_a_batch_of_finals_beyond_the_limit() -> None:
    ranked = callers("f", urgency=Urgency.FINAL) + callers("p")
    assert names(pick(ranked, per_window_s=0.15)) == ["f"]
    assert names(pick(ranked, per_window_s=0.05)) == ["f", "p"]


def test_windows_of_files_share_no_batch_with_streams() -> None:
    live, files = callers("a", "b"), callers("f", "g", urgency=Urgency.FILE)
    assert names(pick([live[0], *files, live[1]])) == ["a", "b"]
    assert names(pick([files[0], *live, files[1]])) == ["f", "g"]


def test_batches_of_files_have_a_limit_of_their_own() -> None:
    files = callers("f", "g", "h", "i", urgency=Urgency.FILE)
    assert names(pick(files, per_window_s=0.4)) == ["f", "g"]


def test_two_windows_of_files_may_share_a_batch_though_each_takes_long() -> None:
    files = callers("f", "g", "h", urgency=Urgency.FILE)
    alone = CallLimits(max_batch=4, max_file_batch=4, max_expected_s=0.2, max_file_s=1.0)
    assert names(pick(files, per_window_s=1.5, limits=alone)) == ["f"]
    paired = replace(alone, sure_file_batch=2)
    assert names(pick(files, per_window_s=1.5, limits=paired)) == ["f", "g"]


@pytest.mark.parametrize(
    ("waiting", "others_free_in_s", "taken"),
    [
        ("ab", (), 2),  # nobody else decodes it
        ("ab", (0.0,), 1),  # one for each worker
        ("ab", (1.0,), 2),  # the other worker would be free only at 2 s
        ("ab", (0.5,), 1),
        ("abcd", (0.0,), 2),
        ("abcd", (0.0, 0.0, 0.0), 1),
        ("abcdefgh", (1.0,), 4),
    ],
)
def test_the_last_windows_of_a_file_are_spread_over_the_workers(
    waiting: str, others_free_in_s: tuple[float, ...], taken: int
) -> None:
    """A window takes 1 s, and each further one in the same call 0.75 s."""
    limits = CallLimits(4, 4, 9.0, 9.0, others_free_in_s=others_free_in_s)
    ranked = callers(*waiting, urgency=Urgency.FILE)
    choice = choose(ranked, lambda _request: "k", lambda _key, n: 0.25 + 0.75 * n, limits)
    assert len(choice.requests) == taken


@given(
    keys=st.lists(st.none() | st.integers(0, 2), max_size=12),
    urgencies=st.lists(st.sampled_from(Urgency), min_size=12, max_size=12),
    per_window_s=st.floats(0, 0.3),
    max_batch=st.integers(1, 6),
)
def test_every_batch_has_one_key_in_order_and_within_its_limits(
    keys: list[int | None], urgencies: list[Urgency], per_window_s: float, max_batch: int
) -> None:
    ranked = [Caller(i, urgencies[i]).request() for i in range(len(keys))]
    limits = CallLimits(max_batch, max_batch, 0.2, 0.2)
    choice = pick(ranked, dict(enumerate(keys)), per_window_s, limits)
    usable = [i for i, key in enumerate(keys) if key is not None]
    assert bool(choice.requests) == bool(usable)
    assert len(choice.requests) <= max_batch
    order = [ranked.index(request) for request in choice.requests]
    assert order == sorted(order)
    if order:
        assert order[0] == usable[0]
        assert {keys[i] for i in order} == {keys[order[0]]}
        assert len({r.urgency is Urgency.FILE for r in choice.requests}) == 1
    if any(r.urgency is not Urgency.FINAL for r in choice.requests[1:]):
        longest = max(n for n, r in enumerate(choice.requests, 1) if r.urgency is not Urgency.FINAL)
        assert longest * per_window_s <= 0.2
