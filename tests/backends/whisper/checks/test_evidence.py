"""Distinguishing text that the model made up from text that somebody said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime.backends.whisper.checks.evidence import no_voice, nobody_spoke, remove_rote
from realtime.backends.whisper.checks.formulas import FORMULAS, is_formula, is_laughter
from realtime.backends.whisper.traits import WhisperTraits
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Window, Word

STOCK = WhisperTraits()
VOICE = [(0.2, 9.8)]


@pytest.mark.parametrize(
    ("no_speech", "logprob", "voice_s", "silent"),
    [
        (0.85, -1.14, 6.5, False),  # synthetic Telugu
        (0.79, -1.10, 11.1, False),  # Hungarian
        (0.72, -1.33, 0.4, True),  # laughter
        (0.67, -2.65, 1.1, True),
        (0.70, -1.70, 8.0, True),
        (0.70, -0.90, 0.0, False),
        (0.30, -1.90, 0.0, False),
    ],
)
def test_a_long_voice_and_a_likely_text_outweigh_the_no_speech_probability(
    no_speech: float, logprob: float, voice_s: float, silent: bool
) -> None:
    speech = [(1.0, 1.0 + voice_s / 2), (9.0, 9.0 + voice_s / 2)]
    assert nobody_spoke(no_speech, logprob, speech, STOCK) is silent


def test_where_nobody_judged_the_probabilities_decide() -> None:
    assert nobody_spoke(0.7, -1.1, [], STOCK)


def test_each_model_has_its_own_limits() -> None:
    taught = WhisperTraits(no_speech_limit=0.05, silence_logprob=0.0)
    assert nobody_spoke(0.1, -0.2, [(0.0, 2.0)], taught)
    assert not nobody_spoke(0.1, -0.2, [(0.0, 3.5)], taught)


@pytest.mark.parametrize(
    "text",
    [
        *("감사합니다.", "고맙습니다", "정말 감사합니다!", "Thank you.", "Thank you very much."),
        *(
            "시청해주셔서 감사합니다.",
            "오늘도 시청해 주셔서 감사합니다",
            "영상 봐주셔서 감사합니다",
        ),
        *("구독과 좋아요 부탁드립니다.", "구독, 좋아요, 알림설정", "다음 영상에서 만나요!"),
        *(
            "Thank you for watching!",
            "Thanks for watching this video.",
            "Please like and subscribe",
        ),
        *("See you in the next video.", "I'll see you next time!", "Bye. Bye."),
        *("자막 제공", "한글자막 by 한효정", "이 영상은 유료 광고를 포함하고 있습니다."),
        *("Subtitles by the Amara.org community", "Transcribed by ESO, translated by —"),
        *("MBC 뉴스 김수근입니다.", "지금까지 MBC 뉴스 이덕영이었습니다"),
    ],
)
def test_formulas_are_known_by_their_letters(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize(
    "text",
    [
        *("네, 감사합니다.", "도와주셔서 감사합니다.", "Thank you for calling.", "MBC입니다"),
        *("Thank you for watching my dog", "자막", "구독을 취소하려고요", "I see", ""),
    ],
)
def test_what_people_say_otherwise_is_none(text: str) -> None:
    assert is_formula(text) is (text == "자막")


def test_every_formula_says_where_it_is_from() -> None:
    assert all(formula.why for formula in FORMULAS)


@pytest.mark.parametrize(
    "word", ["하하하", " ㅋㅋㅋㅋ.", "흐흐흐흐", "아하하하", "Hahaha!", "아아아아"]
)
def test_laughter_is_spelled(word: str) -> None:
    assert is_laughter(word)


@pytest.mark.parametrize("word", ["하나", "네네네", "하하", "아아", "ha", "Hannah", "no", "7777"])
def test_words_are_no_laughter(word: str) -> None:
    assert not is_laughter(word)


def judged(
    hypothesis: Hypothesis, speech: list[tuple[float, float]], context: str = ""
) -> Hypothesis:
    """The verdict on a hypothesis for a window of 10 s with these spans of speech."""
    ranges = tuple((round(a * SAMPLE_RATE), round(b * SAMPLE_RATE)) for a, b in speech)
    samples = np.zeros(10 * SAMPLE_RATE, np.float32)
    return remove_rote(
        hypothesis, Window(samples, 0, True, DecodeOptions(prompt=context), ranges), STOCK
    )


def heard(
    text: str,
    no_speech: float = 0.05,
    logprob: float = -0.3,
    probability: float = 0.8,
    start_s: float = 0.5,
) -> Hypothesis:
    """A hypothesis with a word every 0.6 s."""
    words = tuple(
        Word(f" {word}", start_s + 0.6 * i, start_s + 0.6 * (i + 1), probability)
        for i, word in enumerate(text.split())
    )
    return Hypothesis(text, words, avg_logprob=logprob, no_speech_probability=no_speech)


@pytest.mark.parametrize(
    "text", ["감사합니다.", "Thank you.", "시청해주셔서 감사합니다.", "Thanks for watching!"]
)
def test_someone_who_says_thank_you_keeps_it(text: str) -> None:
    for thanks in (heard(text), heard(text, logprob=-1.2), heard(text, no_speech=0.3)):
        assert judged(thanks, VOICE) is thanks


@pytest.mark.parametrize(
    ("lacking", "speech"),
    [
        (heard("고맙습니다.", no_speech=0.7), VOICE),
        (heard("고맙습니다.", no_speech=0.3, logprob=-1.2), VOICE),
        (heard("고맙습니다.", probability=0.1), VOICE),
        (heard("고맙습니다."), [(5.0, 9.0)]),
        (heard("고맙습니다. 고맙습니다. 고맙습니다.", no_speech=0.7), VOICE),
    ],
)
def test_a_formula_needs_every_kind_of_evidence(
    lacking: Hypothesis, speech: list[tuple[float, float]]
) -> None:
    result = judged(lacking, speech)
    assert (result.text, result.words) == ("", ())


def test_a_formula_behind_what_was_said_goes_where_nobody_speaks_any_more() -> None:
    both = heard("네 알겠습니다. 시청해주셔서 감사합니다.")
    assert judged(both, [(0.2, 1.7)]).text == "네 알겠습니다."
    assert judged(both, VOICE) is both


def test_laughter_goes_and_the_words_beside_it_stay() -> None:
    assert judged(heard("하하하하 그러니까요 ㅋㅋㅋㅋ"), VOICE).text == "그러니까요"
    assert judged(heard("Hahaha."), VOICE).text == ""
    assert judged(heard("Ha, ha, ha!"), VOICE).text == ""
    assert judged(heard("— hahaha —"), VOICE).text == ""


def test_texts_without_times_are_judged_by_their_window() -> None:
    partial = Hypothesis("고맙습니다.", no_speech_probability=0.8, avg_logprob=-0.6)
    assert judged(partial, VOICE).text == ""
    assert judged(partial, []).text == ""
    sure = Hypothesis("고맙습니다.", avg_logprob=-0.6)
    assert judged(sure, VOICE) is sure


PROMPT = "Kubernetes, Grafana, 개인정보 처리방침"


@pytest.mark.parametrize(
    "text", ["Kubernetes, Grafana", "Grafana. Kubernetes.", "개인정보 처리방침"]
)
def test_the_prompt_does_not_leak_where_nobody_speaks(text: str) -> None:
    assert judged(heard(text, no_speech=0.6), VOICE, PROMPT).text == ""
    spoken = heard(text)
    assert judged(spoken, VOICE, PROMPT) is spoken


def test_words_of_the_prompt_among_others_stay() -> None:
    mixed = heard("We use Grafana here", no_speech=0.6)
    assert judged(mixed, VOICE, PROMPT) is mixed
    short = heard("네, 네.", no_speech=0.6)
    assert judged(short, VOICE, "네 네") is short
    assert judged(Hypothesis(""), VOICE, PROMPT).text == ""


def test_circles_in_what_the_model_takes_for_silence_are_no_words() -> None:
    circles = replace(heard("one two three", no_speech=0.7), repaired=True)
    assert judged(circles, VOICE).text == ""
    likely = replace(circles, no_speech_probability=0.3)
    assert judged(likely, VOICE) is likely


@pytest.mark.parametrize(
    ("voice", "no_speech", "logprob", "circles", "noise"),
    [
        (0.80, 0.46, -2.52, False, True),  # babble of twelve as a file, in English
        (0.80, 0.46, -0.15, True, True),  # the same in Korean: one phrase, twelve times
        (0.89, 0.58, -2.41, False, True),  # laughter, live
        (0.72, 0.12, -0.16, True, True),  # two minutes of it, in Korean
        (0.80, 0.05, -0.15, True, False),  # a soft voice that repeats itself
        (0.72, 0.45, -0.69, False, False),  # a soft voice
        (0.67, 0.08, -1.10, False, False),  # "Ask not!" through noise
        (0.78, 0.67, -0.98, False, True),  # babble, live
        (0.95, 0.46, -2.52, True, False),  # a certain voice is speech
        (None, 0.46, -2.52, True, False),
    ],
)
def test_babble_and_laughter_are_no_words(
    voice: float | None, no_speech: float, logprob: float, circles: bool, noise: bool
) -> None:
    window = Window(np.zeros(SAMPLE_RATE, np.float32), 0, True, voice=voice)
    assert no_voice(window, no_speech, logprob, STOCK, circles=circles) is noise
