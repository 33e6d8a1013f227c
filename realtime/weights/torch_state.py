"""A CTranslate2 Whisper's weights under openai/whisper's names, for backends that run on torch.

CTranslate2's names are those in its converters/transformers.py and specs/whisper_spec.py. Integer
weights are divided by their scales (`weight_scale`, one per row, or one for all rows).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from realtime.errors import SetupError
from realtime.weights.ctranslate2_file import Array, Variable, read_model

_LAYER = re.compile(r"(encoder|decoder)/layer_(\d+)/(.*)/(weight|bias|gamma|beta)")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "self_attention/layer_norm": ("attn_ln",),
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "self_attention/linear_1": ("attn.out",),
    "attention/layer_norm": ("cross_attn_ln",),
    "attention/linear_0": ("cross_attn.query",),
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
    "attention/linear_2": ("cross_attn.out",),
    "ffn/layer_norm": ("mlp_ln",),
    "ffn/linear_0": ("mlp.0",),
    "ffn/linear_1": ("mlp.2",),
}
"""CTranslate2's layer → openai/whisper's layers; some are several layers stacked along the rows."""
_OTHERS: Mapping[str, str] = {
    "encoder/conv1/weight": "encoder.conv1.weight",
    "encoder/conv1/bias": "encoder.conv1.bias",
    "encoder/conv2/weight": "encoder.conv2.weight",
    "encoder/conv2/bias": "encoder.conv2.bias",
    "encoder/position_encodings/encodings": "encoder.positional_embedding",
    "encoder/layer_norm/gamma": "encoder.ln_post.weight",
    "encoder/layer_norm/beta": "encoder.ln_post.bias",
    "decoder/embeddings/weight": "decoder.token_embedding.weight",
    "decoder/position_encodings/encodings": "decoder.positional_embedding",
    "decoder/layer_norm/gamma": "decoder.ln.weight",
    "decoder/layer_norm/beta": "decoder.ln.bias",
}
_ATTRIBUTES = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}


def torch_state(directory: Path) -> tuple[dict[str, Array], tuple[tuple[int, int], ...]]:
    """(name → float32 values, (layer, head) pairs by which words are timed).

    Raises SetupError where `directory` has no CTranslate2 Whisper.
    """
    model = read_model(directory / "model.bin")
    variables = dict(model.variables)
    for alias, name in model.aliases.items():
        variables.setdefault(alias, variables[name])
    try:
        state = dict(_named(variables))
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        heads = tuple((int(layer), int(head)) for layer, head in config.get("alignment_heads", ()))
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise SetupError(
            f"{directory} is not a Whisper model as ctranslate2 4 writes it ({error!r}): convert "
            "it again from the original."
        ) from error
    return state, heads


def _named(variables: Mapping[str, Variable]) -> Iterator[tuple[str, Array]]:
    for theirs, ours in _OTHERS.items():
        yield ours, _values(variables, theirs)
    for name in variables:
        found = _LAYER.fullmatch(name)
        if found is None:
            continue
        part, number, layer, attribute = found.groups()
        pieces = _PARTS[layer]
        blocks = np.split(_values(variables, name), len(pieces))
        for piece, values in zip(pieces, blocks, strict=True):
            if piece.endswith(".key") and attribute == "bias":
                continue  # Whisper's key layers have no bias; the converter wrote zeros
            ours = f"{part}.blocks.{number}.{piece}.{_ATTRIBUTES[attribute]}"
            yield ours, np.ascontiguousarray(values)


def _values(variables: Mapping[str, Variable], name: str) -> Array:
    values = variables[name].values.astype(np.float32)
    scale = variables.get(f"{name}_scale")
    if scale is None:
        return values
    rows = scale.values.astype(np.float32)
    return values / rows.reshape(rows.shape + (1,) * (values.ndim - rows.ndim))
