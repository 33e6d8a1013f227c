"""Batches of random excerpts of all speakers with noise and telephone lines; training loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from realtime.errors import SetupError
from realtime.speakers.fbank import BINS, Features, without_mean
from recipes.micro_speaker.features import Stored
from recipes.micro_speaker.model import MARGIN, Margin, SpeakerNet

LENGTHS = (60, 100, 150, 200)
"""Frames of a batch, 0.6 … 2 s. Few lengths, as oneDNN generates kernels for each of them."""
BATCH = 64
PEAK_RATE = 2e-3
MARGIN_FROM = 0.3
"""Share of the steps over which the margin grows from 0 to its full value."""
LINE_BINS = slice(6, 58)
"""Mel bins of the telephone band, 300 … 3,400 Hz."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of training, for reports."""

    step: int
    loss: float
    right: float
    """Share of examples whose speaker was recognised, 0 … 1."""


def train(
    stored: Stored, steps: int, seed: int, on_step: Callable[[Progress], None]
) -> tuple[SpeakerNet, Margin]:
    """Train from random weights. Equal arguments give equal weights on equal machines."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    speakers = [stored[name] for name in sorted(stored)]
    network, margin = SpeakerNet(), Margin(len(speakers))
    parameters = [*network.parameters(), *margin.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=PEAK_RATE, weight_decay=1e-2)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, steps, pct_start=0.15)
    network.train()
    for step in range(1, steps + 1):
        features, labels = _batch(speakers, rng)
        angle = MARGIN * min(1.0, step / (MARGIN_FROM * steps))
        loss, right = margin(network(features), labels, angle)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        plan.step()
        on_step(Progress(step, loss.item(), right.item()))
    return network.eval(), margin


def _batch(
    speakers: list[np.ndarray], rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """→ (features, labels) of shapes (BATCH, frames, 80) and (BATCH,)."""
    frames = int(rng.choice(LENGTHS))
    labels = rng.integers(0, len(speakers), BATCH)
    rows = np.empty((BATCH, frames, BINS), np.float32)
    for row, label in zip(rows, labels, strict=True):
        whole = speakers[label]
        at = int(rng.integers(0, len(whole) - frames + 1))
        row[:] = without_mean(_worn(whole[at : at + frames].astype(np.float32), rng))
    return torch.from_numpy(rows), torch.from_numpy(labels)


def _worn(features: Features, rng: np.random.Generator) -> Features:
    """Augment log features: coloured noise, a telephone band, a flattened range of bins.

    The energies of speech and noise add up, so noise can be mixed in after the logarithm.
    """
    loudness = float(np.log(np.exp(features).mean()))
    if rng.random() < 0.7:
        colour = np.cumsum(rng.normal(0, 0.25, BINS))
        level = loudness - rng.uniform(5, 40) * np.log(10) / 10
        noise = level + colour - colour.mean() + rng.normal(0, 0.5, features.shape)
        features = np.logaddexp(features, noise.astype(np.float32))
    if rng.random() < 0.2:
        line = np.full_like(features, loudness - 12)
        line[:, LINE_BINS] = features[:, LINE_BINS]
        features = line
    if rng.random() < 0.3:
        width = int(rng.integers(1, 10))
        low = int(rng.integers(0, BINS - width))
        features[:, low : low + width] = features[:, low : low + width].mean()
    return features


def save(network: SpeakerNet, path: Path) -> None:
    """Write a checkpoint. Raises `OSError` where it cannot be written."""
    torch.save(network.state_dict(), path)


def load(path: Path) -> SpeakerNet:
    """Read a checkpoint. Raises `SetupError` where `path` is no checkpoint of this network."""
    network = SpeakerNet()
    try:
        network.load_state_dict(torch.load(path, weights_only=True))
    except (OSError, RuntimeError, EOFError, KeyError) as error:
        raise SetupError(f"{path} is no checkpoint: make one with `train`.") from error
    return network.eval()
