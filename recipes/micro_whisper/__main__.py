"""The recipe as commands: `python -m recipes.micro_whisper --help`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from realtime.errors import SetupError
from realtime.load_test.synthetic.grammar import LANGUAGES
from realtime.weights.bundled import bundled_dir
from recipes.micro_whisper.dataset import HARD, PLAIN, load_clips, make_clips, save_clips
from recipes.running import run

ENGLISH_CLIPS, KOREAN_CLIPS = 24_000, 20_000
"""About 15 h and 11 h of speech, on which the shipped weights were trained."""

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
_log = logging.getLogger("micro_whisper")

Work = Annotated[Path, typer.Argument(help="Folder for everything that is made.")]


@app.command()
def speak(
    work: Work,
    english: Annotated[int, typer.Option(help="Sentences.")] = ENGLISH_CLIPS,
    korean: Annotated[int, typer.Option(help="Sentences.")] = KOREAN_CLIPS,
    seed: int = 0,
    hard: Annotated[
        bool, typer.Option("--hard", help="More numbers, codecs, flite: WORK/LANGUAGE-hard.npz.")
    ] = False,
) -> None:
    """Speak random sentences with the training voices, on all cores: WORK/LANGUAGE.npz."""
    work.mkdir(parents=True, exist_ok=True)
    for language, count in zip(LANGUAGES, (english, korean), strict=True):
        clips = make_clips(language, count, seed, shares=HARD if hard else PLAIN)
        save_clips(clips, work / f"{language}{'-hard' if hard else ''}.npz")
        _log.info("%s: %d sentences", language, count)


@app.command()
def train(
    work: Work,
    phase: Annotated[list[str] | None, typer.Option(help="Only these, in order.")] = None,
    start: Annotated[Path | None, typer.Option(help="Checkpoint to go on from.")] = None,
    steps: Annotated[int | None, typer.Option(help="Of each phase, for a trial.")] = None,
    batch: Annotated[int | None, typer.Option(help="Windows a batch, for a trial.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    workers: Annotated[int, typer.Option(help="Processes that make windows.")] = 0,
    seed: int = 0,
) -> None:
    """Train through the phases: WORK/PHASE.pt after each, WORK/checkpoint.pt at the end."""
    import torch

    from recipes.micro_whisper import train as training
    from recipes.micro_whisper.model import MicroWhisper
    from recipes.micro_whisper.phases import PHASES, shortened
    from recipes.micro_whisper.tokens import vocabulary

    by_name = {plan.name: plan for plan in PHASES}
    unknown = set(phase or ()) - set(by_name)
    if unknown:
        raise SetupError(f"There is no phase {', '.join(unknown)}: take {', '.join(by_name)}.")
    sets = [work / f"{language}.npz" for language in LANGUAGES]
    sets += sorted(work.glob("*-hard.npz"))
    clips = [clip for path in sets for clip in load_clips(path)]
    torch.manual_seed(seed)
    if start is None:
        known = vocabulary()
        model = MicroWhisper(len(known))
    else:
        model, known = training.load(start)
    model.to(device)
    for plan in [by_name[name] for name in phase or by_name]:
        if steps is not None or batch is not None:
            plan = shortened(plan, steps or plan.steps, batch)
        path = work / f"{plan.name}.pt"
        training.train(model, clips, known, plan, seed, workers, path, _reporter())
    training.save(model, known, work / "checkpoint.pt")


@app.command()
def average(
    work: Work,
    phase: Annotated[list[str], typer.Argument(help="Two or more, as borders joined")],
) -> None:
    """WORK/checkpoint.pt becomes the mean of what these phases ended with."""
    from recipes.micro_whisper.train import mean, save

    save(*mean([work / f"{name}.pt" for name in phase]), work / "checkpoint.pt")


@app.command()
def export(
    work: Work,
    quantization: Annotated[str, typer.Option(help="int8, float16, float32 …")] = "int8",
) -> None:
    """WORK/checkpoint.pt → WORK/openai.pt, WORK/hf, WORK/ct2; WORK/micro is for the package."""
    from recipes.micro_whisper import export as exporting
    from recipes.micro_whisper.train import load

    model, known = load(work / "checkpoint.pt")
    exporting.export(model, known, work, quantization)
    exporting.pack(work / "ct2", work / "micro")


@app.command()
def evaluate(
    model: Annotated[Path | None, typer.Argument(help="CTranslate2 folder; else bundled.")] = None,
    seconds: Annotated[float, typer.Option(help="Speech of each speaker.")] = 120.0,
    context: Annotated[float, typer.Option(help="Seconds the encoder is given.")] = 30.0,
    seed: int = 7,
) -> None:
    """Word error rates on single sentences of voices that were never trained on."""
    from recipes.micro_whisper.evaluate import Errors, load, word_error_rates

    totals = {language: Errors() for language in LANGUAGES}
    rates = word_error_rates(load(model or bundled_dir()), LANGUAGES, seconds, seed, context)
    for (language, speaker), errors in rates.items():
        typer.echo(f"{language}  {speaker:8} {errors.rate:7.1%}  of {errors.words} words")
        totals[language].words += errors.words
        totals[language].wrong += errors.wrong
    for language, errors in totals.items():
        typer.echo(f"{language}  {'all':8} {errors.rate:7.1%}  of {errors.words} words")


@app.command()
def samples(
    out: Annotated[Path, typer.Argument(help="Folder to write, realtime/weights/samples")],
    model: Annotated[Path | None, typer.Argument(help="CTranslate2 folder; else bundled.")] = None,
) -> None:
    """Record the samples of the package, in voices that the model understands letter for letter."""
    from recipes.micro_whisper.samples import write_samples

    write_samples(model or bundled_dir(), out)


def _reporter() -> Callable[..., None]:
    """Logs the means of every 50 steps."""
    from recipes.micro_whisper.train import Progress

    recent: list[Progress] = []
    began = time.monotonic()

    def report(progress: Progress) -> None:
        recent.append(progress)
        if progress.step % 50 and progress.step != progress.steps:
            return
        count = len(recent)
        _log.info(
            "%s %d/%d: text %.3f, ctc %.3f, timing %.3f, right %.1f %%, %.0f s",
            progress.phase,
            progress.step,
            progress.steps,
            sum(p.text for p in recent) / count,
            sum(p.ctc for p in recent) / count,
            sum(p.timing for p in recent) / count,
            100 * sum(p.accuracy for p in recent) / count,
            time.monotonic() - began,
        )
        recent.clear()

    return report


if __name__ == "__main__":
    run(app)
