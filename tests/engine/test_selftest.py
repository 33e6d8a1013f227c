from __future__ import annotations

import numpy as np
import pytest

from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.selftest import Utterance, self_test, word_errors, words_of
from realtime.errors import LoadFailed
from realtime.types import SAMPLE_RATE

AUDIO = np.zeros(10 * SAMPLE_RATE, np.float32)
TEXT = "Turn left, and then right."


def says(text: str) -> ScriptedBackend:
    return ScriptedBackend(Script.evenly(text))


@pytest.mark.parametrize("exact", [True, False])
def test_the_same_words_pass_whatever_their_case_and_marks(exact: bool) -> None:
    self_test([Utterance(AUDIO, TEXT, "en")], exact)(says("turn left and then right"))


def test_an_exact_model_may_not_err() -> None:
    with pytest.raises(LoadFailed, match="then light"):
        self_test([Utterance(AUDIO, TEXT, "en")], exact=True)(says("turn left and then light"))


def test_another_model_may_err_but_not_be_wrong() -> None:
    test = self_test([Utterance(AUDIO, TEXT, "en")], exact=False)
    test(says("turn left and then light"))
    with pytest.raises(LoadFailed):
        test(says("thank you for watching"))


def test_silence_names_the_driver() -> None:
    with pytest.raises(LoadFailed, match="driver"):
        self_test([Utterance(AUDIO, TEXT, "en")], exact=False)(says(""))


def test_words_and_their_errors() -> None:
    assert words_of("It's 5 o'clock, 안녕하세요!") == ["its", "5", "oclock", "안녕하세요"]
    assert word_errors(["a", "b", "c"], ["a", "b", "c"]) == 0
    assert word_errors(["a", "b", "c"], ["a", "x", "c", "d"]) == 2
    assert word_errors(["a", "b"], []) == 2
    assert word_errors([], ["a"]) == 1
