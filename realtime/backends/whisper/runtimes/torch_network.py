"""A Whisper network on torch, whatever library holds its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from realtime.backends.whisper import sampling
from realtime.backends.whisper.dtw import warp
from realtime.backends.whisper.features import FloatArray
from realtime.backends.whisper.network import Alignment, Sampled, Sampling
from realtime.backends.whisper.sampling import Rules, SamplingSteps
from realtime.backends.whisper.tokens import Vocabulary
from realtime.errors import LoadFailed

MEDIAN_WIDTH = 7  # of the filter over the attention: openai/whisper, timing.py

DTYPES: Mapping[str, torch.dtype] = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


class SampledText(Protocol):
    """The decoder's state for the texts that it is writing."""

    def advance(self, tokens: Tensor) -> Tensor:
        """Append tokens, (rows, any); → their hidden states, (rows, tokens, width)."""
        ...

    def reorder(self, index: Tensor) -> None:
        """Row i takes the state of row `index[i]`, which is of the same window."""
        ...


class TorchLayers(Protocol):
    """The layers of a Whisper in some library."""

    n_mels: int

    def encode(self, features: Tensor) -> Tensor:
        """Features (windows, n_mels, frames) → encoding (windows, frames ÷ 2, width)."""
        ...

    def write(self, encoding: Tensor) -> SampledText:
        """Begin texts, one for each row of `encoding`."""
        ...

    def project(self, hidden: Tensor) -> Tensor:
        """Hidden states → logits, float32."""
        ...

    def attend(self, tokens: Tensor, encoding: Tensor) -> tuple[Tensor, Tensor]:
        """→ (hidden states, attention of the alignment heads). The attention has the shape (rows,
        heads, tokens, positions) and sums to 1 for each token."""
        ...


class TorchNetwork:
    """A `WhisperNetwork`. For one thread at a time."""

    def __init__(
        self, layers: TorchLayers, vocabulary: Vocabulary, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._layers: TorchLayers | None = layers
        self._vocabulary = vocabulary
        self._device = device
        self._dtype = dtype
        self.n_mels = layers.n_mels
        self.multilingual = vocabulary.multilingual
        self._first_suppressed = self._tensor([*vocabulary.blank, vocabulary.end])

    @torch.inference_mode()
    def encode(self, features: FloatArray) -> Tensor:
        tensor = torch.from_numpy(features).to(self._device, self._dtype)
        return self._loaded.encode(tensor)

    @torch.inference_mode()
    def languages(self, encoding: Tensor) -> list[dict[str, float]]:
        codes = list(self._vocabulary.languages)
        start = self._tensor([[self._vocabulary.start]] * len(encoding))
        layers = self._loaded
        logits = layers.project(layers.write(encoding).advance(start))[:, 0]
        tokens = self._tensor(list(self._vocabulary.languages.values()))
        shares = logits[:, tokens].softmax(dim=-1)
        return [dict(zip(codes, window, strict=True)) for window in shares.tolist()]

    @property
    def timestamps(self) -> bool:
        return False

    def pick(self, encoding: Tensor, rows: Sequence[int]) -> Tensor:
        return encoding[list(rows)]

    @torch.inference_mode()
    def generate(
        self,
        encoding: Tensor,
        prompts: Sequence[Sequence[int]],
        sampling_: Sampling,
        known: Sequence[Sequence[int]],
    ) -> list[Sampled]:
        if len({len(text) for text in known}) > 1:  # rows of a tensor are equally long
            return [
                self.generate(self.pick(encoding, [row]), [prompt], sampling_, [known[row]])[0]
                for row, prompt in enumerate(prompts)
            ]
        layers = self._loaded
        width = sampling_.beam_size
        text = layers.write(encoding.repeat_interleave(width, dim=0) if width > 1 else encoding)
        sequences = [[*prompt, *text] for prompt, text in zip(prompts, known, strict=True)]
        tokens = self._tensor(sequences)
        hidden = text.advance(tokens.repeat_interleave(width, dim=0))
        # The no-speech probability is read at <|startoftranscript|>, which follows the context.
        start = list(prompts[0]).index(self._vocabulary.start)
        silence = layers.project(hidden[::width, start]).softmax(dim=-1)
        no_speech = silence[:, self._vocabulary.no_speech].tolist()
        first = layers.project(hidden[:, -1])
        rules = Rules(
            self._vocabulary.end,
            sampling_.most,
            self._tensor(list(sampling_.suppressed)),
            self._first_suppressed,
            sampling_.unrepeated,
        )
        steps = SamplingSteps(
            lambda tokens: layers.project(text.advance(tokens)[:, -1]), text.reorder
        )
        if width == 1:
            return sampling.greedy(first, steps, rules, no_speech)
        return sampling.beam(first, steps, rules, no_speech, width)

    @torch.inference_mode()
    def align(
        self,
        encoding: Tensor,
        start: Sequence[int],
        texts: Sequence[Sequence[int]],
        frames: Sequence[int],
    ) -> list[Alignment]:
        """Formula: openai/whisper, timing.py."""
        layers, end = self._loaded, self._vocabulary.end
        longest = max(len(text) for text in texts)
        before = [*start, self._vocabulary.no_timestamps]
        rows = [[*before, *text, *[end] * (longest - len(text) + 1)] for text in texts]
        hidden, attention = layers.attend(self._tensor(rows), encoding)
        alignments = []
        for row, text in enumerate(texts):
            # Each token is predicted at the place of the one before it.
            places = slice(len(before) - 1, len(before) - 1 + len(text))
            # A text may hold the end token, as a stand-in for an empty text.
            chances = layers.project(hidden[row, places])[:, : end + 1].softmax(dim=-1)
            probabilities = chances[torch.arange(len(text)), self._tensor(list(text))].tolist()
            last = len(before) + len(text) + 1
            weights = attention[row, :, :last, : frames[row] // 2].float()
            costs = _costs(weights)[len(start) : last - 1]
            alignments.append(Alignment(warp(costs), probabilities))
        return alignments

    def close(self) -> None:
        self._layers = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    @property
    def _loaded(self) -> TorchLayers:
        if self._layers is None:
            raise LoadFailed("The model was closed; send the request again to use the current one.")
        return self._layers

    def _tensor(self, values: Sequence[int] | Sequence[Sequence[int]]) -> Tensor:
        return torch.tensor(values, dtype=torch.long, device=self._device)


def attention_weights(query: Tensor, key: Tensor, heads: int) -> Tensor:
    """Scaled queries, (rows, tokens, width), and keys, (rows, positions, width), of all heads →
    attention, (rows, heads, tokens, positions)."""
    split = [x.view(*x.shape[:2], heads, -1).transpose(1, 2) for x in (query, key)]
    return (split[0] @ split[1].transpose(-1, -2)).float().softmax(dim=-1)


def _costs(attention: Tensor) -> FloatArray:
    """Attention, (heads, tokens, positions) → costs of warping, (tokens, positions)."""
    weights = attention / attention.sum(dim=-1, keepdim=True)
    spread, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    weights = (weights - mean) / spread.clamp(min=1e-12)
    margin = MEDIAN_WIDTH // 2
    padded = torch.nn.functional.pad(weights, (margin, margin), mode="reflect")
    weights = padded.unfold(-1, MEDIAN_WIDTH, 1).median(dim=-1).values
    costs: FloatArray = -weights.mean(dim=0).cpu().numpy().astype(np.float32)
    return costs
