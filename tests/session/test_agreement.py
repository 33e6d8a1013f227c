"""The new words of a hypothesis, and the words that will not change any more."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from realtime.session.agreement import TAIL, LocalAgreement, Trust, count_known
from realtime.types import Word


def words(
    text: str, start_s: float = 0.0, step_s: float = 0.4, probability: float = 1.0
) -> list[Word]:
    return [
        Word(f" {word}", start_s + i * step_s, start_s + i * step_s + 0.3, probability)
        for i, word in enumerate(text.split())
    ]


def shifted(heard: list[Word], by_s: float) -> list[Word]:
    return [replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in heard]


def test_nothing_is_known_at_first() -> None:
    assert count_known([], words("one two"), 0.0) == 0
    assert count_known(words("one two"), [], 0.0) == 0


def test_the_same_words_again_are_known() -> None:
    assert count_known(words("one two"), words("one two three"), 0.0) == 2


def test_spelling_does_not_make_a_word_new() -> None:
    assert count_known(words("one two"), words("One, Two. three"), 0.0) == 2


def test_words_before_the_window_do_not_count() -> None:
    known, heard = words("one two three four"), words("three four five", start_s=0.8)
    assert count_known(known, heard, 0.75) == 2


def test_a_word_that_the_window_cuts_may_be_missing_or_mangled() -> None:
    known = words("one two three")
    assert count_known(known, words("three four", start_s=0.8), 0.5) == 1
    mangled = [Word(" wo", 0.5, 0.7), *words("three four", start_s=0.8)]
    assert count_known(known, mangled, 0.5) == 2


def test_a_repeated_word_is_distinguished_by_its_time() -> None:
    known, heard = words("five five five"), words("five five five five five five")
    assert count_known(known, heard, 0.0) == 3
    # The window cuts off the first two of six words; one of the others is known.
    assert count_known(known, heard[2:], 0.75) == 1


def test_a_revised_word_is_still_the_same_place() -> None:
    assert count_known(words("my name is Anna"), words("my name was Anna and"), 0.0) == 4


def test_a_wholly_different_hypothesis_is_split_by_time() -> None:
    assert count_known(words("one two three"), words("alpha bravo charlie delta"), 0.0) == 3


def test_a_word_without_duration_lies_where_it_begins() -> None:
    """Alignment places a word there if it finds no sound for it."""
    known = words("one two")
    point = Word(" two", 0.4, 0.4)
    assert count_known(known, [known[0], point, *words("three", 0.9)], 0.0) == 2
    late = Word(" two", 0.8, 0.8)
    assert count_known(known, [*known, late], 0.0) == 2


def test_long_known_text_is_compared_at_its_tail() -> None:
    text = " ".join(f"w{i}" for i in range(3 * TAIL))
    known = words(text)
    heard = words(text + " new", step_s=0.4)
    heard[0] = replace(heard[0], text=" other")
    assert count_known(known, heard, 0.0) == 3 * TAIL


@given(
    st.lists(st.sampled_from(["five", "nine", "oh", "two"]), min_size=1, max_size=25),
    st.integers(0, 24),
    st.floats(-0.1, 0.1),
)
def test_known_words_are_counted_however_they_repeat(
    said: list[str], known_count: int, shift_s: float
) -> None:
    everything = words(" ".join(said))
    known_count = min(known_count, len(everything))
    heard = shifted(everything, shift_s)
    assert count_known(everything[:known_count], heard, -1.0) == known_count


def agreed(
    agreement: LocalAgreement,
    heard: list[Word],
    audio_end_s: float = 60.0,
    *,
    settled: bool = False,
) -> int:
    """How many words of a hypothesis have become stable."""
    return agreement.agree(heard, audio_end_s, settled=settled).count


def agree_all(
    agreement: LocalAgreement, text: str, times: int, probability: float = 1.0
) -> list[int]:
    return [agreed(agreement, words(text, probability=probability)) for _ in range(times)]


def test_two_that_agree_make_a_word_stable_but_the_last_ones_wait() -> None:
    assert agree_all(LocalAgreement(), "one two three four", 2) == [0, 4 - Trust().hold_words]


def test_a_word_that_changes_stops_what_follows() -> None:
    agreement = LocalAgreement()
    agreement.agree(words("one two three four five"), 60.0)
    assert agreed(agreement, words("one too three four five")) == 1


def test_words_near_the_end_of_the_audio_wait() -> None:
    agreement = LocalAgreement()
    heard = words("one two three four five six")
    agreement.agree(heard, heard[2].end_s)
    assert agreed(agreement, heard, heard[2].end_s) == 1


def test_doubtful_words_need_more_agreement() -> None:
    trust = Trust(doubt=0.04, hold_words=1)  # 0.5 ** 5 = 0.03
    found = agree_all(LocalAgreement(trust), "one two three", 5, probability=0.5)
    assert found == [0] * 4 + [3 - 1]


def test_every_hearing_counts_by_its_own_probability() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09, hold_words=0))
    found = [
        agreed(agreement, words("one two", probability=probability))
        for probability in (0.4, 0.8, 0.3, 0.9)  # 0.6, 0.12, 0.084
    ]
    assert found == [0, 0, 2, 0]


def test_another_word_begins_with_its_own_doubt() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09, hold_words=0))
    agree_all(agreement, "set", 3, probability=0.5)
    assert agree_all(agreement, "sick", 3, probability=0.6) == [0, 0, 1]


def test_each_model_has_its_own_threshold_of_certainty() -> None:
    trust = Trust(doubt=0.25, hold_words=1)
    assert agree_all(LocalAgreement(trust), "one two three", 2, probability=0.5) == [0, 2]


def test_a_model_may_hold_fewer_seconds() -> None:
    heard = words("one two three four five six")
    agreement = LocalAgreement(Trust(hold_s=0.3, hold_words=1))
    agreement.agree(heard, heard[2].end_s)
    assert agreed(agreement, heard, heard[2].end_s) == 2


def test_stable_words_are_not_counted_twice() -> None:
    agreement = LocalAgreement()
    agree_all(agreement, "one two three four", 2)
    assert agreed(agreement, words("three four five six", start_s=0.8)) == 2


def test_reset_forgets() -> None:
    agreement = LocalAgreement()
    agreement.agree(words("one two three"), 60.0)
    agreement.reset()
    assert agreed(agreement, words("one two three")) == 0


def test_in_silence_even_the_last_word_is_stable() -> None:
    agreement, heard = LocalAgreement(), words("one two three")
    agreement.agree(heard, heard[-1].end_s)
    assert agreed(agreement, heard, heard[-1].end_s, settled=True) == 3


def test_words_that_an_early_final_repeats_are_stable_at_any_probability() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09))
    partial = words("one two", probability=0.4)
    assert agreed(agreement, partial, partial[-1].end_s) == 0
    early = words("one two three", probability=0.4)
    assert agreed(agreement, early, early[-1].end_s, settled=True) == 2


def flickering(*readings: str, probability: float = 0.4) -> list[list[Word]]:
    """Hypotheses of "… two three", before which one unsure word is read in several ways."""
    return [
        [*words(reading, probability=probability), *words("two three", start_s=0.4)]
        for reading in readings
    ]


def test_a_flickering_word_becomes_stable_as_it_was_read_most_often() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09, hold_words=0))
    *earlier, last = flickering("won", "one", "on", "one", "own")
    assert [agreement.agree(heard, 60.0).words for heard in earlier[:3]] == [[]] * 3
    found = agreement.agree(earlier[3], 60.0)
    assert [word.text for word in found.words] == [" one", " two", " three"]
    assert (found.count, found.common) == (3, 0)
    assert agreement.agree(last[3:], 60.0).words == []


def test_a_probable_reading_outvotes_two_improbable_ones() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09, hold_words=0))
    behind = words("two", start_s=0.4, probability=0.6)  # 0.4 ** 4 = 0.03
    for reading, probability in (("won", 0.1), ("one", 0.9), ("won", 0.1)):
        agreement.agree([*words(reading, probability=probability), *behind], 60.0)
    found = agreement.agree([*words("on", probability=0.1), *behind], 60.0)
    assert [word.text for word in found.words] == [" one", " two"]


def test_words_that_some_hypotheses_lack_are_kept() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09, hold_words=0))
    found = [agreement.agree(heard, 60.0) for heard in flickering("one", "", "on", "")]
    assert [word.text for word in found[-1].words] == [" one", " two", " three"]
    assert found[-1].count == 2


def test_a_guess_does_not_become_stable_however_often_it_is_read() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09, hold_words=0))
    for heard in flickering("won", "one", "won", "one", probability=0.15):
        assert agreement.agree(heard, 60.0).words == []
    *_, better = flickering("won", probability=0.3)
    assert [word.text for word in agreement.agree(better, 60.0).words] == [" won", " two", " three"]


def test_what_flickers_waits_until_the_words_behind_it_are_certain() -> None:
    agreement = LocalAgreement(Trust(doubt=0.001, hold_words=0))
    heard = [
        [*words(reading, probability=0.4), *words("two", start_s=0.4, probability=0.7)]
        for reading in ("won", "one", "on", "one", "own", "one")
    ]  # 0.3 ** 5 = 0.002, 0.3 ** 6 = 0.0007
    assert [agreement.agree(one, 60.0).count for one in heard] == [0] * 5 + [2]


def test_what_flickers_waits_while_the_words_behind_it_may_be_half_heard() -> None:
    agreement = LocalAgreement(Trust(doubt=0.09, hold_words=2))
    for heard in flickering("won", "one", "on", "one"):
        assert agreement.agree(heard, 60.0).words == []
