"""Whisper as implemented in Hugging Face's transformers, on torch."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tokenizers
import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

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
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.traits import traits_for
from realtime.backends.whisper.weights import Source, Weights, default_heads
from realtime.errors import LoadFailed

MULTILINGUAL_VOCABULARY = 51865
"""Models with smaller vocabularies know English only (openai/whisper, model.py)."""


class TransformersBackend(WhisperBackend):
    """A `Backend`. `decode` may be called from one thread at a time."""

    def __init__(
        self,
        model_dir: Path,
        device: str = "auto",
        compute_type: str = "auto",
        source: Source | None = None,
        shown_name: str = "",
    ) -> None:
        """Load from a directory in Hugging Face's format; nothing is downloaded.

        `source`: use its weights instead, with `tokenizer.json` and traits of `model_dir`.
        `device`, `compute_type`: see `torch_device`. Raises LoadFailed.
        """
        chosen = torch_device(device)
        dtype = torch_dtype(compute_type, chosen)
        try:
            model = (
                _from_directory(model_dir) if source is None else _from_weights(Weights(*source()))
            )
            tokenizer = tokenizers.Tokenizer.from_file(str(model_dir / "tokenizer.json"))
            torch.nn.Module.to(model, device=chosen, dtype=dtype).train(False)
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise _unloadable(model_dir, error) from error
        vocabulary = Vocabulary(tokenizer, model.config.vocab_size >= MULTILINGUAL_VOCABULARY)
        super().__init__(
            TorchNetwork(HuggingFaceLayers(model), vocabulary, chosen, dtype),
            vocabulary,
            traits_for(model_dir),
            BackendInfo(
                backend="transformers",
                model=shown_name or model_dir.name,
                backend_type="WhisperForConditionalGeneration",
                device=str(chosen),
                compute_type=dtype_name(dtype),
                model_path=str(model_dir),
            ),
            torch_capacity(chosen),
        )


class HuggingFaceLayers:
    """`TorchLayers` of a `WhisperForConditionalGeneration`."""

    def __init__(self, model: WhisperForConditionalGeneration) -> None:
        self._model = model
        config = model.config
        self.n_mels: int = config.num_mel_bins
        self._encoders: dict[int, nn.Module] = {}
        self._whole = config.max_source_positions
        heads = getattr(model.generation_config, "alignment_heads", None)
        self._heads = [tuple(pair) for pair in heads or ()] or list(
            default_heads(config.decoder_layers, config.decoder_attention_heads)
        )

    def encode(self, features: Tensor) -> Tensor:
        encoding: Tensor = self._encoder(features.shape[-1] // 2)(features).last_hidden_state
        return encoding

    def write(self, encoding: Tensor) -> SampledText:
        return _HuggingFaceText(self._model, encoding)

    def project(self, hidden: Tensor) -> Tensor:
        logits: Tensor = self._model.proj_out(hidden)
        return logits.float()

    def attend(self, tokens: Tensor, encoding: Tensor) -> tuple[Tensor, Tensor]:
        layers = self._model.model.decoder.layers
        seen: dict[int, Tensor] = {}

        def watch(layer: int, query: Tensor) -> None:
            """Compute the attention again, since the fused kernels do not return it."""
            attention = layers[layer].encoder_attn
            key = attention.k_proj(encoding)
            seen[layer] = attention_weights(query * attention.scaling, key, attention.num_heads)

        hooks = [
            layers[number].encoder_attn.q_proj.register_forward_hook(
                lambda _, __, query, number=number: watch(number, query)
            )
            for number in {layer for layer, _ in self._heads}
        ]
        try:
            hidden = self._model.model.decoder(
                input_ids=tokens, encoder_hidden_states=encoding, use_cache=False
            ).last_hidden_state
        finally:
            for hook in hooks:
                hook.remove()
        return hidden, torch.stack([seen[layer][:, head] for layer, head in self._heads], dim=1)

    def _encoder(self, positions: int) -> nn.Module:
        """The encoder for this many positions. The library's takes 30 s only, so a shorter one is a
        copy with the same layers and the first part of the position embedding."""
        whole: Any = self._model.model.encoder
        if positions == self._whole:
            encoder: nn.Module = whole
            return encoder
        if positions not in self._encoders:
            short = copy.copy(whole)
            short._modules = dict(whole._modules)
            short.config = copy.copy(whole.config)
            short.config.max_source_positions = positions
            short.embed_positions = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
                whole.embed_positions.weight[:positions]
            )
            self._encoders[positions] = short
        return self._encoders[positions]


class _HuggingFaceText:
    def __init__(self, model: WhisperForConditionalGeneration, encoding: Tensor) -> None:
        self._decoder: Any = model.model.decoder
        self._encoding = encoding
        self._cache: Any = None

    def advance(self, tokens: Tensor) -> Tensor:
        output = self._decoder(
            input_ids=tokens,
            encoder_hidden_states=self._encoding,
            past_key_values=self._cache,
            use_cache=True,
        )
        self._cache = output.past_key_values
        hidden: Tensor = output.last_hidden_state
        return hidden

    def reorder(self, index: Tensor) -> None:
        # The cached keys and values of the audio are the same for all rows of a window.
        self._cache.self_attention_cache.reorder_cache(index)


def _from_directory(model_dir: Path) -> WhisperForConditionalGeneration:
    missing = [
        name for name in ("config.json", "tokenizer.json") if not (model_dir / name).is_file()
    ]
    if missing:
        raise OSError(f"it has no {missing[0]}")
    model: WhisperForConditionalGeneration = WhisperForConditionalGeneration.from_pretrained(
        str(model_dir), local_files_only=True
    )
    return model


def _from_weights(weights: Weights) -> WhisperForConditionalGeneration:
    dimensions = weights.dimensions
    config = WhisperConfig(
        vocab_size=dimensions.n_vocab,
        num_mel_bins=dimensions.n_mels,
        encoder_layers=dimensions.n_audio_layer,
        encoder_attention_heads=dimensions.n_audio_head,
        decoder_layers=dimensions.n_text_layer,
        decoder_attention_heads=dimensions.n_text_head,
        d_model=dimensions.n_audio_state,
        encoder_ffn_dim=4 * dimensions.n_audio_state,
        decoder_ffn_dim=4 * dimensions.n_text_state,
        max_source_positions=dimensions.n_audio_ctx,
        max_target_positions=dimensions.n_text_ctx,
        pad_token_id=None,
    )
    with torch.device("meta"):
        model = WhisperForConditionalGeneration(config)
    state = {name: torch.from_numpy(values) for name, values in weights.hugging_face().items()}
    model.load_state_dict(state, assign=True)
    heads: Sequence[Sequence[int]] = weights.alignment_heads
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        alignment_heads=[list(pair) for pair in heads] or None
    )
    return model


def _unloadable(model_dir: Path, error: Exception) -> LoadFailed:
    return LoadFailed(
        f"{model_dir} could not be loaded as a Whisper of transformers ({error}): name a folder "
        "with config.json, model.safetensors and tokenizer.json, or another model."
    )
