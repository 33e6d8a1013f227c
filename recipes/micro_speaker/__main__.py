"""The recipe as commands: `python -m recipes.micro_speaker --help`."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Annotated

import typer

from realtime.load_test.synthetic.grammar import LANGUAGES
from recipes.micro_speaker import features as making
from recipes.micro_whisper.dataset import load_clips
from recipes.running import run

STEPS = 1_200
"""Steps for which the shipped weights were trained."""

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
_log = logging.getLogger("micro_speaker")

Work = Annotated[Path, typer.Argument(help="Folder for everything that is made.")]


@app.command()
def features(
    work: Work,
    clips: Annotated[Path, typer.Argument(help="Where `micro_whisper speak` put its clips.")],
    frames: Annotated[int, typer.Option(help="Of each speaker, 10 ms each.")] = making.FRAMES,
    seed: int = 0,
) -> None:
    """Clips → features of all speakers: WORK/features.npz."""
    work.mkdir(parents=True, exist_ok=True)
    every = (clip for language in LANGUAGES for clip in load_clips(clips / f"{language}.npz"))
    stored = making.make_features(every, seed, frames)
    making.save(stored, work / "features.npz")
    _log.info("%d speakers, %d frames", len(stored), sum(map(len, stored.values())))


@app.command()
def train(work: Work, steps: int = STEPS, threads: int = 1, seed: int = 0) -> None:
    """Train on WORK/features.npz: WORK/checkpoint.pt."""
    import torch

    from recipes.micro_speaker import train as training

    torch.set_num_threads(threads)
    began, recent = time.monotonic(), list[training.Progress]()

    def report(progress: training.Progress) -> None:
        recent.append(progress)
        if progress.step % 50 and progress.step != steps:
            return
        loss = sum(p.loss for p in recent) / len(recent)
        right = 100 * sum(p.right for p in recent) / len(recent)
        passed_s = time.monotonic() - began
        _log.info("%d: loss %.3f, right %.1f %%, %.0f s", progress.step, loss, right, passed_s)
        recent.clear()

    network, _ = training.train(making.load(work / "features.npz"), steps, seed, report)
    training.save(network, work / "checkpoint.pt")


@app.command()
def export(work: Work) -> None:
    """WORK/checkpoint.pt → WORK/speaker.onnx."""
    from recipes.micro_speaker.export import export as write
    from recipes.micro_speaker.train import load

    write(load(work / "checkpoint.pt"), work / "speaker.onnx")


if __name__ == "__main__":
    run(app)
