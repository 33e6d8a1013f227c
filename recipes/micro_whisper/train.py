"""The training itself: losses, the loop, checkpoints."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from realtime.errors import SetupError
from realtime.types import SAMPLE_RATE
from recipes.micro_whisper.batches import STEPS_PER_SECOND, Batch, Batches, features
from recipes.micro_whisper.dataset import Clip
from recipes.micro_whisper.model import CTC_STRIDE, MicroWhisper
from recipes.micro_whisper.phases import Phase, schedule
from recipes.micro_whisper.tokens import Vocabulary
from recipes.micro_whisper.windows import IGNORED

_LABEL_SMOOTHING = 0.03
_SAVE_EVERY = 200
_UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    KeyError,
    TypeError,
    pickle.UnpicklingError,
)
"""Errors of `torch.load` and the code after it for a file of another kind."""


class Losses(NamedTuple):
    """Parts of the loss, and the share of targets that had the highest logit."""

    text: Tensor
    ctc: Tensor
    timing: Tensor
    accuracy: Tensor


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of training, for reports."""

    phase: str
    step: int
    steps: int
    seconds: float
    """Context length of this batch."""
    text: float
    ctc: float
    timing: float
    accuracy: float


def losses(model: MicroWhisper, batch: Batch, phase: Phase, known: Vocabulary) -> Losses:
    """Compute the losses of one batch."""
    device_type = batch.audio.device.type
    mel = features(batch, phase)
    with torch.autocast(device_type, dtype=torch.bfloat16):
        encoded = model.encode(mel)
        decoded = model.decode(batch.inputs, encoded)
        learnt = batch.targets != IGNORED
        logits = model.logits(decoded.hidden[learnt])
    # The shared row stands for many tokens, all of which the softmax must count.
    logits[:, known.unused_row] += known.log_unused
    targets = batch.targets[learnt]
    text = functional.cross_entropy(logits, targets, label_smoothing=_LABEL_SMOOTHING)
    accuracy = (logits.argmax(-1) == targets).float().mean()
    return Losses(
        text, _ctc_loss(model, encoded, batch, known), _timing_loss(decoded.timing, batch), accuracy
    )


def _ctc_loss(model: MicroWhisper, encoded: Tensor, batch: Batch, known: Vocabulary) -> Tensor:
    lengths = (batch.heard // (SAMPLE_RATE // STEPS_PER_SECOND * CTC_STRIDE)).clamp(
        1, encoded.shape[1] // CTC_STRIDE
    )
    usable = (batch.ctc_lengths > 0) & (batch.ctc_lengths < lengths)
    if not usable.any():
        return torch.zeros((), device=encoded.device)
    chances = functional.log_softmax(model.ctc(encoded[usable][:, ::CTC_STRIDE].float()), -1)
    return functional.ctc_loss(
        chances.transpose(0, 1),
        batch.ctc[usable],
        lengths[usable],
        batch.ctc_lengths[usable],
        blank=known.unused_row,
        zero_infinity=True,
    )


def _timing_loss(timing: Tensor, batch: Batch) -> Tensor:
    """-ln of the share of the timing head's attention on the right word."""
    first, last = batch.spans
    known = last >= 0
    place = torch.arange(timing.shape[-1], device=timing.device)
    inside = (place >= first[known][:, None]) & (place <= last[known][:, None])
    reachable = inside.any(-1)
    if not reachable.any():
        return torch.zeros((), device=timing.device)
    rows, inside = timing[known][reachable], inside[reachable]
    right = rows.masked_fill(~inside, -1e4)
    return (rows.logsumexp(-1) - right.logsumexp(-1)).mean()


def train(
    model: MicroWhisper,
    clips: Sequence[Clip],
    known: Vocabulary,
    phase: Phase,
    seed: int = 0,
    workers: int = 0,
    checkpoint: Path | None = None,
    report: Callable[[Progress], None] | None = None,
) -> None:
    """Train `model` in place through one phase, on its current device.

    `workers`: processes that make windows (0: this one; with a GPU use one per core).
    `checkpoint` is written every 200 steps and at the end; `report` is called after every step.
    """
    device = next(model.parameters()).device
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=phase.learning_rate, betas=(0.9, 0.98), weight_decay=0.01
    )
    loader = DataLoader(Batches(clips, known, phase, seed), batch_size=None, num_workers=workers)
    model.train()
    for step, batch in zip(range(phase.steps), loader, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = phase.learning_rate * schedule(step, phase)
        part = losses(model, Batch(*(tensor.to(device) for tensor in batch)), phase, known)
        loss = part.text + phase.ctc_weight * part.ctc + phase.timing_weight * part.timing
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if report is not None:
            seconds = batch.audio.shape[1] / SAMPLE_RATE
            values = (float(value.detach()) for value in part)
            report(Progress(phase.name, step + 1, phase.steps, seconds, *values))
        if checkpoint is not None and (step + 1) % _SAVE_EVERY == 0:
            save(model, known, checkpoint)
    model.eval()
    if checkpoint is not None:
        save(model, known, checkpoint)


def save(model: MicroWhisper, known: Vocabulary, path: Path) -> None:
    """Write a checkpoint atomically."""
    partial = path.with_suffix(".partial")
    state = {name: value.cpu() for name, value in model.state_dict().items()}
    torch.save({"model": state, "tokens": list(known.tokens)}, partial)
    partial.replace(path)


def load(path: Path) -> tuple[MicroWhisper, Vocabulary]:
    """Read a checkpoint. Raises `SetupError` where `path` is missing or not a checkpoint."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        known = Vocabulary(state["tokens"])
        model = MicroWhisper(len(known))
        model.load_state_dict(state["model"])
    except _UNREADABLE as error:
        raise SetupError(
            f"{path} is no checkpoint of this recipe: make one with `train`."
        ) from error
    return model.eval(), known


def mean(paths: Sequence[Path]) -> tuple[MicroWhisper, Vocabulary]:
    """The mean of the weights of one or more checkpoints of one training, which differ mostly in
    the noise of their last batches. Raises `SetupError` as `load` does."""
    models, vocabularies = zip(*map(load, paths), strict=True)
    states = [model.state_dict() for model in models]
    model: MicroWhisper = models[0]
    model.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    )
    return model, vocabularies[0]
