from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.scripted import Edge, Hearing, Script, ScriptedBackend, ScriptedWord
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Window


def cut(start_s: float, end_s: float, prompt: str = "", words: bool = True) -> Window:
    start, end = round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE)
    options = DecodeOptions(prompt=prompt, word_times=words)
    return Window(np.zeros(end - start, np.float32), start, True, options)


def hear(backend: ScriptedBackend, window: Window) -> Hypothesis:
    [hypothesis] = backend.decode([window])
    return hypothesis


SCRIPT = Script.evenly("alpha bravo charlie", start_s=1.0, word_s=0.4, gap_s=0.1)


def test_words_inside_the_window_are_returned() -> None:
    backend = ScriptedBackend(SCRIPT)
    assert hear(backend, cut(0, 3)).text == "alpha bravo charlie"
    assert hear(backend, cut(0, 0.9)).text == ""
    hypothesis = hear(backend, cut(1.45, 1.95))
    assert hypothesis.text == "bravo"
    assert [(w.text, w.start_s, w.end_s) for w in hypothesis.words] == [(" bravo", 1.5, 1.9)]
    assert hear(backend, cut(0, 3, words=False)).words == ()


@pytest.mark.parametrize(
    ("edge", "mostly_in", "barely_in"),
    [("drop", "", ""), ("keep", "alpha", ""), ("garble", "alpha", "a")],
)
def test_a_word_at_the_edge_follows_the_rule(edge: Edge, mostly_in: str, barely_in: str) -> None:
    backend = ScriptedBackend(SCRIPT, Hearing(edge=edge, keep_fraction=0.6))
    assert hear(backend, cut(0, 1.3)).text == mostly_in
    assert hear(backend, cut(0, 1.1)).text == barely_in


def test_a_window_without_the_beginning_has_the_rest() -> None:
    backend = ScriptedBackend(SCRIPT, Hearing(edge="garble"))
    assert hear(backend, cut(1.2, 1.45)).text == "ha"


def test_the_prompt_selects_the_script() -> None:
    backend = ScriptedBackend({"a": Script.evenly("one"), "": Script.evenly("other")})
    assert hear(backend, cut(0, 1, prompt="a")).text == "one"
    assert hear(backend, cut(0, 1, prompt="b")).text == "other"
    assert hear(ScriptedBackend({"a": SCRIPT}), cut(0, 9)).text == ""


def test_languages_without_spaces_join_words() -> None:
    words = (ScriptedWord("你好", 0.0, 0.5), ScriptedWord("世界", 0.5, 1.0))
    backend = ScriptedBackend(Script(words, language="zh", spaces=False))
    hypothesis = hear(backend, cut(0, 2))
    assert hypothesis.text == "你好世界"
    assert hypothesis.language == "zh"


def test_it_refuses_audio_that_is_not_finite_and_raises_what_the_hook_raises() -> None:
    window = cut(0, 1)
    window.samples[3] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        ScriptedBackend(SCRIPT).decode([window])

    def refuse(_windows: Sequence[Window]) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        ScriptedBackend(SCRIPT, before_decode=refuse).decode([cut(0, 1)])


@given(
    start_s=st.floats(0, 3),
    length_s=st.floats(0.01, 4),
    edge=st.sampled_from(["drop", "keep", "garble"]),
    jitter_s=st.floats(0, 0.3),
)
def test_words_ascend_inside_the_window_and_every_run_is_the_same(
    start_s: float, length_s: float, edge: Edge, jitter_s: float
) -> None:
    window = cut(start_s, start_s + length_s)
    hearing = Hearing(edge=edge, jitter_s=jitter_s)
    hypothesis = hear(ScriptedBackend(SCRIPT, hearing), window)
    assert hypothesis == hear(ScriptedBackend(SCRIPT, hearing), window)
    assert "".join(word.text for word in hypothesis.words).strip() == hypothesis.text
    times = [t for word in hypothesis.words for t in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(window.start / SAMPLE_RATE <= t <= window.end / SAMPLE_RATE for t in times)
