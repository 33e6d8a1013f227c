from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.whisper.guards import (
    MAX_TOKENS,
    compression_ratio,
    cut_loops,
    token_cap,
)


@pytest.mark.parametrize(
    ("tokens", "kept"),
    [
        ([], []),
        ([1, 2, 3], [1, 2, 3]),
        ([7] * 7, [7] * 7),  # digits of a number
        ([7] * 8, [7]),
        ([1, 2] * 4, [1, 2] * 4),
        ([1, 2] * 5, [1, 2]),
        ([9, *[1, 2, 3] * 30], [9, 1, 2, 3]),
        ([*[1, 2, 3] * 6, 1], [1, 2, 3]),  # the cap fell into a round
        ([*list(range(20)) * 3, 99], [*range(20), 99]),  # what follows stays
        (list(range(20)) * 2, list(range(20)) * 2),  # people do say things twice
        ([5, 5, *[1] * 9, 6, *[2] * 9], [5, 5, 1, 6, 2]),
    ],
)
def test_a_loop_is_cut_after_its_first_round(tokens: list[int], kept: list[int]) -> None:
    assert cut_loops(tokens) == kept


@given(st.lists(st.integers(0, 3), max_size=120))
def test_cutting_only_leaves_out_and_cuts_nothing_twice(tokens: list[int]) -> None:
    kept = cut_loops(tokens)
    remaining = iter(tokens)
    assert all(token in remaining for token in kept)
    assert (kept == tokens) == (len(kept) == len(tokens))
    assert set(kept) == set(tokens)


@given(
    phrase=st.lists(st.integers(), min_size=1, max_size=12, unique=True),
    rounds=st.integers(8, 20),
    before=st.lists(st.integers(1000), max_size=5, unique=True),
)
def test_every_long_loop_is_found(phrase: list[int], rounds: int, before: list[int]) -> None:
    phrase = [token for token in phrase if token < 1000] or [1]
    assert cut_loops([*before, *phrase * rounds]) == [*before, *phrase]


def test_the_cap_grows_with_the_audio_up_to_whispers_own() -> None:
    assert token_cap(0.0, final=False) == 8
    assert token_cap(2.0, final=False) == 24
    assert token_cap(2.0, final=True) > token_cap(2.0, final=False)
    assert token_cap(30.0, final=True) == MAX_TOKENS


def test_repetition_compresses() -> None:
    assert compression_ratio("") == 1.0
    assert compression_ratio("The quick brown fox jumps over the lazy dog.") < 1.2
    assert compression_ratio("la la " * 50) > 2.4
