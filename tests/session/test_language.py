"""The language that a stream with `auto` expects next."""

from __future__ import annotations

import pytest

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.backends.whisper.detection import detect
from realtime.session.language import LanguageBelief
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import DecodeOptions, Hypothesis
from tests.session.driver import Driver, SpanDetector
from tests.session.speaking import audio, spans, utterances

AUTO = DecodeOptions()
KNOWN = 99
"""Number of languages of a model."""
KOREAN, ENGLISH = {"ko": 0.97, "ja": 0.02}, {"en": 0.98, "nl": 0.01}
SHORT = {"fr": 0.33, "ko": 0.2, "en": 0.1}
"""Probabilities for a Korean 네 of 0.8 s."""


def sound(shares: dict[str, float]) -> dict[str, float]:
    """Probabilities of all languages: the others share the rest equally."""
    others = [f"x{n}" for n in range(KNOWN - len(shares))]
    left = (1 - sum(shares.values())) / len(others)
    return shares | dict.fromkeys(others, left)


def hear(belief: LanguageBelief, shares: dict[str, float], duration_s: float) -> str:
    """Detect the language of a window with the belief, and update the belief."""
    found = detect(sound(shares), belief.apply(AUTO, duration_s))
    hypothesis = Hypothesis("said", language=found.language, languages=found.probabilities)
    belief.update(hypothesis, duration_s)
    return found.language


def test_new_streams_and_those_with_a_language_expect_no_language() -> None:
    belief = LanguageBelief()
    assert belief.apply(AUTO, 3.0) is AUTO
    belief.update(Hypothesis("", language="fr", language_probability=0.9), 3.0)
    assert belief.apply(AUTO, 3.0) is AUTO
    hear(belief, KOREAN, 3.0)
    said = DecodeOptions(language="en")
    assert belief.apply(said, 3.0) is said


def test_a_short_utterance_stays_in_the_language_of_the_stream() -> None:
    belief = LanguageBelief()
    assert hear(belief, KOREAN, 4.0) == "ko"
    for _ in range(20):
        assert hear(belief, SHORT, 0.8) == "ko"


@pytest.mark.parametrize("before_s", [4.0, 600.0])
def test_a_sentence_in_another_language_changes_it_however_long_the_stream(before_s: float) -> None:
    belief = LanguageBelief()
    for _ in range(round(before_s / 4)):
        assert hear(belief, ENGLISH, 4.0) == "en"
    assert hear(belief, KOREAN, 4.0) == "ko"
    assert hear(belief, ENGLISH, 4.0) == "en"
    # Now that both languages occurred, shorter windows suffice, and a third is not detected.
    assert hear(belief, KOREAN, 1.5) == "ko"
    assert hear(belief, ENGLISH, 1.5) == "en"
    assert hear(belief, SHORT, 0.8) in ("ko", "en")


def test_a_first_word_heard_wrongly_does_not_hold() -> None:
    belief = LanguageBelief()
    assert hear(belief, SHORT, 0.8) == "fr"
    assert hear(belief, {"ko": 0.5, "fr": 0.2}, 1.0) == "ko"
    assert hear(belief, {"ko": 0.9}, 3.0) == "ko"
    assert hear(belief, SHORT, 0.8) == "ko"


def test_a_model_that_reports_only_one_language_is_enough() -> None:
    belief = LanguageBelief()
    belief.update(Hypothesis("said", language="ko", language_probability=0.9), 3.0)
    assert dict(belief.apply(AUTO, 3.0).expected)["ko"] == 1.0


def test_only_candidate_languages_are_detected() -> None:
    options = DecodeOptions(candidates=("ko", "en", "tlh"))
    found = detect(sound(SHORT), options)
    assert (found.language, set(dict(found.probabilities))) == ("ko", {"ko", "en"})
    assert found.probability == pytest.approx(2 / 3)
    unknown = DecodeOptions(candidates=("tlh",))
    assert detect(sound(SHORT), unknown).language == "fr"
    assert detect({"ko": 0.0, "en": 1.0}, DecodeOptions(candidates=("ko",))).probability == 0.0


def test_windows_are_requested_with_the_expected_languages() -> None:
    script = utterances(1.0, 6.0)
    driver = Driver(
        Session(SessionOptions(decode=AUTO), SpanDetector(spans(script))),
        ScriptedBackend(Script(script.words, language="ko")),
    )
    driver.play(audio(9))
    expected = [dict(window.options.expected) for window in driver.windows if window.final]
    assert expected[0] == {}
    assert expected[1]["ko"] == 1.0 > expected[1][""] > 0.0
