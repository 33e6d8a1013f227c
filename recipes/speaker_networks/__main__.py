"""The recipe as commands: `python -m recipes.speaker_networks --help`."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from realtime.audio.files import Decoders
from realtime.evaluation.recordings import audio
from realtime.speakers.embedding import NetworkFiles, SpeakerNetwork
from realtime.speakers.fbank import fbank
from realtime.types import SAMPLE_RATE
from realtime.weights.speaker_networks import people
from recipes.running import run
from recipes.speaker_networks import campplus, segmentation
from recipes.speaker_networks.telephone import telephone

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
_log = logging.getLogger("speaker_networks")

MOST_S = 10.0
"""Seconds used of one recording, so that long recordings do not use more."""

Weights = Annotated[
    Path, typer.Argument(help="Where `realtime models download speakers` put the weights.")
]
Out = Annotated[Path, typer.Argument(help="realtime/weights/speaker/people.")]


@app.command()
def graphs(weights: Weights, out: Out) -> None:
    """Write the graphs over the weights."""
    campplus.write(weights / "embedding.pt", out / "embedding.onnx")
    segmentation.write(weights / "segmentation.pt", out / "segmentation.onnx")


@app.command()
def line(
    weights: Weights,
    out: Out,
    voices: Annotated[list[Path], typer.Argument(help="A recording of each of many people.")],
) -> None:
    """What a telephone line makes alike in all voices: `telephone` of OUT/policy.json."""
    model, decoders = people(), Decoders()
    no_mean_yet = (0.0,) * len(model.policy.telephone)  # zeros: still handled as telephone lines
    network = SpeakerNetwork(NetworkFiles(model.embedding, None, weights, no_mean_yet))
    heard = [
        network.embed(fbank(telephone(audio(decoders, path))[: round(MOST_S * SAMPLE_RATE)]))
        for path in voices
    ]
    decoders.close()
    mean = np.round(np.mean(heard, axis=0, dtype=np.float64), 4)
    path = out / "policy.json"
    policy = json.loads(path.read_text(encoding="utf-8"))
    policy["telephone"] = mean.tolist()
    path.write_text(json.dumps(policy) + "\n", encoding="utf-8")
    _log.info("%d voices, length of the mean %.2f", len(heard), float(np.linalg.norm(mean)))


if __name__ == "__main__":
    run(app)
