"""Greedy and beam search over a decoder that runs on torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from realtime.backends.whisper.network import Sampled


@dataclass(frozen=True, slots=True)
class SamplingSteps:
    """A decoder in the middle of its texts. Rows are windows, or windows × beams."""

    advance: Callable[[Tensor], Tensor]
    """Tokens of shape (rows, 1) → logits of the next ones, shape (rows, vocabulary), float32."""
    reorder: Callable[[Tensor], None]
    """Row i continues the text of row `index[i]`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits on what may be written."""

    end: int
    most: int
    """Most tokens of a text, without the end token."""
    suppressed: Tensor
    """Tokens that are never written."""
    first_suppressed: Tensor
    """Tokens that may not begin a text: blanks and the end token."""
    unrepeated: int = 0
    """No sequence of this many tokens is written twice; 0: no such rule."""


def greedy(
    first: Tensor, steps: SamplingSteps, rules: Rules, no_speech: Sequence[float]
) -> list[Sampled]:
    """Take the likeliest token at each step. `first`: logits of first tokens, (rows,
    vocabulary)."""
    rows = first.shape[0]
    texts: list[list[int]] = [[] for _ in range(rows)]
    sums = torch.zeros(rows)
    open_rows = torch.ones(rows, dtype=torch.bool)
    logits = first
    for position in range(rules.most + 1):
        logprobs = _allowed(logits, rules, texts)
        best, tokens = (values.cpu() for values in logprobs.max(dim=-1))
        sums += best * open_rows
        open_rows &= tokens != rules.end
        for row in open_rows.nonzero().flatten().tolist():
            texts[row].append(int(tokens[row]))
        if position == rules.most or not open_rows.any():
            break
        logits = steps.advance(tokens[:, None].to(first.device))
    return [
        Sampled(text[: rules.most], float(total) / (len(text) + 1), silence)
        for text, total, silence in zip(texts, sums, no_speech, strict=True)
    ]


@dataclass(slots=True)
class _Beams:
    """The hypotheses of one window."""

    texts: list[list[int]]
    finished: list[tuple[float, list[int]]] = field(default_factory=list)
    """(mean log-probability, tokens)"""
    done: bool = False

    def finish(self, total: float, text: list[int]) -> None:
        self.finished.append((total / (len(text) + 1), text))

    def grow(self, texts: list[list[int]], total: float, width: int) -> None:
        """Continue with these texts, all of one length, the likeliest of which has `total`."""
        self.texts = texts + [[]] * (width - len(texts))
        if len(self.finished) >= width:
            self.done = not texts or self.best[0] >= total / len(texts[0])

    @property
    def best(self) -> tuple[float, list[int]]:
        return max(self.finished, key=lambda ended: ended[0])


def beam(
    first: Tensor, steps: SamplingSteps, rules: Rules, no_speech: Sequence[float], width: int
) -> list[Sampled]:
    """Extend the `width` likeliest texts together; of the ended ones the likeliest per token wins.

    `first`: logits, (windows × width, vocabulary), equal in all rows of one window. A window is
    done when `width` of its texts have ended (openai/whisper's decoding.py with patience 1) and no
    growing text is likelier per token than the best of them: if a model is sure of every word, the
    beams hold one good text and several poor ones, and the poor ones end first.
    """
    windows = first.shape[0] // width
    vocabulary = first.shape[1]
    beams = [_Beams([[] for _ in range(width)]) for _ in range(windows)]
    # At first all beams of a window are equal: only one may be continued.
    totals = torch.full((windows, width), -torch.inf)
    totals[:, 0] = 0.0
    logits = first
    for position in range(rules.most + 1):
        texts = [text for state in beams for text in state.texts]
        logprobs = _allowed(logits, rules, texts).cpu().view(windows, width, vocabulary)
        candidates = (logprobs + totals[:, :, None]).view(windows, -1).topk(2 * width, dim=-1)
        index = torch.arange(windows * width)
        tokens = torch.full((windows * width, 1), rules.end)
        totals = torch.full((windows, width), -torch.inf)
        for window, state in enumerate(beams):
            if state.done:
                continue
            survivors: list[list[int]] = []
            for total, place in zip(
                candidates.values[window].tolist(),
                candidates.indices[window].tolist(),
                strict=True,
            ):
                if len(survivors) == width:
                    break  # the rest is less likely than all growing texts
                source, token = divmod(place, vocabulary)
                text = state.texts[source]
                if token == rules.end or position == rules.most:
                    state.finish(total, text)
                else:
                    row = window * width + len(survivors)
                    index[row], tokens[row, 0] = window * width + source, token
                    totals[window, len(survivors)] = total
                    survivors.append([*text, token])
            state.grow(survivors, float(totals[window, 0]), width)
        if position == rules.most or all(state.done for state in beams):
            break
        steps.reorder(index.to(first.device))
        logits = steps.advance(tokens.to(first.device))
    return [
        Sampled(text, logprob, silence)
        for (logprob, text), silence in zip((state.best for state in beams), no_speech, strict=True)
    ]


def _allowed(logits: Tensor, rules: Rules, texts: Sequence[Sequence[int]]) -> Tensor:
    """Log-probabilities of the next token of each text; -inf where the rules forbid it."""
    logits = logits.clone()
    logits[:, rules.suppressed] = -torch.inf
    for row, text in enumerate(texts):
        if not text:
            logits[row, rules.first_suppressed] = -torch.inf
        elif rules.unrepeated:
            logits[row, _repeating(text, rules.unrepeated)] = -torch.inf
    return logits.log_softmax(dim=-1)


def _repeating(text: Sequence[int], length: int) -> list[int]:
    """Tokens that would complete a sequence of `length` tokens which the text already has."""
    begun = list(text[len(text) - length + 1 :]) if length <= len(text) else []
    return [
        text[at + length - 1]
        for at in range(len(text) - length + 1)
        if list(text[at : at + length - 1]) == begun
    ]
