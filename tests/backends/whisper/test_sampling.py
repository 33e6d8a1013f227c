"""Greedy and beam search over a decoder with fixed probabilities."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

from realtime.backends.whisper.sampling import Rules, SamplingSteps, beam, greedy

END, A, B, C = range(4)
TABLE: Mapping[tuple[int, ...], tuple[float, ...]] = {
    (): (0.0, 0.55, 0.45, 0.0),
    (A,): (0.3, 0.3, 0.2, 0.2),
    (B,): (0.0, 0.0, 0.0, 1.0),
    (B, C): (1.0, 0.0, 0.0, 0.0),
}
"""Text so far → probabilities of end, a, b, c. Greedy takes a, although "bc" is likelier."""
OTHERWISE = (0.4, 0.3, 0.2, 0.1)


class Decoder:
    """Remembers what each row wrote, as a key-value cache does."""

    def __init__(self, rows: int, table: Mapping[tuple[int, ...], tuple[float, ...]]) -> None:
        self.table = table
        self.texts: list[tuple[int, ...]] = [()] * rows

    def logits(self) -> torch.Tensor:
        rows = [self.table.get(text, OTHERWISE) for text in self.texts]
        return torch.tensor(rows).log()

    def advance(self, tokens: torch.Tensor) -> torch.Tensor:
        self.texts = [
            (*text, int(token)) for text, token in zip(self.texts, tokens[:, 0], strict=True)
        ]
        return self.logits()

    def reorder(self, index: torch.Tensor) -> None:
        self.texts = [self.texts[i] for i in index.tolist()]


def rules(most: int = 10, suppressed: tuple[int, ...] = (), unrepeated: int = 0) -> Rules:
    never = torch.tensor(suppressed, dtype=torch.long)
    return Rules(END, most, never, torch.tensor([END]), unrepeated)


def search(width: int, windows: int = 1, **given_rules: object) -> list[list[int]]:
    decoder = Decoder(windows * width, TABLE)
    steps = SamplingSteps(decoder.advance, decoder.reorder)
    silence = [0.1] * windows
    chosen = rules(**given_rules)  # type: ignore[arg-type]
    if width == 1:
        results = greedy(decoder.logits(), steps, chosen, silence)
    else:
        results = beam(decoder.logits(), steps, chosen, silence, width)
    assert [result.no_speech_probability for result in results] == silence
    return [result.tokens for result in results]


def test_greedy_takes_the_likeliest_token_each_time() -> None:
    assert search(1) == [[A]]


@pytest.mark.parametrize("width", [2, 3])
def test_a_beam_finds_a_text_that_begins_less_likely_and_ends_better(width: int) -> None:
    assert search(width, windows=2) == [[B, C], [B, C]]


@pytest.mark.parametrize("width", [2, 5])
def test_poor_texts_that_end_early_do_not_end_the_search(width: int) -> None:
    sure = (A, B, A, B, A, B, A, B)
    table = {
        sure[:length]: tuple(0.94 if next_ == token else 0.02 for next_ in range(4))
        for length, token in enumerate((*sure, END))
    }
    decoder = Decoder(width, table)
    steps = SamplingSteps(decoder.advance, decoder.reorder)
    [result] = beam(decoder.logits(), steps, rules(), [0.0], width)
    assert tuple(result.tokens) == sure


def test_suppressed_tokens_are_never_written() -> None:
    assert search(1, suppressed=(A,)) == [[B, C]]
    assert all(B not in text for text in search(3, suppressed=(B,)))


def test_the_end_token_does_not_begin_a_text() -> None:
    decoder = Decoder(1, {(): (0.9, 0.05, 0.03, 0.02), (A,): (1.0, 0.0, 0.0, 0.0)})
    results = greedy(
        decoder.logits(), SamplingSteps(decoder.advance, decoder.reorder), rules(), [0.0]
    )
    assert results[0].tokens == [A]


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("unrepeated", [1, 2, 3])
def test_no_sequence_of_the_given_length_is_repeated(width: int, unrepeated: int) -> None:
    circling: dict[tuple[int, ...], tuple[float, ...]] = {(): (0.0, 0.9, 0.06, 0.04)}
    for length in range(1, 12):
        for text in itertools.product((A, B, C), repeat=min(length, 5)):
            following = B if text[-1] == A else A
            circling[text] = tuple(0.05 if t != following else 0.85 for t in range(4))
    for most, circles in ((4, 0), (4, unrepeated)):
        decoder = Decoder(width, circling)
        steps = SamplingSteps(decoder.advance, decoder.reorder)
        limits = rules(most, unrepeated=circles)
        if width == 1:
            [result] = greedy(decoder.logits(), steps, limits, [0.0])
        else:
            [result] = beam(decoder.logits(), steps, limits, [0.0], width)
        parts = [tuple(result.tokens[at:]) for at in range(len(result.tokens))]
        parts = [part[:unrepeated] for part in parts if len(part) >= unrepeated]
        if circles:
            assert len(set(parts)) == len(parts)
        else:
            assert result.tokens[:4] == [A, B, A, B]


@given(st.integers(1, 6), st.sampled_from([1, 2, 4]))
def test_no_text_exceeds_its_length_limit(most: int, width: int) -> None:
    assert all(len(text) <= most for text in search(width, windows=2, most=most))


def test_rows_end_independently_and_means_include_the_end() -> None:
    table = {(): (0.0, 0.5, 0.5, 0.0), (A,): (1.0, 0.0, 0.0, 0.0)}
    decoder = Decoder(1, table)
    [result] = greedy(
        decoder.logits(), SamplingSteps(decoder.advance, decoder.reorder), rules(), [0.0]
    )
    assert result.tokens == [A]
    expected = (torch.tensor(0.5).log() + 0.0) / 2
    assert result.avg_logprob == pytest.approx(float(expected), abs=1e-5)
