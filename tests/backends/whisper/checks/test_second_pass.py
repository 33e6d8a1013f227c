"""Finals that do not fit their audio: how they are decoded again, and which result is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from realtime.backends.whisper.checks.remedies import DecodeMode
from realtime.backends.whisper.checks.second_pass import SecondPass
from realtime.backends.whisper.grouping import CallKey
from realtime.backends.whisper.traits import WhisperTraits
from realtime.types import SAMPLE_RATE, DecodeOptions, Earlier, Hypothesis, Window, Word

KEY = CallKey(3000, True, 1, True, 0)
SPEECH = ((0, 9 * SAMPLE_RATE),)
SHORT = ((0, 3 * SAMPLE_RATE),)
SHORT_KEY = CallKey(1500, True, 1, True, 0)
ENGLISH = DecodeOptions(language="en")
TRANSLATED = DecodeOptions(language="en", task="translate")


def heard(text: str, logprob: float = -0.3, start_s: float = 0.0, **more: Any) -> Hypothesis:
    """A hypothesis with a word every 0.5 s, each as likely as the text's tokens are on average."""
    words = tuple(
        Word(f" {word}", start_s + 0.5 * i, start_s + 0.5 * (i + 1), math.exp(logprob))
        for i, word in enumerate(text.split())
    )
    doubtful = logprob < -1.0 or more.get("repaired", False)
    return Hypothesis(text, words, "en", 1.0, avg_logprob=logprob, doubtful=doubtful, **more)


WHOLE = heard(
    "one two three four five six seven eight nine ten eleven twelve and so on it goes now"
)
HALF = heard("one two three four five")


class Ear:
    """Answers by the name of the decoding mode, and with `first` for modes without an answer."""

    n_mels = 80
    timestamps = True

    def __init__(self, first: Hypothesis, answers: Mapping[str, Hypothesis]) -> None:
        self.first = first
        self.answers = answers
        self.asked: list[tuple[str, int]] = []
        self.languages: dict[str, str | None] = {}

    def pick(self, encoding: Any, rows: Sequence[int]) -> Any:
        return [encoding[row] for row in rows]

    def hear(
        self, windows: Sequence[Window], key: CallKey, mode: DecodeMode, encoding: Any = None
    ) -> tuple[list[Hypothesis], Any]:
        assert encoding is None or len(encoding) == len(windows)
        self.asked += [(mode.name, window.start) for window in windows]
        self.languages[mode.name] = windows[-1].options.language
        answer = self.answers.get(mode.name, self.first)
        return [answer for _ in windows], encoding or ["fresh" for _ in windows]


def judged(
    ear: Ear,
    traits: WhisperTraits | None = None,
    key: CallKey = KEY,
    speech: tuple[tuple[int, int], ...] | None = SPEECH,
    earlier: Earlier | None = None,
    options: DecodeOptions = ENGLISH,
    seconds: int = 9,
    voice: float | None = None,
) -> Hypothesis:
    """The second pass's result for the middle one of three windows, the only doubtful one."""
    samples = np.zeros(seconds * SAMPLE_RATE, np.float32)
    window = Window(samples, 0, True, options, speech, voice)
    second_pass = SecondPass(traits or WhisperTraits(), ear, ear.hear)  # type: ignore[arg-type]
    doubted = replace(window, earlier=earlier)
    result = second_pass.of(
        [window, doubted, window], [WHOLE, ear.first, WHOLE], ["a", "b", "c"], key
    )
    assert [one.text for one in result[::2]] == [WHOLE.text] * 2
    assert not any(one.doubtful for one in result[::2])
    return result[1]


def names(ear: Ear) -> list[str]:
    return [name for name, _ in ear.asked]


def test_what_fits_is_not_heard_again() -> None:
    ear = Ear(WHOLE, {})
    assert judged(ear).text == WHOLE.text
    assert ear.asked == []


def test_a_text_that_stops_at_a_pause_goes_on_with_timestamps() -> None:
    ear = Ear(HALF, {"timestamps": WHOLE})
    result = judged(ear)
    assert (result.text, result.remedies, result.doubtful) == (WHOLE.text, ("timestamps",), False)
    assert names(ear) == ["timestamps"]
    assert result.passes == 2


def test_what_no_way_hears_is_heard_by_itself() -> None:
    rest = heard("six seven eight nine ten eleven twelve and so on it goes", start_s=2.5)
    ear = Ear(HALF, {"fill": rest})
    result = judged(ear)
    assert result.text == f"{HALF.text} {rest.text}"
    assert result.remedies == ("timestamps", "beam", "fill")
    assert not result.doubtful
    assert ear.asked[-1][1] > 2 * SAMPLE_RATE


MOST = heard("one two three four five six seven eight nine ten eleven twelve")
"""Words for 6 s of 9."""


def test_a_short_hole_is_heard_by_itself_first() -> None:
    rest = heard("and so on it goes now", start_s=6.0)
    ear = Ear(MOST, {"fill": rest, "timestamps": WHOLE})
    result = judged(ear, seconds=29)
    assert result.text == f"{MOST.text} {rest.text}"
    assert (names(ear), result.remedies, result.doubtful) == (["fill"], ("fill",), False)


def test_a_short_window_or_one_that_lacks_much_is_decoded_again() -> None:
    for frames, seconds in ((1500, 29), (3000, 15)):
        key = CallKey(frames, True, 1, True, 0)
        result = judged(Ear(MOST, {"timestamps": WHOLE}), key=key, seconds=seconds)
        assert result.remedies == ("timestamps",)
    assert judged(Ear(HALF, {"timestamps": WHOLE}), seconds=29).remedies == ("timestamps",)


def test_a_hole_that_stays_is_heard_by_itself_once() -> None:
    ear = Ear(MOST, {})
    assert judged(ear, seconds=29).doubtful
    assert names(ear) == ["fill", "fill", "timestamps", "beam"]


KOREAN = DecodeOptions(language="ko")
ENGLISH_PART = heard("six seven eight nine ten eleven twelve and so on it goes", start_s=2.5)


def test_a_part_in_another_language_is_decoded_in_that_one() -> None:
    nothing = heard("")
    ear = Ear(HALF, {"fill": nothing, "foreign": ENGLISH_PART})
    result = judged(ear, options=KOREAN)
    assert result.text == f"{HALF.text} {ENGLISH_PART.text}"
    assert names(ear)[-3:] == ["fill", "fill", "foreign"]
    assert ear.languages["foreign"] is None, "it is detected"
    assert ear.languages["fill"] == HALF.language


@pytest.mark.parametrize("doubt", [{"language_probability": 0.6}, {"doubtful": True}], ids=str)
def test_a_language_or_a_text_that_is_not_sure_fills_no_hole(doubt: dict[str, Any]) -> None:
    ear = Ear(HALF, {"fill": heard(""), "foreign": replace(ENGLISH_PART, **doubt)})
    assert judged(ear, options=KOREAN).text == HALF.text


def test_no_other_language_is_looked_for_in_little_speech_or_by_a_model_of_one() -> None:
    for traits, speech in (
        (WhisperTraits(detects_language=False), SPEECH),
        (WhisperTraits(), ((0, 5 * SAMPLE_RATE),)),
    ):
        ear = Ear(HALF, {"fill": heard(""), "foreign": ENGLISH_PART})
        judged(ear, traits, speech=speech)
        assert "foreign" not in names(ear)


def test_a_guess_fills_no_hole() -> None:
    rest = heard("thank you for watching", logprob=-1.5, start_s=3.0)
    result = judged(Ear(HALF, {"fill": rest}))
    assert result.text == HALF.text


EARLIER = Earlier(np.zeros(4 * SAMPLE_RATE, np.float32), (Word(" before", 1.0, 1.5),), "en")


@pytest.mark.parametrize(
    ("first", "again", "better"), [(-0.5, -0.1, "again"), (-0.5, -0.6, "first"), (-0.1, 0, "first")]
)
def test_of_two_hearings_the_surer_one(first: float, again: float, better: str) -> None:
    text = {"first": "so many words for nine seconds", "again": "as many words for nine seconds"}
    ear = Ear(heard(text["first"], first), {"earlier": heard(text["again"], again)})
    result = judged(ear, speech=SHORT, earlier=EARLIER)
    assert result.text == text[better]
    assert ear.asked == ([("earlier", -4 * SAMPLE_RATE)] if first < -0.25 else [])
    assert result.remedies == (("earlier",) if first < -0.25 else ())


@pytest.mark.parametrize(
    ("first", "again", "better"), [(-0.8, -0.3, "again"), (-0.8, -0.9, "first"), (-0.3, 0, "first")]
)
def test_a_window_with_nothing_before_it_is_heard_with_a_beam(
    first: float, again: float, better: str
) -> None:
    text = {"first": "so many words for nine seconds", "again": "as many words for nine seconds"}
    ear = Ear(heard(text["first"], first), {"beam": heard(text["again"], again)})
    result = judged(ear, key=SHORT_KEY, speech=SHORT)
    assert result.text == text[better]
    assert names(ear) == (["beam"] if first < -0.4 else [])
    assert result.remedies == (("beam",) if first < -0.4 else ())


@pytest.mark.parametrize(
    ("text", "key", "options"),
    [
        ("so many words for nine seconds", KEY, ENGLISH),
        ("so many words for nine seconds", CallKey(1500, True, 5, True, 0), ENGLISH),
        ("so many words for nine seconds", SHORT_KEY, TRANSLATED),
        ("so many words said", SHORT_KEY, ENGLISH),
    ],
    ids=["longest context", "already a beam", "translation", "few words"],
)
def test_it_is_not_where_a_beam_has_little_to_mend(
    text: str, key: CallKey, options: DecodeOptions
) -> None:
    ear = Ear(heard(text, -0.8), {})
    judged(
        ear, key=key, speech=((0, round(0.5 * len(text.split()) * SAMPLE_RATE)),), options=options
    )
    assert ear.asked == []


@pytest.mark.parametrize(("text", "logprob"), [("yes", -0.9), ("yes it is", -0.6)])
def test_a_few_words_are_not_heard_again_for_being_unlikely(text: str, logprob: float) -> None:
    ear = Ear(heard(text, logprob), {"earlier": heard("just", -0.1)})
    speech = ((0, SAMPLE_RATE),)
    assert judged(ear, speech=speech, earlier=EARLIER).text == text
    assert ear.asked == []


@pytest.mark.parametrize(
    ("earlier", "options", "earlier_s"),
    [
        (None, DecodeOptions(language="en"), 14.0),
        (replace(EARLIER, language="ko"), DecodeOptions(language="en"), 14.0),
        (EARLIER, TRANSLATED, 14.0),
        (EARLIER, DecodeOptions(language="en"), 0.0),
    ],
)
def test_what_does_not_belong_before_it_is_not_heard(
    earlier: Earlier | None, options: DecodeOptions, earlier_s: float
) -> None:
    ear = Ear(heard("so many words for nine seconds", -0.5), {})
    traits = WhisperTraits(earlier_s=earlier_s)
    judged(ear, traits, speech=SHORT, earlier=earlier, options=options)
    assert ear.asked == []


def test_what_stays_in_doubt_says_so() -> None:
    result = judged(Ear(HALF, {}))
    assert (result.text, result.doubtful) == (HALF.text, True)
    assert 0.2 < result.coverage < 0.4


def test_one_token_for_nine_seconds_is_not_believed() -> None:
    ear = Ear(heard("The", logprob=-2.9), {"timestamps": WHOLE})
    assert judged(ear).text == WHOLE.text


def test_more_words_do_not_make_up_for_circles() -> None:
    circles = heard("six seven " * 8, repaired=True)
    assert judged(Ear(HALF, {"timestamps": circles, "beam": circles})).text == HALF.text


def test_a_model_that_was_taught_no_timestamps_has_other_ways() -> None:
    ear = Ear(HALF, {"longest": WHOLE})
    traits = WhisperTraits(final_buckets_s=(10.0, 30.0), timestamps=False)
    result = judged(ear, traits, CallKey(1000, True, 1, True, 0))
    assert (result.text, result.remedies) == (WHOLE.text, ("beam", "longest"))


def test_fast_speech_that_two_manners_hear_alike_is_settled() -> None:
    fast = heard(WHOLE.text, repaired=True)
    speech = ((0, 2 * SAMPLE_RATE),)
    key = CallKey(1000, True, 1, True, 0)
    alike = Ear(fast, {})
    assert judged(alike, key=key, speech=speech).doubtful
    assert names(alike) == ["timestamps"]
    unlike = Ear(fast, {"timestamps": heard("quite another text", repaired=True)})
    judged(unlike, key=key, speech=speech)
    assert names(unlike) == ["timestamps", "beam"]


def test_fast_speech_needs_no_longer_context() -> None:
    fast = heard(WHOLE.text, repaired=True)
    others = {name: heard(name, repaired=True, logprob=-0.9) for name in ("timestamps", "beam")}
    ear = Ear(fast, others)
    judged(ear, key=CallKey(1000, True, 1, True, 0), speech=((0, 2 * SAMPLE_RATE),))
    assert names(ear) == ["timestamps", "beam"]


@pytest.mark.parametrize(
    ("text", "logprob", "more"),
    [("hm", -1.5, []), ("six seven " * 12, -0.3, ["longest", "straight"])],
)
def test_only_a_loop_needs_the_longest_context(text: str, logprob: float, more: list[str]) -> None:
    ear = Ear(heard(text, logprob, repaired=bool(more)), {})
    judged(ear, key=CallKey(1000, True, 1, True, 0))
    assert [n for n in names(ear) if n not in ("fill", "foreign")] == ["timestamps", "beam", *more]


def test_a_loop_that_two_manners_hear_alike_is_decoded_on() -> None:
    loop = Ear(heard("six seven " * 12, repaired=True), {})
    judged(loop, speech=((0, 2 * SAMPLE_RATE),))
    assert names(loop) == ["timestamps", "beam", "straight"]


def test_a_beam_is_tried_once_alone() -> None:
    ear = Ear(HALF, {})
    judged(ear, key=CallKey(3000, True, 5, True, 0))
    assert names(ear) == ["timestamps", "fill", "fill", "foreign"]


def test_where_nobody_judged_speech_only_the_text_is_in_doubt() -> None:
    ear = Ear(HALF, {})
    result = judged(ear, speech=None)
    assert (ear.asked, result.coverage, result.doubtful) == ([], 1.0, False)
    judged(Ear(heard("hm", logprob=-1.5), {}), speech=None)


def test_silence_that_was_taken_for_speech_is_left_alone() -> None:
    ear = Ear(Hypothesis("", no_speech_probability=0.9, unspoken=True), {"timestamps": WHOLE})
    assert judged(ear).text == ""
    assert ear.asked == []


def test_words_of_a_translation_have_no_times_to_judge() -> None:
    ear = Ear(Hypothesis("hello", avg_logprob=-0.2), {})
    assert not judged(ear).doubtful
    assert ear.asked == []
