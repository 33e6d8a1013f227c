"""A checkpoint as ONNX, with the interface of WeSpeaker's exported networks."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch

from realtime.speakers.fbank import BINS
from recipes.micro_speaker.model import SpeakerNet

_OPSET = 17  # of 2022: every supported onnxruntime knows it


def export(network: SpeakerNet, path: Path) -> None:
    """Write `path`: input `feats` of shape (B, T, 80), output `embs` of shape (B, n).

    Raises `OSError` where it cannot be written.
    """
    with warnings.catch_warnings():
        # The new exporter needs onnxscript: too much for a network of a dozen plain layers.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, 200, BINS),),
            str(path),
            input_names=["feats"],
            output_names=["embs"],
            dynamic_axes={"feats": {0: "B", 1: "T"}, "embs": {0: "B"}},
            opset_version=_OPSET,
            dynamo=False,
        )
