from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.whisper.checks.guards import (
    COMPRESSION_LIMIT,
    compression_ratio,
    echoes,
    loops,
    repetition,
    token_cap,
    whole_characters,
    without,
)
from realtime.backends.whisper.pace import MOST_TOKENS, PACES, longest_s, tokens_per_s

HINDI = "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।"
TAMIL = (
    "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; அவர்கள் மதிப்பிலும், உரிமைகளிலும் "
    "சமமானவர்கள், அவர்கள் நியாயத்தையும் மனச்சாட்சியையும் இயற்பண்பாகப் பெற்றவர்கள். அவர்கள் "
    "ஒருவருடனொருவர் சகோதர உணர்வுப் பாங்கில் நடந்துகொள்ளல் வேண்டும்."
)
"""Article 1 of the Universal Declaration of Human Rights."""


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
    assert without(tokens, loops(tokens)) == kept


@pytest.mark.parametrize(
    ("tokens", "kept"),
    [
        ([], []),
        ([1, 2, 3] * 2, [1, 2, 3] * 2),  # too short to tell
        ([9, *[1, 2, 3, 4] * 2, 8], [9, 1, 2, 3, 4, 8]),
        ([*range(20), *range(20)], [*range(20)]),
        ([*[1, 2, 3, 4] * 2, *[5, 6, 7, 8] * 2], [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_an_echo_is_a_phrase_that_stands_twice_in_a_row(tokens: list[int], kept: list[int]) -> None:
    found = echoes(tokens)
    assert without(tokens, found) == kept
    assert without(tokens, found, lambda first, last: True) == tokens, "said twice"


@given(st.lists(st.integers(0, 3), max_size=120))
def test_cutting_only_leaves_out_and_cuts_nothing_twice(tokens: list[int]) -> None:
    kept = without(tokens, loops(tokens))
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
    tokens = [*before, *phrase * rounds]
    assert without(tokens, loops(tokens)) == [*before, *phrase]


def test_the_cap_grows_with_the_audio_up_to_whispers_own() -> None:
    assert token_cap(0.0, False, "en") == 8
    assert token_cap(2.0, False, "en") == 26
    assert token_cap(2.0, True, "en") > token_cap(2.0, False, "en")
    assert token_cap(30.0, True, "en") == MOST_TOKENS


def test_the_cap_leaves_room_for_scripts_that_take_many_tokens() -> None:
    # Six seconds of Hindi take 143 tokens in the words of a small model, where English takes 24.
    assert token_cap(6.0, True, "hi") > token_cap(6.0, False, "hi") > 143
    assert token_cap(6.0, True, "xx") == token_cap(6.0, True, "en") < 143
    for language in PACES:
        assert tokens_per_s(language) > tokens_per_s("en")
        assert longest_s(language) < longest_s("en")
        assert token_cap(longest_s(language), True, language) == MOST_TOKENS


@pytest.mark.parametrize("text", ["abc", "né", "हिन्दी", "မြန်မာ", "a😀", ""])
def test_no_text_ends_within_a_character(text: str) -> None:
    letters = text.encode()
    one_by_one = [letters[i : i + 1] for i in range(len(letters))]
    for count in range(len(letters) + 1):
        kept = b"".join(one_by_one[: whole_characters(one_by_one[:count])])
        assert text.startswith(kept.decode())  # raises where it is cut
        assert len(kept.decode()) == len(letters[:count].decode("utf-8", "ignore"))
    assert whole_characters([letters]) == 1
    assert whole_characters([letters, b"", b"\xe0\xa4"]) == 2


def test_what_is_no_utf_8_hides_no_character_behind_it() -> None:
    assert whole_characters([b"\xa4", b"\xff", b"b"]) == 3


def test_repetition_compresses() -> None:
    assert compression_ratio("") == 1.0
    assert compression_ratio("The quick brown fox jumps over the lazy dog.") < 1.2
    assert compression_ratio("la la " * 50) > 2.4


@pytest.mark.parametrize("text", ["la la " * 50, "धन्यवाद. " * 8, "谢谢" * 40, "감사합니다. " * 12])
def test_a_loop_is_one_in_every_script(text: str) -> None:
    assert repetition(text) > COMPRESSION_LIMIT


@pytest.mark.parametrize("text", ["", HINDI, TAMIL, "The quick brown fox jumps over the lazy dog."])
def test_an_honest_text_is_no_loop_in_any_script(text: str) -> None:
    assert repetition(text) < 0.75 * COMPRESSION_LIMIT
    assert compression_ratio(TAMIL) > COMPRESSION_LIMIT, "bytes tell nothing"


def test_rounds_that_were_said_stay() -> None:
    tokens = [1, 2, 3] * 5 + [9]
    [loop] = loops(tokens)
    assert loop.rounds() == [(0, 3), (3, 6), (6, 9), (9, 12), (12, 15)]
    assert without(tokens, [loop], lambda first, last: True) == tokens
    assert without(tokens, [loop], lambda first, last: first < 6) == [1, 2, 3, 1, 2, 3, 9]
    assert without(tokens, [loop]) == [1, 2, 3, 9]
