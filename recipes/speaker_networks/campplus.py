"""CAM++ (3D-Speaker): features of a stretch of speech → 192 numbers, as a graph over its weights.

Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking" (2023); the names of the weights are those of 3D-Speaker's checkpoints.
"""

from __future__ import annotations

from pathlib import Path

from recipes.speaker_networks.checkpoint import places
from recipes.speaker_networks.graph import Graph

BINS = 80
SIZE = 192
_BLOCKS = ((12, 1), (24, 2), (16, 2))
"""(number of layers, dilation) of each block."""
_SEGMENT = 100
"""Frames (two feature frames each) whose mean is the context of a mask."""


def write(checkpoint: Path, path: Path) -> None:
    """Write the graph to `path`. Its weights are in a file of `checkpoint`'s name beside it."""
    graph = Graph(places(checkpoint), checkpoint.name)
    graph.constant("zero_i", [0], "int64")
    graph.constant("last_axis", [-1], "int64")
    graph.constant("first_axis", [1], "int64")
    graph.constant("segment", [_SEGMENT], "int64")
    value = graph.node("Transpose", ["features"], perm=[0, 2, 1])
    value = _head(graph, graph.node("Unsqueeze", [value, "first_axis"]))
    value = graph.node(
        "Conv", [value, graph.weight("xvector.tdnn.linear.weight")], strides=[2], pads=[2, 2]
    )
    value = _normal(graph, value, "xvector.tdnn.nonlinear.batchnorm")
    for number, (layers, dilation) in enumerate(_BLOCKS, 1):
        for layer in range(1, layers + 1):
            more = _layer(graph, value, f"xvector.block{number}.tdnnd{layer}", dilation)
            value = graph.node("Concat", [value, more], axis=1)
        value = _normal(graph, value, f"xvector.transit{number}.nonlinear.batchnorm")
        value = graph.node("Conv", [value, graph.weight(f"xvector.transit{number}.linear.weight")])
    value = _normal(graph, value, "xvector.out_nonlinear.batchnorm")
    value = graph.node("Unsqueeze", [_statistics(graph, value), "last_axis"])
    value = graph.node("Conv", [value, graph.weight("xvector.dense.linear.weight")])
    value = _normal(graph, value, "xvector.dense.nonlinear.batchnorm", relu=False)
    graph.node("Squeeze", [value, "last_axis"])
    said = "CAM++ of 3D-Speaker (speech_campplus_sv_zh_en_16k-common_advanced), Apache-2.0"
    graph.save(path, ("features", ("n", "frames", BINS)), ("embedding", ("n", SIZE)), said)


def _normal(graph: Graph, value: str, name: str, relu: bool = True) -> str:
    scale, shift = f"{name}.weight", f"{name}.bias"
    if not graph.has(scale):  # the last normalisation only centres
        graph.constant(scale, [1.0] * SIZE)
        graph.constant(shift, [0.0] * SIZE)
    else:
        graph.weight(scale)
        graph.weight(shift)
    moments = [graph.weight(f"{name}.running_mean"), graph.weight(f"{name}.running_var")]
    out: str = graph.node("BatchNormalization", [value, scale, shift, *moments], epsilon=1e-5)
    return graph.node("Relu", [out]) if relu else out


def _conv2d(graph: Graph, value: str, name: str, stride: int) -> str:
    pad = 0 if "shortcut" in name else 1
    out: str = graph.node(
        "Conv", [value, graph.weight(f"{name}.weight")], strides=[stride, 1], pads=[pad] * 4
    )
    return out


def _head(graph: Graph, value: str) -> str:
    """(n, 1, bins, frames) → (n, 320, frames)."""
    value = _normal(graph, _conv2d(graph, value, "head.conv1", 1), "head.bn1")
    for layer in ("head.layer1", "head.layer2"):
        for block, stride in ((f"{layer}.0", 2), (f"{layer}.1", 1)):
            inside = _conv2d(graph, value, f"{block}.conv1", stride)
            inside = _normal(graph, inside, f"{block}.bn1")
            inside = _conv2d(graph, inside, f"{block}.conv2", 1)
            inside = _normal(graph, inside, f"{block}.bn2", relu=False)
            beside = value
            if stride != 1:
                beside = _conv2d(graph, value, f"{block}.shortcut.0", stride)
                beside = _normal(graph, beside, f"{block}.shortcut.1", relu=False)
            value = graph.node("Relu", [graph.node("Add", [inside, beside])])
    value = _normal(graph, _conv2d(graph, value, "head.conv2", 2), "head.bn2")
    flat = graph.constant("flat", [0, 32 * BINS // 8, -1], "int64")
    out: str = graph.node("Reshape", [value, flat])
    return out


def _layer(graph: Graph, value: str, name: str, dilation: int) -> str:
    """A densely connected layer with its mask, (n, channels, frames) → (n, 32, frames)."""
    value = _normal(graph, value, f"{name}.nonlinear1.batchnorm")
    value = graph.node("Conv", [value, graph.weight(f"{name}.linear1.weight")])
    value = _normal(graph, value, f"{name}.nonlinear2.batchnorm")
    cam = f"{name}.cam_layer"
    local = graph.node(
        "Conv",
        [value, graph.weight(f"{cam}.linear_local.weight")],
        dilations=[dilation],
        pads=[dilation, dilation],
    )
    whole = graph.node("ReduceMean", [value], axes=[-1], keepdims=1)
    context = graph.node("Add", [whole, _near(graph, value)])
    for number in (1, 2):
        weight, bias = (graph.weight(f"{cam}.linear{number}.{each}") for each in ("weight", "bias"))
        context = graph.node("Conv", [context, weight, bias])
        context = graph.node("Relu" if number == 1 else "Sigmoid", [context])
    out: str = graph.node("Mul", [local, context])
    return out


def _near(graph: Graph, value: str) -> str:
    """Means over segments, repeated to the length of `value`."""
    means = graph.node(
        "AveragePool", [value], kernel_shape=[_SEGMENT], strides=[_SEGMENT], ceil_mode=1
    )
    frames = graph.node("Shape", [value], start=2, end=3)
    count = graph.node("Shape", [means], start=2, end=3)
    means = graph.node("Unsqueeze", [means, "last_axis"])
    wide = graph.node("Concat", [graph.constant("ones", [1, 1], "int64"), count, "segment"], axis=0)
    means = graph.node("Expand", [means, wide])
    long = graph.node("Reshape", [means, graph.constant("rows", [0, 0, -1], "int64")])
    out: str = graph.node("Slice", [long, "zero_i", frames, "last_axis"])
    return out


def _statistics(graph: Graph, value: str) -> str:
    """(n, channels, frames) → means and standard deviations, (n, 2 × channels)."""
    mean = graph.node("ReduceMean", [value], axes=[-1], keepdims=1)
    off = graph.node("Sub", [value, mean])
    squares = graph.node("ReduceSumSquare", [off], axes=[-1], keepdims=0)
    frames = graph.node("Cast", [graph.node("Shape", [value], start=2, end=3)], to=1)
    others = graph.node("Sub", [frames, graph.constant("one", [1.0])])
    deviation = graph.node("Sqrt", [graph.node("Div", [squares, others])])
    flat = graph.node("Squeeze", [mean, "last_axis"])
    out: str = graph.node("Concat", [flat, deviation], axis=1)
    return out
