"""How the backend judges a network's output; each test sets what the network writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

from realtime.backends.base import BackendInfo
from realtime.backends.whisper.backend import WhisperBackend
from realtime.backends.whisper.features import FRAMES_PER_S, FloatArray
from realtime.backends.whisper.network import Alignment, Sampled, Sampling
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.backends.whisper.surface import CallCapacity
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.traits import WhisperTraits
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Window
from realtime.weights.bundled import bundled_dir

VOCABULARY = cache(lambda: FasterWhisperBackend(bundled_dir(), device="cpu").vocabulary)
SECONDS = 6


@dataclass(slots=True)
class Told:
    """A `Network` that writes `text`, or `alone` if it gets no context."""

    vocabulary: Vocabulary
    text: str
    no_speech: float
    logprob: float
    alone: str | None = None
    audible: float = 0.8
    """Probability of each token by the alignment, which knows no context."""
    n_mels: int = field(default=80, init=False)
    multilingual: bool = field(default=True, init=False)
    timestamps: bool = field(default=False, init=False)

    def encode(self, features: FloatArray) -> Any:
        return list(range(len(features)))

    def pick(self, encoding: Any, rows: Sequence[int]) -> Any:
        return [encoding[row] for row in rows]

    def languages(self, encoding: Any) -> list[dict[str, float]]:
        return [{"en": 1.0} for _ in encoding]

    def generate(
        self,
        encoding: Any,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        known: Sequence[Sequence[int]],
    ) -> list[Sampled]:
        return [
            Sampled(self._tokens(prompt[0] != self.vocabulary.start), self.logprob, self.no_speech)
            for prompt in prompts
        ]

    def align(
        self,
        encoding: Any,
        start: Sequence[int],
        texts: Sequence[Sequence[int]],
        frames: Sequence[int],
    ) -> list[Alignment]:
        """Distributes the tokens evenly over the audio."""
        return [
            Alignment(
                [(i, 50 * SECONDS * i // len(text)) for i in range(len(text))]
                + [(len(text) - 1, 50 * SECONDS - 1)],
                [self.audible] * len(text),
            )
            for text in texts
        ]

    def close(self) -> None:
        pass

    def _tokens(self, guided: bool) -> list[int]:
        text = self.text if guided or self.alone is None else self.alone
        return list(self.vocabulary.tokenizer.encode(" " + text, add_special_tokens=False).ids)


@dataclass(slots=True)
class Timed(Told):
    """Its first call takes 5 s, each later one 0.1 s."""

    now_s: float = 0.0

    def encode(self, features: FloatArray) -> Any:
        self.now_s += 0.1 if self.now_s else 5.0
        return Told.encode(self, features)


def test_the_slow_first_call_does_not_count_as_cost() -> None:
    network, info = Timed(VOCABULARY(), "x", 0.0, 0.0), BackendInfo("scripted", "timed")
    traits, capacity = WhisperTraits(), CallCapacity(1, 1, 1)
    backend = WhisperBackend(
        network, network.vocabulary, traits, info, capacity, lambda: network.now_s
    )
    shortest_s = min(*traits.partial_buckets_s, *traits.final_buckets_s)
    [(key, cost_s)] = backend.measured()  # the time for warming up was spent then
    assert key.frames == round(shortest_s * FRAMES_PER_S)
    assert cost_s == pytest.approx(0.1)


def heard(
    network: Told,
    voice_s: float = SECONDS,
    *,
    final: bool = True,
    sure: float | None = None,
    **options: Any,
) -> Hypothesis:
    """The result for a window that begins with speech; `sure`: probability by the detector."""
    info, capacity = BackendInfo("scripted", "told"), CallCapacity(1, 1, 1)
    backend = WhisperBackend(network, network.vocabulary, WhisperTraits(), info, capacity)
    samples = np.zeros(SECONDS * SAMPLE_RATE, np.float32)
    voice = ((0, round(voice_s * SAMPLE_RATE)),)
    window = Window(samples, 0, final, DecodeOptions(language="en", **options), voice, sure)
    [hypothesis] = backend.decode([window])
    return hypothesis


def told(text: str, no_speech: float, logprob: float, alone: str | None = None) -> Told:
    return Told(VOCABULARY(), text, no_speech, logprob, alone)


@pytest.mark.parametrize("final", [True, False])
def test_a_phrase_that_nobody_said_is_dropped(final: bool) -> None:
    assert heard(told("고맙습니다.", 0.7, -0.6), final=final).text == ""
    assert heard(told("고맙습니다.", 0.1, -0.6), final=final).text == "고맙습니다."


@pytest.mark.parametrize("final", [True, False])
def test_a_guess_at_babble_is_no_text_and_is_not_decoded_again(final: bool) -> None:
    guess = told("I'm here for the whole of it", 0.46, -2.5)
    noise = heard(guess, final=final, sure=0.8)
    assert (noise.text, noise.passes, noise.remedies) == ("", 1, ())
    assert heard(guess, final=final, sure=0.95).text == guess.text
    assert heard(told("So it is a soft voice", 0.2, -0.6), final=final, sure=0.8).text


def test_a_soft_voice_of_which_the_detector_misses_much_keeps_its_words() -> None:
    soft = told("So this is a soft voice, and it sounds quite different", 0.28, -0.73)
    assert heard(soft, 0.5, sure=0.8).text == soft.text


def test_circles_in_babble_are_no_text() -> None:
    circles = told("the chance is higher " * 12, 0.46, -0.15)
    assert heard(circles, sure=0.8).text == ""
    assert heard(circles, sure=0.95).text.startswith("the chance is higher")


@dataclass(slots=True)
class Hasty(Told):
    """Eight tokens take all of the audio; it aligns any more of them to the last moment."""

    def align(
        self,
        encoding: Any,
        start: Sequence[int],
        texts: Sequence[Sequence[int]],
        frames: Sequence[int],
    ) -> list[Alignment]:
        steps = 50 * SECONDS - 1
        paths = [[(i, min(steps, steps * i // 8)) for i in range(len(text))] for text in texts]
        return [Alignment(path, [0.8] * len(path)) for path in paths]


@pytest.mark.parametrize("final", [True, False])
def test_a_sentence_that_is_written_again_in_no_time_was_said_once(final: bool) -> None:
    sentence = "What may I do for you today?"
    network = Hasty(VOCABULARY(), f"{sentence} {sentence}", 0.1, -0.3)
    result = heard(network, final=final, word_times=True)
    assert (result.text, result.repaired, result.remedies) == (sentence, False, ())
    twice = told(network.text, 0.1, -0.3)
    assert heard(twice, final=final, word_times=True).text == network.text


def test_a_language_that_the_model_hardly_knows_is_not_silence() -> None:
    text = "minden ember szabadon születik és egyenlő méltósága és joga van az emberek"
    assert heard(told(text, 0.79, -1.10)).text == text
    assert heard(told(text, 0.79, -1.60)).text == ""


HOTWORDS = "Kubernetes, Grafana"


@pytest.mark.parametrize("final", [True, False])
def test_hotwords_do_not_appear_without_speech(final: bool) -> None:
    leak = told("Kubernetes, Grafana", 0.6, -0.3)
    assert heard(leak, final=final, hotwords=HOTWORDS).text == ""


def test_a_hotword_that_was_said_is_kept() -> None:
    name = told("Kubernetes", 0.05, -0.3, alone="Cuban It's")
    result = heard(name, 0.9, hotwords=HOTWORDS)
    assert (result.text, result.doubtful) == ("Kubernetes", False)


def test_a_copy_of_the_earlier_text_is_decoded_again_without_it() -> None:
    greeting = "Good morning everybody"
    copy = told(greeting, 0.05, -0.3, alone="How are you all today, then?")
    copy.audible = 0.3
    result = heard(copy, 1.5, previous_text=greeting, previous_language="en")
    assert result.text == copy.alone


@pytest.mark.parametrize("final", [True, False])
def test_what_is_said_twice_is_no_copy(final: bool) -> None:
    greeting = "Good morning everybody"
    twice = told(greeting, 0.05, -0.3)
    result = heard(
        twice, 1.5, final=final, word_times=True, previous_text=greeting, previous_language="en"
    )
    assert (result.text, result.passes, result.doubtful) == (greeting, 1, False)
