"""Enlarges a small Whisper to the shape, and so the cost, of a stock one; its output is the same.

With k = wide ÷ narrow: each channel of the residual stream exists k times, and so does each head. A
weight gets its output channels k times and its input channels k times, divided by k, because it now
sums k equal copies. Layer norms see the same mean and variance. The output projection is the token
embedding, which must not shrink, so the decoder's last layer norm is divided instead. Added layers
are copies of the first with zeros where they would add to the stream. Exact up to rounding; int8
weights stay as they are, only their scales change, so a matrix product rounds as before.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realtime.errors import SetupError
from realtime.weights.ctranslate2_file import (
    Array,
    ModelFile,
    Variable,
    read_model,
    write_model,
)

HEAD_WIDTH = 64
"""Channels of one attention head in every Whisper."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The dimensions that decide the cost of a Whisper."""

    width: int
    """`d_model`"""
    encoder_layers: int
    decoder_layers: int


STOCK_SHAPES: Mapping[str, ModelShape] = {
    "tiny": ModelShape(384, 4, 4),
    "base": ModelShape(512, 6, 6),
    "small": ModelShape(768, 12, 12),
    "medium": ModelShape(1024, 24, 24),
    "large-v2": ModelShape(1280, 32, 32),
}
"""Table 1 of the Whisper paper. large-v3 has 128 mel bins and cannot be made from a model of 80."""

_MODEL_NAME, _MODEL_REVISION = "WhisperSpec", 3
_FUSED = {
    "/self_attention/linear_0": 3,  # query, key, value
    "/attention/linear_1": 2,  # key, value of the encoder's output
}
"""Layers whose output channels are several blocks, one after the other."""
_SILENCED = ("self_attention/linear_1", "attention/linear_2", "ffn/linear_1")
"""Layers that add to the residual stream; their weights are zero in an added layer."""
_LAYER = re.compile(r"(encoder|decoder)/layer_(\d+)/(.*)")


def inflate(
    source_dir: Path, shape: str, out_dir: Path, shapes: Mapping[str, ModelShape] = STOCK_SHAPES
) -> Path:
    """Make `out_dir`, a model of the shape named `shape`, with the output of `source_dir`.

    `source_dir` has a CTranslate2 Whisper of any precision, whose width divides the shape's.
    Returns `out_dir`. Raises `SetupError` for an unknown shape, an unsuitable source, a target that
    is not empty and a full disk; the target then stays as it was.
    """
    target = shapes.get(shape)
    if target is None:
        known = ", ".join(shapes)
        raise SetupError(f"There is no shape {shape!r} to inflate to: use one of {known}.")
    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        raise SetupError(f"{out_dir} exists and is not empty: name a folder that does not exist.")
    config = _read_config(source_dir)
    model = read_model(source_dir / "model.bin")
    source = _shape_of(model, source_dir)
    if target.width % source.width:
        raise SetupError(
            f"{source_dir} is {source.width} channels wide, which does not divide the "
            f"{target.width} of {shape}: inflate a narrower model."
        )
    too_deep = (
        source.encoder_layers > target.encoder_layers
        or source.decoder_layers > target.decoder_layers
    )
    if too_deep:
        raise SetupError(f"{source_dir} has more layers than {shape}: inflate to a larger shape.")
    try:
        _write(
            source_dir, out_dir, _inflated(model, source, target), _config(config, source, target)
        )
    except OSError as error:
        raise SetupError(f"{out_dir} cannot be written: {error.strerror or error}.") from error
    return out_dir


def _read_config(source_dir: Path) -> dict[str, Any]:
    path = source_dir / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(
            f"{source_dir} is not a CTranslate2 model: its config.json is missing or damaged."
        ) from error
    if not isinstance(config, dict):
        raise SetupError(f"{path} must hold a JSON object.")
    return config


def _shape_of(model: ModelFile, source_dir: Path) -> ModelShape:
    embedding = model.variables.get("decoder/embeddings/weight")
    if (model.name, model.revision) != (_MODEL_NAME, _MODEL_REVISION) or embedding is None:
        raise SetupError(
            f"{source_dir} is a {model.name} of revision {model.revision}, not a Whisper model "
            "as ctranslate2 4 writes it: convert it again from the original."
        )
    layers = {"encoder": 0, "decoder": 0}
    for name in model.variables:
        found = _LAYER.fullmatch(name)
        if found:
            layers[found[1]] = max(layers[found[1]], int(found[2]) + 1)
    return ModelShape(embedding.values.shape[1], layers["encoder"], layers["decoder"])


def _inflated(model: ModelFile, source: ModelShape, target: ModelShape) -> ModelFile:
    variables = dict(model.variables)
    aliases = {}
    for alias, name in model.aliases.items():
        # The tied output stays tied. Other aliases are variables that happen to have equal values.
        if alias.startswith("decoder/projection/"):
            aliases[alias] = name
        else:
            variables[alias] = model.variables[name]
    copies = target.width // source.width
    inflated = {name: _widened(name, variable, copies) for name, variable in variables.items()}
    for part in ("encoder", "decoder"):
        inflated[f"{part}/num_heads"] = Variable(np.array(target.width // HEAD_WIDTH, np.int16))
    depths = {"encoder": target.encoder_layers, "decoder": target.decoder_layers}
    have = {"encoder": source.encoder_layers, "decoder": source.decoder_layers}
    for part, count in depths.items():
        first = dict(_layer(inflated, part, 0))
        for index in range(have[part], count):
            for rest, variable in first.items():
                inflated[f"{part}/layer_{index}/{rest}"] = _added(rest, variable)
    return ModelFile(model.name, model.revision, inflated, aliases)


def _layer(
    variables: Mapping[str, Variable], part: str, index: int
) -> Iterator[tuple[str, Variable]]:
    for name, variable in variables.items():
        found = _LAYER.fullmatch(name)
        if found and found[1] == part and int(found[2]) == index:
            yield found[3], variable


def _added(rest: str, variable: Variable) -> Variable:
    """A variable of an added layer, from that of the first layer: it adds nothing to the stream."""
    layer, _, attribute = rest.rpartition("/")
    if layer in _SILENCED and attribute in ("weight", "bias"):
        return variable.having(np.zeros_like(variable.values))
    return variable


def _widened(name: str, variable: Variable, copies: int) -> Variable:
    """One variable with every channel `copies` times."""
    values = variable.values
    layer, _, attribute = name.rpartition("/")
    if layer in ("decoder/embeddings", "decoder/projection"):
        # Rows are tokens. A lookup sums nothing; the output projection is compensated below.
        return variable.having(np.tile(values, (1, copies))) if attribute == "weight" else variable
    if layer == "decoder/layer_norm":
        return variable.having(np.tile(values, copies) / values.dtype.type(copies))
    if layer.endswith("position_encodings"):
        return variable.having(np.tile(values, (1, copies)))
    if attribute in ("beta", "gamma"):
        return variable.having(np.tile(values, copies))
    if attribute not in ("weight", "weight_scale", "bias"):
        return variable  # heads, flags
    blocks = next((count for end, count in _FUSED.items() if layer.endswith(end)), 1)
    summed = 1 if layer == "encoder/conv1" else copies  # its input is the mel bins
    if attribute == "bias":
        return variable.having(_tile_rows(values, copies, blocks))
    if attribute == "weight_scale":
        # CTranslate2 divides by the scale, so × k here is ÷ k there. int16 has one for all rows.
        rows = values if values.ndim == 0 else _tile_rows(values, copies, blocks)
        return variable.having(rows * values.dtype.type(summed))
    wide = np.tile(_tile_rows(values, copies, blocks), (1, summed, *[1] * (values.ndim - 2)))
    return variable.having(wide / values.dtype.type(summed) if variable.floating else wide)


def _tile_rows(values: Array, copies: int, blocks: int) -> Array:
    """Repeat each of the `blocks` equal blocks of rows `copies` times in its place."""
    split = values.reshape(blocks, -1, *values.shape[1:])
    tiled = np.tile(split, (1, copies, *[1] * (values.ndim - 1)))
    return tiled.reshape(-1, *values.shape[1:])


def _config(config: Mapping[str, Any], source: ModelShape, target: ModelShape) -> dict[str, Any]:
    """config.json with all copies of the attention heads by which words are timed."""
    heads = source.width // HEAD_WIDTH
    copies = target.width // source.width
    timing = [
        [layer, head + copy * heads]
        for layer, head in config.get("alignment_heads", [])
        for copy in range(copies)
    ]
    return {**config, "alignment_heads": timing}


def _write(source_dir: Path, out_dir: Path, model: ModelFile, config: Mapping[str, Any]) -> None:
    """Write all or nothing: a folder beside the target takes its name when it is complete."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=out_dir.parent, prefix=f".{out_dir.name}.", ignore_cleanup_errors=True
    ) as temporary:
        folder = Path(temporary) / "model"
        folder.mkdir()
        for file in source_dir.iterdir():
            if file.is_file() and file.name not in ("model.bin", "config.json"):
                shutil.copyfile(file, folder / file.name)
        text = json.dumps(config, ensure_ascii=False)
        (folder / "config.json").write_text(f"{text}\n", encoding="utf-8")
        write_model(model, folder / "model.bin")
        folder.replace(out_dir)
