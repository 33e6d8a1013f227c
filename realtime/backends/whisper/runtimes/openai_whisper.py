"""Whisper as OpenAI published it, the package `openai-whisper`, on torch."""

from __future__ import annotations

import base64
import gzip
from dataclasses import asdict
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import tokenizers
import torch
import whisper
from torch import Tensor
from torch.nn import functional
from whisper.tokenizer import get_tokenizer

from realtime.backends.base import BackendInfo
from realtime.backends.whisper.backend import WhisperBackend
from realtime.backends.whisper.runtimes.torch_device import (
    dtype_name,
    torch_capacity,
    torch_device,
    torch_dtype,
)
from realtime.backends.whisper.runtimes.torch_network import (
    SampledText,
    TorchNetwork,
    attention_weights,
)
from realtime.backends.whisper.tiktoken import tokenizer_of
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.traits import traits_for
from realtime.backends.whisper.weights import Source, Weights
from realtime.errors import LoadFailed

_UNLOADABLE = (OSError, RuntimeError, ValueError, KeyError, TypeError, EOFError, UnpicklingError)
"""Errors that reading a damaged checkpoint raises."""


class OpenAIWhisperBackend(WhisperBackend):
    """A `Backend`. `decode` may be called from one thread at a time."""

    def __init__(
        self,
        path: Path,
        device: str = "auto",
        compute_type: str = "auto",
        source: Source | None = None,
        shown_name: str = "",
    ) -> None:
        """Load a checkpoint file (`small.pt`); nothing is downloaded.

        `source`: use its weights instead, with `tokenizer.json` and traits of the folder `path`.
        `device`, `compute_type`: see `torch_device`. Raises LoadFailed.
        """
        chosen = torch_device(device)
        dtype = torch_dtype(compute_type, chosen)
        folder = path if source is not None else path.parent
        try:
            if source is not None:
                model = _from_weights(Weights(*source()))
                tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
            else:
                model = whisper.load_model(str(path), device="cpu")
                _set_heads(model, path.stem)
                tokenizer = _own_tokenizer(model)
            model = model.to(device=chosen, dtype=dtype).eval()
        except _UNLOADABLE as error:
            raise LoadFailed(
                f"{path} could not be loaded as a checkpoint of openai-whisper ({error}): name a "
                "file such as small.pt, or another model."
            ) from error
        vocabulary = Vocabulary(tokenizer, model.is_multilingual)
        super().__init__(
            TorchNetwork(OpenAILayers(model), vocabulary, chosen, dtype),
            vocabulary,
            traits_for(folder),
            BackendInfo(
                backend="openai-whisper",
                model=shown_name or path.stem,
                backend_type="Whisper",
                device=str(chosen),
                compute_type=dtype_name(dtype),
                model_path=str(path),
            ),
            torch_capacity(chosen),
        )


class OpenAILayers:
    """`TorchLayers` of a `whisper.model.Whisper`."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.n_mels: int = model.dims.n_mels
        self._heads = [tuple(pair) for pair in model.alignment_heads.indices().T.tolist()]

    def encode(self, features: Tensor) -> Tensor:
        """`AudioEncoder.forward` for any length, where the library's takes 30 s only."""
        encoder = self._model.encoder
        x = functional.gelu(encoder.conv1(features))
        x = functional.gelu(encoder.conv2(x)).permute(0, 2, 1)
        x = (x + encoder.positional_embedding[: x.shape[1]]).to(x.dtype)
        for block in encoder.blocks:
            x = block(x)
        encoding: Tensor = encoder.ln_post(x)
        return encoding

    def write(self, encoding: Tensor) -> SampledText:
        return _OpenAIText(self._model.decoder, encoding)

    def project(self, hidden: Tensor) -> Tensor:
        embedding = self._model.decoder.token_embedding.weight
        logits: Tensor = hidden @ embedding.to(hidden.dtype).T
        return logits.float()

    def attend(self, tokens: Tensor, encoding: Tensor) -> tuple[Tensor, Tensor]:
        blocks = self._model.decoder.blocks
        seen: dict[int, Tensor] = {}

        def watch(layer: int, query: Tensor) -> None:
            """Compute the attention again, since the fused kernels do not return it."""
            attention = blocks[layer].cross_attn
            scale = (query.shape[-1] // attention.n_head) ** -0.5
            key = attention.key(encoding)
            seen[layer] = attention_weights(query * scale, key, attention.n_head)

        hooks = [
            blocks[number].cross_attn.query.register_forward_hook(
                lambda _, __, query, number=number: watch(number, query)
            )
            for number in {layer for layer, _ in self._heads}
        ]
        try:
            hidden = self.write(encoding).advance(tokens)
        finally:
            for hook in hooks:
                hook.remove()
        return hidden, torch.stack([seen[layer][:, head] for layer, head in self._heads], dim=1)


class _OpenAIText:
    """Holds the keys and values of text and audio. The library caches them by hooks on its layers,
    which all texts would share."""

    def __init__(self, decoder: Any, encoding: Tensor) -> None:
        self._decoder = decoder
        self._encoding = encoding
        self._length = 0
        self._cross_attention = [
            (block.cross_attn.key(encoding), block.cross_attn.value(encoding))
            for block in decoder.blocks
        ]
        self._written: list[tuple[Tensor, Tensor]] = []

    def advance(self, tokens: Tensor) -> Tensor:
        """`TextDecoder.forward` without the projection to logits."""
        decoder, length = self._decoder, tokens.shape[1]
        places = slice(self._length, self._length + length)
        x = decoder.token_embedding(tokens) + decoder.positional_embedding[places]
        x = x.to(self._encoding.dtype)
        # All tokens may attend to those of earlier calls; the mask is needed only among new tokens.
        mask = decoder.mask if length > 1 else None
        written = []
        for number, block in enumerate(decoder.blocks):
            inner = block.attn_ln(x)
            key, value = block.attn.key(inner), block.attn.value(inner)
            if self._written:
                key = torch.cat([self._written[number][0], key], dim=1)
                value = torch.cat([self._written[number][1], value], dim=1)
            written.append((key, value))
            x = x + _attended(block.attn, inner, key, value, mask)
            x = x + _attended(
                block.cross_attn, block.cross_attn_ln(x), *self._cross_attention[number], None
            )
            x = x + block.mlp(block.mlp_ln(x))
        self._written = written
        self._length += length
        hidden: Tensor = decoder.ln(x)
        return hidden

    def reorder(self, index: Tensor) -> None:
        self._written = [(key[index], value[index]) for key, value in self._written]


def _attended(attention: Any, x: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """`MultiHeadAttention.forward` with given keys and values."""
    output: Tensor = attention.out(attention.qkv_attention(attention.query(x), key, value, mask)[0])
    return output


def _from_weights(weights: Weights) -> Any:
    dimensions = whisper.ModelDimensions(**asdict(weights.dimensions))
    model = whisper.Whisper(dimensions)
    state = {name: torch.from_numpy(values) for name, values in weights.state.items()}
    model.load_state_dict(state)
    if weights.alignment_heads:
        heads = np.zeros((dimensions.n_text_layer, dimensions.n_text_head), bool)
        for layer, head in weights.alignment_heads:
            heads[layer, head] = True
        model.set_alignment_heads(base64.b85encode(gzip.compress(heads.tobytes())))
    return model


def _set_heads(model: Any, name: str) -> None:
    """Set the heads that time words best: the package knows them by the model's name, and looks
    them up only for models that it downloads itself."""
    known = getattr(whisper, "_ALIGNMENT_HEADS", {}).get(name)
    if known is not None:
        model.set_alignment_heads(known)


def _own_tokenizer(model: Any) -> tokenizers.Tokenizer:
    encoding = get_tokenizer(model.is_multilingual, num_languages=model.num_languages).encoding
    return tokenizer_of(encoding._mergeable_ranks, encoding._special_tokens)
