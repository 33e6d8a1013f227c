"""The network, a small TDNN with statistics pooling as in x-vectors, and the loss."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from realtime.speakers.fbank import BINS

WIDTH, WIDE, SIZE = 128, 256, 128
"""Channels, channels before pooling, length of an embedding: 250,000 parameters, 1 MB."""
SCALE, MARGIN = 25.0, 0.2
"""Additive angular margin (ArcFace); the margin as in WeSpeaker's recipes."""


class Block(nn.Module):
    """A dilated convolution over time with a residual connection."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(WIDTH, WIDTH, 3, dilation=dilation, padding=dilation)
        self.norm = nn.BatchNorm1d(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return x + functional.relu(self.norm(self.conv(x)))


class SpeakerNet(nn.Module):
    """Features minus their mean, shape (batch, frames, 80) → embeddings, shape (batch, SIZE)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(BINS, WIDTH, 5, stride=2, padding=2)  # steps of 20 ms halve the cost
        self.norm = nn.BatchNorm1d(WIDTH)
        self.blocks = nn.Sequential(Block(2), Block(3))
        self.wide = nn.Conv1d(WIDTH, WIDE, 1)
        self.wide_norm = nn.BatchNorm1d(WIDE)
        self.last = nn.Linear(2 * WIDE, SIZE)
        self.last_norm = nn.BatchNorm1d(SIZE, affine=False)

    def forward(self, features: Tensor) -> Tensor:
        x = functional.relu(self.norm(self.first(features.transpose(1, 2))))
        x = functional.relu(self.wide_norm(self.wide(self.blocks(x))))
        mean = x.mean(dim=2)
        deviation = torch.sqrt(((x - mean.unsqueeze(2)) ** 2).mean(dim=2) + 1e-5)
        embeddings: Tensor = self.last_norm(self.last(torch.cat([mean, deviation], dim=1)))
        return embeddings


class Margin(nn.Module):
    """Cross entropy of speakers on the unit sphere, with an angular margin for the right one."""

    def __init__(self, speakers: int) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(speakers, SIZE))

    def forward(self, embeddings: Tensor, labels: Tensor, margin: float) -> tuple[Tensor, Tensor]:
        """→ (loss, share of examples whose nearest centre is their own)."""
        cosines = functional.linear(
            functional.normalize(embeddings), functional.normalize(self.centres)
        ).clamp(-1 + 1e-6, 1 - 1e-6)
        angles = torch.acos(cosines.gather(1, labels[:, None]))
        # Past π the cosine would rise again.
        held_off = torch.cos(torch.clamp(angles + margin, max=math.pi))
        logits = SCALE * cosines.scatter(1, labels[:, None], held_off)
        right = (cosines.argmax(dim=1) == labels).float().mean()
        return functional.cross_entropy(logits, labels), right
