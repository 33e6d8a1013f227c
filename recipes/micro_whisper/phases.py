"""The training schedule: the windows, number of steps and learning rate of each phase."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from recipes.micro_whisper.diet import Diet


@dataclass(frozen=True, slots=True)
class Context:
    """Windows of one length. Lengths are few: each new shape costs seconds of kernel generation."""

    seconds: float
    batch: int
    weight: float
    """Relative frequency of this length."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of training."""

    name: str
    steps: int
    learning_rate: float
    contexts: tuple[Context, ...]
    diet: Diet = field(default_factory=Diet)
    warmup: int = 50
    ctc_weight: float = 0.2
    """Weight of the encoder's own loss, without which the decoder ignores the audio for thousands
    of steps."""
    timing_weight: float = 0.0
    masked: bool = False
    """Hide stripes of the features (SpecAugment, mild)."""
    recoloured: float = 0.0
    """Share of windows passed through a random smooth channel."""


_MIXED = (Context(4, 64, 0.3), Context(8, 32, 0.3), Context(16, 16, 0.22), Context(30, 10, 0.18))


def _small(*weights: float) -> tuple[Context, ...]:
    """Contexts of 3, 4, 8, 12, 16 and 30 s with small batches: a step takes half a second to a
    second on two cores. `weights`: one per length."""
    sizes = ((3, 32), (4, 24), (8, 12), (12, 8), (16, 6), (30, 4))
    return tuple(
        Context(seconds, batch, weight)
        for (seconds, batch), weight in zip(sizes, weights, strict=True)
    )


_TALK = Diet(prompted=0.1, distorted=0.35, flowing=0.2, same_speaker=0.8)
_BORDERED = replace(_TALK, truncated=0.15, bordered=0.4, flowing=0.15)

PHASES: tuple[Phase, ...] = (
    Phase(
        "sentences",
        2400,
        2e-3,
        (Context(3, 64, 0.3), Context(4, 64, 0.4), Context(8, 32, 0.3)),
        Diet(single=1.0, truncated=0.2, silent=0.0, translated=0.25, prompted=0.0),
        warmup=300,
        ctc_weight=0.3,
        masked=True,
    ),
    Phase("windows", 2400, 1.5e-3, _MIXED),
    Phase("voices", 5400, 1.5e-3, _MIXED, Diet(distorted=0.35), recoloured=0.4),
    Phase(
        "times",
        3300,
        1.2e-3,
        (
            Context(3, 80, 0.07),
            Context(4, 64, 0.1),
            Context(8, 32, 0.18),
            Context(16, 16, 0.25),
            Context(30, 10, 0.4),
        ),
        Diet(
            single=0.15,
            prompted=0.45,
            prompt_sentences=(1, 1, 2, 3, 5, 8, 14, 22),
            distorted=0.35,
        ),
        timing_weight=0.15,
        recoloured=0.4,
    ),
    Phase(
        "breath",
        4800,
        7e-4,
        _small(0.06, 0.12, 0.32, 0.24, 0.14, 0.12),
        replace(_TALK, single=0.25, truncated=0.3, joined=0.45, entered=0.4),
        timing_weight=0.15,
        recoloured=0.4,
    ),
    Phase(
        "lines",
        2400,
        7e-4,
        _small(0.08, 0.22, 0.36, 0.18, 0.08, 0.08),
        replace(_TALK, single=0.5, truncated=0.2, joined=0.4, entered=0.35),
        timing_weight=0.15,
        recoloured=0.4,
    ),
    Phase(
        "borders",
        4500,
        8e-4,
        _small(0.08, 0.2, 0.38, 0.16, 0.08, 0.1),
        replace(_BORDERED, single=0.45, joined=0.5, entered=0.25),
        timing_weight=0.2,
        recoloured=0.4,
    ),
    Phase(
        "joined",
        3000,
        6e-4,
        _small(0.06, 0.18, 0.48, 0.14, 0.06, 0.08),
        replace(_BORDERED, single=0.4, joined=0.6, entered=0.15),
        timing_weight=0.2,
        recoloured=0.4,
    ),
)
"""Phases that made the shipped weights, except for details: `breath` (speech without pauses,
windows that begin in mid-word) ran as two times 2,400 steps, and `lines` is the first phase that
had the hard clips. The shipped weights are the mean of the ends of `borders` and `joined`. A GPU
could afford many times the steps."""


def schedule(step: int, phase: Phase) -> float:
    """Factor of the learning rate at a step: a warm-up, then half a cosine down to 4 %."""
    cosine = 0.5 * (1 + math.cos(math.pi * step / phase.steps))
    return min(1.0, (step + 1) / phase.warmup) * (0.96 * cosine + 0.04)


def shortened(phase: Phase, steps: int, batch: int | None = None, longest_s: float = 30.0) -> Phase:
    """The same phase for a trial: fewer steps, short windows and, with `batch`, small batches."""
    contexts = tuple(context for context in phase.contexts if context.seconds <= longest_s)
    if batch is not None:
        contexts = tuple(replace(context, batch=batch) for context in contexts)
    return replace(phase, steps=steps, warmup=min(phase.warmup, steps), contexts=contexts)
