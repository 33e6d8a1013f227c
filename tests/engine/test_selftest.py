from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.selftest import SelfTestRecording, self_test, word_errors, words_of
from realtime.errors import LoadFailed
from realtime.types import SAMPLE_RATE, Hypothesis, Window

AUDIO = np.zeros(10 * SAMPLE_RATE, np.float32)
TEXT = "Turn left, and then right."


def says(text: str) -> ScriptedBackend:
    return ScriptedBackend(Script.evenly(text))


ENGLISH = SelfTestRecording(AUDIO, TEXT, "en")
KOREAN = SelfTestRecording(AUDIO, "상담원을 연결해 주세요.", "ko")


class OneLanguage(ScriptedBackend):
    """Returns the words of its language where that is spoken, and `else_` for others."""

    def __init__(self, language: str, text: str, else_: str) -> None:
        super().__init__(Script.evenly(else_))
        self._language = language
        self._own = says(text)

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        own = windows[0].options.language == self._language
        return self._own.decode(windows) if own else super().decode(windows)


@pytest.mark.parametrize("exact", [True, False])
def test_the_same_words_pass_whatever_their_case_and_punctuation(exact: bool) -> None:
    assert self_test([ENGLISH], exact=exact)(says("turn left and then right")) == ""


def test_an_exact_model_with_few_errors_gets_a_warning_and_with_many_fails() -> None:
    test = self_test([ENGLISH], exact=True)
    assert "then light" in test(says("turn left and then light"))
    with pytest.raises(LoadFailed, match=r"thank you for watching.*driver"):
        test(says("thank you for watching"))


def test_another_model_may_make_errors() -> None:
    assert self_test([ENGLISH])(says("turn left and then light")) == ""


@pytest.mark.parametrize(("first", "second"), [(ENGLISH, KOREAN), (KOREAN, ENGLISH)])
def test_a_model_that_understands_one_of_the_languages_passes(
    first: SelfTestRecording, second: SelfTestRecording
) -> None:
    lost_english = OneLanguage("ko", KOREAN.text, "엉뚱한 말")
    assert self_test([first], [second])(lost_english) == ""


def test_the_start_waits_for_no_more_than_one_recording_that_is_understood() -> None:
    class Counting(OneLanguage):
        calls = 0

        def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
            Counting.calls += 1
            return super().decode(windows)

    backend = Counting("en", TEXT, "xin chào")
    assert self_test([KOREAN, KOREAN], [ENGLISH, ENGLISH])(backend) == ""
    assert Counting.calls == 1


def test_a_model_that_understands_no_language_starts_with_a_warning() -> None:
    told = self_test([KOREAN], [ENGLISH])(says("xin chào các bạn"))
    assert "'xin chào các bạn' for '상담원을 연결해 주세요.' (ko)" in told
    assert "another language" in told


def test_a_model_that_hears_text_in_only_one_language_starts() -> None:
    assert "returned ''" in self_test([KOREAN], [ENGLISH])(OneLanguage("en", "xin chào", ""))


def test_a_model_that_hears_nothing_fails_and_the_driver_is_named() -> None:
    with pytest.raises(LoadFailed, match="driver"):
        self_test([KOREAN], [ENGLISH])(says(""))


def test_words_and_their_errors() -> None:
    assert words_of("It's 5 o'clock, 안녕하세요!") == ["its", "5", "oclock", "안녕하세요"]
    assert word_errors(["a", "b", "c"], ["a", "b", "c"]) == 0
    assert word_errors(["a", "b", "c"], ["a", "x", "c", "d"]) == 2
    assert word_errors(["a", "b"], []) == 2
    assert word_errors([], ["a"]) == 1
