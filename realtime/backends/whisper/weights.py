"""Weights of a Whisper, independent of any library, named as in openai/whisper's model.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy.typing as npt

HEAD_WIDTH = 64
"""Channels of one attention head in every Whisper."""

_HUGGING_FACE_NAMES = (
    ("blocks", "layers"),
    ("mlp.0", "fc1"),
    ("mlp.2", "fc2"),
    ("mlp_ln", "final_layer_norm"),
    ("cross_attn_ln", "encoder_attn_layer_norm"),
    ("attn_ln", "self_attn_layer_norm"),
    (".cross_attn.", ".encoder_attn."),
    (".attn.", ".self_attn."),
    ("attn.query", "attn.q_proj"),
    ("attn.key", "attn.k_proj"),
    ("attn.value", "attn.v_proj"),
    ("attn.out", "attn.out_proj"),
    ("token_embedding", "embed_tokens"),
    ("positional_embedding", "embed_positions.weight"),
    ("ln_post", "layer_norm"),
    ("decoder.ln.", "decoder.layer_norm."),
)
"""OpenAI's names → Hugging Face's, replaced in this order."""


Parts: TypeAlias = tuple[Mapping[str, npt.NDArray[Any]], tuple[tuple[int, int], ...]]
"""State and alignment heads, see `Weights`."""
Source: TypeAlias = Callable[[], Parts]
"""Reads weights from wherever they are, in the process that needs them."""


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The shape of a Whisper; fields as in openai/whisper's `ModelDimensions`."""

    n_mels: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_vocab: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Everything that a network needs."""

    state: Mapping[str, npt.NDArray[Any]]
    """Parameters by name, float32 or float16."""
    alignment_heads: tuple[tuple[int, int], ...]
    """(layer, head) of the heads whose attention gives words their times; empty: unknown."""

    @property
    def dimensions(self) -> Dimensions:
        """Raises KeyError where parameters are missing."""
        width = self.state["encoder.positional_embedding"].shape[1]
        text_width = self.state["decoder.positional_embedding"].shape[1]
        return Dimensions(
            n_mels=self.state["encoder.conv1.weight"].shape[1],
            n_audio_ctx=self.state["encoder.positional_embedding"].shape[0],
            n_audio_state=width,
            n_audio_head=width // HEAD_WIDTH,
            n_audio_layer=self._layers("encoder"),
            n_vocab=self.state["decoder.token_embedding.weight"].shape[0],
            n_text_ctx=self.state["decoder.positional_embedding"].shape[0],
            n_text_state=text_width,
            n_text_head=text_width // HEAD_WIDTH,
            n_text_layer=self._layers("decoder"),
        )

    def hugging_face(self) -> dict[str, npt.NDArray[Any]]:
        """The parameters under the names of `WhisperForConditionalGeneration`."""
        renamed: dict[str, npt.NDArray[Any]] = {}
        for name, values in self.state.items():
            renamed[hugging_face_name(name)] = values
        renamed["proj_out.weight"] = renamed["model.decoder.embed_tokens.weight"]
        return renamed

    def _layers(self, part: str) -> int:
        return len({name.split(".")[2] for name in self.state if name.startswith(f"{part}.blocks")})


def hugging_face_name(name: str) -> str:
    """A parameter's name in `WhisperForConditionalGeneration`, from OpenAI's."""
    for ours, theirs in _HUGGING_FACE_NAMES:
        name = name.replace(ours, theirs)
    return f"model.{name}"


def default_heads(layers: int, heads: int) -> tuple[tuple[int, int], ...]:
    """Alignment heads if unknown: all in the upper half of the layers (openai/whisper,
    model.py)."""
    return tuple((layer, head) for layer in range(layers // 2, layers) for head in range(heads))
