"""The messages to the client, and the promises about them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from realtime.backends.scripted import ScriptedBackend
from realtime.session.agreement import Trust
from realtime.session.endpoint import EndpointOptions
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.session.transcript import Ending, StreamTranscript
from realtime.session.words import join_words
from realtime.types import Hypothesis, Window, Word
from tests.session.driver import Driver, SpanDetector
from tests.session.speaking import audio, said, spans, utterances


def words(text: str, start_s: float = 0.0) -> list[Word]:
    return [
        Word(f" {word}", start_s + i * 0.4, start_s + i * 0.4 + 0.3)
        for i, word in enumerate(text.split())
    ]


def ending(
    start_s: float = 0.0, end_s: float = 9.0, *, flush: bool = False, timed: bool = False
) -> Ending:
    return Ending(start_s, end_s, "en", words=timed, endpoint=True, flush=flush)


def sure(text: str, *probabilities: float) -> list[Word]:
    return [
        replace(word, probability=probability)
        for word, probability in zip(words(text), probabilities, strict=True)
    ]


def surest(heard: list[Word], final: list[Word], *, doubtful: bool = False) -> str:
    """The final's words after a partial that heard others."""
    transcript = StreamTranscript()
    transcript.partial(transcript.align(heard, 0.0), 0.0, 30.0, 0, doubtful=doubtful)
    return join_words(transcript.surest(transcript.align(final, 0.0)))


def show(transcript: StreamTranscript, text: str, end_s: float = 30.0) -> str:
    partial = transcript.partial(transcript.align(words(text), 0.0), 0.0, end_s, 0)
    assert partial is not None
    assert partial.text.startswith(partial.stable)
    return partial.stable


def test_an_empty_result_shows_nothing_and_takes_no_id() -> None:
    transcript = StreamTranscript()
    assert transcript.partial([], 0.0, 1.0, 0) is None
    assert transcript.final([], Hypothesis(""), ending()) is None
    assert transcript.next_id == 0


def test_shown_text_gets_a_final_even_if_it_is_empty() -> None:
    transcript = StreamTranscript()
    show(transcript, "hm")
    final = transcript.final([], Hypothesis(""), ending())
    assert final is not None
    assert (final.id, final.text, final.confidence) == (0, "", 0.0)
    assert transcript.next_id == 1
    assert not transcript.open


def test_an_empty_partial_after_words_is_still_shown() -> None:
    transcript = StreamTranscript()
    show(transcript, "one two three four")
    partial = transcript.partial([], 0.0, 2.0, 0)
    assert partial is not None
    assert partial.text == ""


def test_punctuation_at_the_end_of_stable_text_may_still_change() -> None:
    transcript = StreamTranscript()
    show(transcript, "my name is. Anna Smith")
    assert show(transcript, "my name is. Anna Smith") == "my name is"
    assert show(transcript, "my name is Anna Smith from") == "my name is Anna"


def test_a_final_begins_with_the_stable_text_whatever_the_result() -> None:
    transcript = StreamTranscript()
    show(transcript, "one two three four five")
    assert show(transcript, "one two three four five") == "one two three"
    fresh = transcript.align(words("won too three four six"), 0.0)
    final = transcript.final(fresh, Hypothesis("won too three four six"), ending())
    assert final is not None
    assert final.text == "one two three four six"


def test_a_stable_word_that_becomes_longer_grows_and_is_not_doubled() -> None:
    transcript = StreamTranscript()
    show(transcript, "Seoul now right")
    assert show(transcript, "Seoul new right") == "Seoul"
    partial = transcript.partial(
        transcript.align(words("Seoulward how long then"), 0.0), 0.0, 30.0, 0
    )
    assert partial is not None
    assert (partial.text, partial.stable) == ("Seoulward how long then", "Seoul")
    assert show(transcript, "Seoulward how long then") == "Seoulward how"
    final = transcript.final(
        transcript.align(words("Seoulward how long then"), 0.0), Hypothesis("…"), ending()
    )
    assert final is not None
    assert final.text == "Seoulward how long then"


def test_a_final_lets_the_last_stable_word_grow() -> None:
    transcript = StreamTranscript()
    show(transcript, "Seoul now right")
    show(transcript, "Seoul new right")
    final = transcript.final(
        transcript.align(words("Seoulward how long"), 0.0), Hypothesis("…"), ending()
    )
    assert final is not None
    assert final.text == "Seoulward how long"


def test_a_failed_final_keeps_the_stable_word_as_it_was() -> None:
    transcript = StreamTranscript()
    show(transcript, "Seoul now right")
    show(transcript, "Seoul new right")
    show(transcript, "Seoulward how long")
    final = transcript.final([], None, ending())
    assert final is not None
    assert final.text == "Seoul"


def test_the_first_word_of_an_utterance_is_not_in_doubt_at_its_windows_start() -> None:
    transcript = StreamTranscript()
    said = [Word(" Seoul", 0.28, 0.52), *words("now right there", 0.6)]
    for _ in range(2):
        transcript.partial(transcript.align(said, 0.0), 0.0, 30.0, 0)
    assert transcript.stable_text.startswith("Seoul")
    again = [Word(" Soul", 0.28, 0.78), *words("now right there", 0.8)]
    fresh = transcript.align(again, 0.0)
    assert "Soul" not in [word.text.strip() for word in fresh]


def test_finals_do_not_overlap_and_words_stay_inside() -> None:
    transcript = StreamTranscript()
    first = transcript.final(words("one two"), Hypothesis("one two"), ending(0.0, 0.5, timed=True))
    second = transcript.final(
        words("three", 0.1), Hypothesis("three"), ending(0.2, 0.3, timed=True)
    )
    assert first is not None
    assert second is not None
    assert first.words is not None
    assert first.words[-1].end_s == 0.5
    assert second.start == second.end == 0.5
    assert second.words is not None
    assert second.words[0].start_s == 0.5


def test_context_is_the_end_of_good_finals() -> None:
    transcript = StreamTranscript()
    transcript.final(words("good"), Hypothesis("good"), ending())
    transcript.final(words("bad"), Hypothesis("bad", doubtful=True), ending())
    assert transcript.context.text == "good"


def test_words_that_partials_agreed_on_survive_a_final_without_them() -> None:
    transcript = StreamTranscript()
    for _ in range(2):
        show(transcript, "one two three four five")
    short = Hypothesis("one two", doubtful=True, avg_logprob=-0.5, coverage=0.5)
    final = transcript.final(transcript.align(words("one two"), 0.0), short, ending())
    assert final is not None
    assert final.text == "one two three four five"
    assert final.confidence == pytest.approx(0.5 * math.exp(-0.5))
    assert transcript.context.text == ""


def test_a_certain_final_replaces_words_that_were_not_stable() -> None:
    transcript = StreamTranscript()
    for _ in range(2):
        show(transcript, "one two three four five")
    final = transcript.final(
        transcript.align(words("one two three"), 0.0), Hypothesis("one two three"), ending()
    )
    assert final is not None
    assert final.text == "one two three"


def test_where_the_newest_partial_heard_other_words_the_surer_ones_count() -> None:
    heard = sure("no single space project", 0.9, 0.9, 0.9, 0.9)
    assert surest(heard, sure("no signal space ship", 0.9, 0.3, 0.9, 0.5)) == "no single space ship"
    assert surest(heard, sure("no signal space project", 0.9, 0.9, 1.0, 0.9)) == (
        "no signal space project"
    )


def test_the_first_words_of_an_utterance_are_compared_too() -> None:
    heard = sure("might sound quite different", 0.6, 0.6, 0.8, 0.9)
    final = sure("apply something different", 0.2, 0.2, 0.3)
    final[-1] = replace(final[-1], start_s=1.2, end_s=1.5)
    assert surest(heard, final) == "might sound quite different"


def test_words_that_only_the_final_has_are_kept() -> None:
    heard = sure("no project in this", 0.9, 0.9, 0.9, 0.9)
    final = [*sure("no single project", 0.9, 0.2, 0.2), *words("in this period", 1.0)]
    assert surest(heard, final) == "no single project in this period"


def test_no_final_is_compared_with_a_doubtful_partial() -> None:
    heard, final = sure("one two three", 0.9, 0.9, 0.9), sure("one too three", 0.9, 0.1, 0.9)
    assert surest(heard, final) == "one two three"
    assert surest(heard, final, doubtful=True) == "one too three"


def test_a_final_is_compared_with_partials_of_its_own_id_only() -> None:
    transcript = StreamTranscript()
    show(transcript, "one two three")
    transcript.final(words("one"), Hypothesis("one"), ending())
    final = sure("two tree four", 0.9, 0.1, 0.9)
    assert join_words(transcript.surest(final)) == "two tree four"


def test_behind_a_cut_the_first_words_are_not_compared() -> None:
    transcript = StreamTranscript()
    transcript.final(words("one"), Hypothesis("one"), ending())
    heard = sure("one tree four", 0.9, 0.9, 0.9)
    transcript.partial(transcript.align(heard, 0.0), 0.0, 30.0, 0)
    final = transcript.align(sure("one three four", 0.9, 0.1, 0.9), 0.0)
    assert join_words(transcript.surest(final)) == "three four"


class UnsureFinals(ScriptedBackend):
    """Mistakes one word in finals, and is not sure of it."""

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        found = super().decode(windows)
        if not windows[0].final:
            return found
        mistaken = [
            replace(word, text=" brave", probability=0.3) if word.text == " bravo" else word
            for word in found[0].words
        ]
        return [replace(found[0], words=tuple(mistaken), text=join_words(mistaken))]


@pytest.mark.parametrize(("partials", "early_ms"), [(True, 0), (True, 200), (False, 0)])
def test_finals_use_words_of_partials_that_are_surer(partials: bool, early_ms: int) -> None:
    script = utterances(1.0)
    options = SessionOptions(
        partials=partials,
        words=True,
        trust=Trust(hold_s=math.inf),  # no word is stable before the final
        endpoint=EndpointOptions(early_ms=early_ms),
    )
    session = Session(options, SpanDetector(spans(script)))
    driver = Driver(session, UnsureFinals(script))
    driver.play(audio(5), 512)
    said_by_final = said(script) if partials else said(script).replace("bravo", "brave")
    assert [final.text for final in driver.finals] == [said_by_final]


def test_words_sent_in_this_utterance_are_known_to_the_next_window() -> None:
    transcript = StreamTranscript()
    transcript.final(words("one two three"), Hypothesis("one two three"), ending())
    assert transcript.continues
    assert [w.text for w in transcript.align(words("two three four", 0.4), 0.3)] == [" four"]
    transcript.forget_utterance()
    assert not transcript.continues
    assert len(transcript.align(words("two three four", 0.4), 0.3)) == 3


def test_a_flush_in_silence_is_answered_with_an_empty_final() -> None:
    final = StreamTranscript().final([], None, ending(flush=True))
    assert final is not None
    assert final.flush


def test_a_stable_word_that_is_recognised_differently_stays() -> None:
    transcript = StreamTranscript()
    show(transcript, "one two three four five")
    assert show(transcript, "one two three four five") == "one two three"
    fresh = transcript.align(words("one two tree four"), 0.0)
    final = transcript.final(fresh, Hypothesis("one two tree four"), ending())
    assert final is not None
    assert final.text == "one two three four"


def test_every_word_is_settled_once_by_a_partial_or_by_the_final() -> None:
    transcript, said = StreamTranscript(), words("one two three four five six")
    settled_s: list[float] = []
    for _ in range(2):
        partial = transcript.partial(transcript.align(said, 0.0), 0.0, 30.0, 0)
        assert partial is not None
        settled_s += partial.settled_s
    assert 0 < len(settled_s) < len(said)
    final = transcript.final(transcript.align(said, 0.0), Hypothesis("…"), ending())
    assert final is not None
    assert [*settled_s, *final.settled_s] == [word.end_s for word in said]
