"""Windows as tensors: batches of one context length, their features, and augmentation."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from realtime.types import SAMPLE_RATE
from recipes.micro_whisper.dataset import Clip
from recipes.micro_whisper.model import FRAMES_PER_SECOND, TEXT_CONTEXT, log_mel
from recipes.micro_whisper.phases import Phase
from recipes.micro_whisper.tokens import Vocabulary
from recipes.micro_whisper.windows import IGNORED, Example, Span, WindowMaker

STEPS_PER_SECOND = 50
"""Encoder steps per second; each covers two mel frames."""
_SPAN_MARGIN = 3
"""Encoder steps (0.06 s) around a word in which attention still counts as right."""


class Batch(NamedTuple):
    """Examples of one context length, as tensors: B windows, T targets."""

    audio: Tensor
    """(B, samples) float32"""
    heard: Tensor
    """(B,) number of samples that are not padding"""
    blank: Tensor
    """(B,) bool: pad the features with zeros (faster-whisper) instead of silence (OpenAI)"""
    inputs: Tensor
    """(B, T) rows of the embedding"""
    targets: Tensor
    """(B, T) rows, or `IGNORED`"""
    spans: Tensor
    """(2, B, T) first and last encoder step of the word; -1 where unknown"""
    ctc: Tensor
    """(B, longest) rows, padded with 0"""
    ctc_lengths: Tensor
    """(B,)"""


class Batches(IterableDataset[Batch]):
    """Endless batches of a phase. Each worker of a loader makes different ones."""

    def __init__(self, clips: Sequence[Clip], known: Vocabulary, phase: Phase, seed: int) -> None:
        self._clips, self._known, self._phase, self._seed = clips, known, phase, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        seed = f"{self._seed} {self._phase.name} {worker.id if worker else 0}"
        rng = random.Random(seed)
        maker = WindowMaker(self._clips, self._known, self._phase.diet, seed)
        weights = [context.weight for context in self._phase.contexts]
        while True:
            (context,) = rng.choices(self._phase.contexts, weights)
            examples = [maker.make(context.seconds) for _ in range(context.batch)]
            blank = [rng.random() < 0.5 for _ in examples]
            yield collate(examples, context.seconds, blank, self._known)


def collate(
    examples: Sequence[Example], seconds: float, blank: Sequence[bool], known: Vocabulary
) -> Batch:
    """Examples as one batch. Targets are padded to a multiple of 8, for few different shapes."""
    count = len(examples)
    audio = np.zeros((count, round(seconds * SAMPLE_RATE)), np.float32)
    length = min(TEXT_CONTEXT, math.ceil(max(len(e.targets) for e in examples) / 8) * 8)
    inputs = np.zeros((count, length), np.int64)
    targets = np.full((count, length), IGNORED, np.int64)
    spans = np.full((2, count, length), -1, np.int64)
    ctc = np.zeros((count, max(1, *(len(e.ctc) for e in examples))), np.int64)
    for i, example in enumerate(examples):
        audio[i, : len(example.samples)] = example.samples
        rows = [known.rows[token] for token in example.tokens[:-1]][:length]
        inputs[i, : len(rows)] = rows
        wanted = [t if t == IGNORED else known.rows[t] for t in example.targets][:length]
        targets[i, : len(wanted)] = wanted
        for j, span in enumerate(example.spans[:length]):
            if span is not None:
                spans[:, i, j] = _steps(span)
        ctc[i, : len(example.ctc)] = [known.rows[token] for token in example.ctc]
    return Batch(
        torch.from_numpy(audio),
        torch.tensor([len(example.samples) for example in examples]),
        torch.tensor(blank),
        torch.from_numpy(inputs),
        torch.from_numpy(targets),
        torch.from_numpy(spans),
        torch.from_numpy(ctc),
        torch.tensor([len(example.ctc) for example in examples]),
    )


def _steps(span: Span) -> tuple[int, int]:
    first = max(0, math.ceil(span[0] * STEPS_PER_SECOND) - _SPAN_MARGIN)
    return first, math.floor(span[1] * STEPS_PER_SECOND) + _SPAN_MARGIN


def features(batch: Batch, phase: Phase) -> Tensor:
    """Log-mel features of a batch, (B, 80, frames), augmented as the phase defines."""
    mel = log_mel(batch.audio)
    count, bins, frames = mel.shape
    if phase.recoloured:
        mel = mel + _channel(mel) * (torch.rand(count, 1, 1, device=mel.device) < phase.recoloured)
    place = torch.arange(frames, device=mel.device)
    padding = place > (batch.heard // (SAMPLE_RATE // FRAMES_PER_SECOND) + 1)[:, None]
    mel = mel.masked_fill((padding & batch.blank[:, None])[:, None, :], 0.0)
    if phase.masked:
        mean = mel.mean(dim=(1, 2), keepdim=True)
        mel = torch.where(_stripe(count, bins, 8, mel.device)[:, :, None], mean, mel)
        for _ in range(2):
            mel = torch.where(_stripe(count, frames, 10, mel.device)[:, None, :], mean, mel)
    return mel


def _channel(mel: Tensor) -> Tensor:
    """A random smooth filter for each window: up to about 6 dB of tilt and of ripple.

    Silence, where the features are at their floor, stays silence.
    """
    count, bins, _ = mel.shape
    bin_place = torch.linspace(-1, 1, bins, device=mel.device)

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(count, 1, device=mel.device).uniform_(low, high)

    ripple = torch.cos(uniform(1, 5) * bin_place * math.pi + uniform(0, 2 * math.pi))
    gain = uniform(-0.15, 0.15) * bin_place + uniform(0, 0.08) * ripple
    audible = mel > mel.amin(dim=(1, 2), keepdim=True) + 0.05
    return gain[:, :, None] * audible


def _stripe(count: int, size: int, widest: int, device: torch.device) -> Tensor:
    """(count, size) bool: one random run of at most `widest` true elements in each row."""
    first = torch.randint(0, size - widest, (count, 1), device=device)
    width = torch.randint(0, widest, (count, 1), device=device)
    place = torch.arange(size, device=device)
    return (place >= first) & (place < first + width)
