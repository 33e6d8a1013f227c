"""pyannote's segmentation 3.0: a waveform → which of three voices speak in each 17 ms.

Bredin and Laurent, "End-to-end speaker segmentation for overlap-aware resegmentation" (2021);
Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization" (2023).
The names of the weights are those of pyannote.audio's checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from realtime.types import SAMPLE_RATE
from recipes.speaker_networks.checkpoint import Place, places
from recipes.speaker_networks.graph import Graph

CLASSES = 7
"""Nobody, one of three voices, or two of three."""
HIDDEN = 128
LAYERS = 4
_TAPS = 251
_STRIDE = 10
_LEAST_HZ = 50.0
"""The lowest edge and the smallest width of a filter."""
_SLOPE = 0.01


def write(checkpoint: Path, path: Path) -> None:
    """Write the graph to `path`. Its weights are in a file of `checkpoint`'s name beside it."""
    weights = places(checkpoint)
    graph = Graph(weights, checkpoint.name)
    value = _instance_normal(graph, "samples", "sincnet.wav_norm1d")
    filters = graph.constant("filters", _filters(checkpoint, weights))
    value = graph.node("Abs", [graph.node("Conv", [value, filters], strides=[_STRIDE])])
    for number in range(3):
        if number:
            names = (f"sincnet.conv1d.{number}.{each}" for each in ("weight", "bias"))
            value = graph.node("Conv", [value, *map(graph.weight, names)])
        value = graph.node("MaxPool", [value], kernel_shape=[3], strides=[3])
        value = _instance_normal(graph, value, f"sincnet.norm1d.{number}")
        value = graph.node("LeakyRelu", [value], alpha=_SLOPE)
    value = graph.node("Transpose", [value], perm=[2, 0, 1])
    for layer in range(LAYERS):
        value = _lstm(graph, value, layer)
    value = graph.node("Transpose", [value], perm=[1, 0, 2])
    for name in ("linear.0", "linear.1"):
        value = graph.node("LeakyRelu", [_linear(graph, value, name)], alpha=_SLOPE)
    graph.node("LogSoftmax", [_linear(graph, value, "classifier")], axis=-1)
    said = "segmentation 3.0 of pyannote.audio, MIT"
    graph.save(path, ("samples", ("n", 1, "samples")), ("classes", ("n", "frames", CLASSES)), said)


def _instance_normal(graph: Graph, value: str, name: str) -> str:
    inputs = [value, graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")]
    out: str = graph.node("InstanceNormalization", inputs, epsilon=1e-5)
    return out


def _linear(graph: Graph, value: str, name: str) -> str:
    turned = graph.node("Transpose", [graph.weight(f"{name}.weight")], perm=[1, 0])
    product = graph.node("MatMul", [value, turned])
    out: str = graph.node("Add", [product, graph.weight(f"{name}.bias")])
    return out


def _lstm(graph: Graph, value: str, layer: int) -> str:
    """(frames, n, values) → (frames, n, 2 × HIDDEN)."""
    first = graph.constant("first_axis", [0], "int64")
    sides = f"l{layer}", f"l{layer}_reverse"
    stacked = []
    for kind in ("weight_ih", "weight_hh"):
        each = [_gates(graph, graph.weight(f"lstm.{kind}_{side}")) for side in sides]
        stacked.append(
            graph.node("Concat", [graph.node("Unsqueeze", [one, first]) for one in each], axis=0)
        )
    biases = []
    for side in sides:
        both = [
            _gates(graph, graph.weight(f"lstm.{kind}_{side}")) for kind in ("bias_ih", "bias_hh")
        ]
        biases.append(graph.node("Unsqueeze", [graph.node("Concat", both, axis=0), first]))
    bias = graph.node("Concat", biases, axis=0)
    out = graph.node(
        "LSTM", [value, *stacked, bias], outputs=1, hidden_size=HIDDEN, direction="bidirectional"
    )
    beside = graph.node("Transpose", [out], perm=[0, 2, 1, 3])
    wide = graph.constant("both_sides", [0, 0, 2 * HIDDEN], "int64")
    joined: str = graph.node("Reshape", [beside, wide])
    return joined


def _gates(graph: Graph, name: str) -> str:
    """Reorder gates from torch's (in, forget, cell, out) to ONNX's (in, out, forget, cell)."""
    into, forget, cell, out = graph.node("Split", [name], outputs=4, axis=0)
    ordered: str = graph.node("Concat", [into, out, forget, cell], axis=0)
    return ordered


def _filters(checkpoint: Path, weights: Mapping[str, Place]) -> npt.NDArray[np.float32]:
    """Band-pass filters with trained edges, (80, 1, 251): asteroid_filterbanks' ParamSincFB."""
    data = checkpoint.read_bytes()

    def values(name: str) -> npt.NDArray[np.float64]:
        place = weights[f"sincnet.conv1d.0.filterbank.{name}"]
        found = np.frombuffer(data, "<f4", place.length // 4, place.offset)
        return found.reshape(place.shape).astype(np.float64)

    low = _LEAST_HZ + np.abs(values("low_hz_"))
    high = np.clip(low + _LEAST_HZ + np.abs(values("band_hz_")), _LEAST_HZ, SAMPLE_RATE / 2)
    times, window = values("n_"), values("window_")  # for the left half, without the middle
    low_at, high_at = low @ times, high @ times
    even = (np.sin(high_at) - np.sin(low_at)) / (times / 2) * window
    odd = (np.cos(low_at) - np.cos(high_at)) / (times / 2) * window
    width = 2 * (high - low)
    cosines = np.concatenate([even, width, even[:, ::-1]], axis=1)
    sines = np.concatenate([odd, np.zeros_like(width), -odd[:, ::-1]], axis=1)
    both = np.concatenate([cosines / width, sines / width])
    return both[:, None, :].astype(np.float32)
