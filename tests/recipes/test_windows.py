"""Training windows: audio, tokens, targets and times are consistent."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the extra `recipe` is not installed")

from realtime.types import SAMPLE_RATE
from recipes.micro_whisper.dataset import Clip
from recipes.micro_whisper.diet import Diet
from recipes.micro_whisper.tokens import Vocabulary, encode, timestamp, tokenizer, vocabulary
from recipes.micro_whisper.windows import IGNORED, Example, WindowMaker

_diets = st.sampled_from(
    [
        Diet(),
        Diet(single=1.0, truncated=0.5, silent=0.0),
        Diet(single=0.0, distorted=1.0, prompted=1.0, prompt_sentences=(1, 22)),
        Diet(single=1.0, bordered=1.0, silent=0.0),
        Diet(silent=1.0),
        Diet(single=0.0, silent=0.0, joined=0.5, flowing=0.5, entered=1.0, same_speaker=1.0),
        Diet(translated=1.0, languages=("ko",)),
    ]
)
_cases = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def known() -> Vocabulary:
    return vocabulary(draws=6000)


def _text(tokens: list[int]) -> str:
    first_special = int(tokenizer().eot)
    return str(tokenizer().decode([token for token in tokens if token < first_special]))


@_cases
@given(_diets, st.sampled_from([3.0, 8.0, 30.0]), st.integers(0, 10**6))
def test_windows_are_consistent(
    clips: list[Clip], known: Vocabulary, diet: Diet, window_s: float, seed: int
) -> None:
    example = WindowMaker(clips, known, diet, str(seed)).make(window_s)
    assert example.samples.dtype == np.float32
    assert 0 < len(example.samples) <= window_s * SAMPLE_RATE
    assert len(example.targets) == len(example.spans) == len(example.tokens) - 1
    assert known.knows(example.tokens)
    start = example.tokens.index(tokenizer().sot)
    if example.targets[start] != tokenizer().no_speech:
        # Each target is the next token; tokens before the start of the transcript are input only.
        assert example.targets == [IGNORED] * start + example.tokens[start + 1 :]
    assert example.tokens[-1] == example.targets[-1] == tokenizer().eot
    stamps = [token for token in example.targets if token >= tokenizer().timestamp_begin]
    assert stamps == sorted(stamps)
    assert all(token <= timestamp(window_s) for token in stamps)
    for span in example.spans:
        assert span is None or 0 <= span[0] < span[1] <= window_s + 1e-6


@_cases
@given(st.integers(0, 10**6))
def test_a_cut_sentence_ends_with_its_last_complete_word(
    clips: list[Clip], known: Vocabulary, seed: int
) -> None:
    diet = Diet(single=1.0, truncated=1.0, silent=0.0, translated=0.0, prompted=0.0, timestamps=0)
    example = WindowMaker(clips, known, diet, str(seed)).make(30.0)
    written = _text(example.ctc).split()
    texts = [clip.sentence.written.split() for clip in clips]
    assert any(
        [word.rstrip(".,?") for word in text[: len(written)]]
        == [word.rstrip(".,?") for word in written]
        for text in texts
    )
    assert _text(example.targets).split() == written


@_cases
@given(st.integers(0, 10**6))
def test_a_window_that_begins_in_a_word_is_written_from_the_next_word_on(
    clips: list[Clip], known: Vocabulary, seed: int
) -> None:
    """The same sentence repeats, so the words that may come first are known."""
    (clip,) = [c for c in clips if len(c.words) > 3 and all(word.exact for word in c.words)][:1]
    diet = Diet(single=0.0, silent=0.0, translated=0.0, prompted=0.0, timestamps=0, entered=1.0)
    example = WindowMaker([clip], known, diet, str(seed)).make(30.0)
    written, whole = _text(example.targets).split(), clip.sentence.written.split()
    skipped = next(n for n in range(len(whole)) if written[: len(whole) - n] == whole[n:])
    assert 0 < skipped < len(whole)
    following = written[len(whole) - skipped :]
    again = whole * (len(following) // len(whole) + 1)
    assert [word.rstrip(".,?") for word in following] == [
        word.rstrip(".,?") for word in again[: len(following)]
    ]
    first = next(span for span in example.spans if span is not None)
    cut = clip.words[skipped - 1]
    assert 0 <= first[0] < 0.7 * (cut.end_s - cut.start_s) + clip.words[skipped].start_s - cut.end_s


def test_equal_seeds_make_equal_windows(clips: list[Clip], known: Vocabulary) -> None:
    def made() -> list[Example]:
        maker = WindowMaker(clips, known, Diet(distorted=0.5), "seed")
        return [maker.make(8.0) for _ in range(10)]

    for a, b in zip(made(), made(), strict=True):
        np.testing.assert_array_equal(a.samples, b.samples)
        assert (a.tokens, a.targets, a.spans) == (b.tokens, b.targets, b.spans)


def test_every_word_is_timed_where_it_is_spoken(clips: list[Clip], known: Vocabulary) -> None:
    """One sentence, only shifted: the spans are the synthesiser's plus the shift."""
    (clip,) = [c for c in clips if c.words and c.sentence.language == "en"][:1]
    diet = Diet(single=1.0, silent=0.0, prompted=0.0, timestamps=1.0, translated=0.0)
    example = WindowMaker([clip], known, diet, "seed").make(30.0)
    first = next(t for t in example.targets if t >= tokenizer().timestamp_begin)
    lead_s = (first - tokenizer().timestamp_begin) * 0.02
    tokens, spans = [], []
    for target, span in zip(example.targets, example.spans, strict=True):
        if span is not None:
            tokens.append(target)
            spans.append(span)
    assert tokens == encode(clip.sentence.written)
    starts = sorted({span[0] for span in spans})
    assert starts == pytest.approx(
        sorted({word.start_s + lead_s for word in clip.words}), abs=0.011
    )


def test_the_vocabulary_knows_what_the_grammar_says(known: Vocabulary) -> None:
    from realtime.load_test.synthetic.grammar import LANGUAGES, draw_sentence

    rng = random.Random(99)
    for language in LANGUAGES:
        for _ in range(500):
            assert known.knows(encode(draw_sentence(language, rng).written))
    assert not known.knows(encode("quixotic"))
    assert 2000 < len(known) < 3000
