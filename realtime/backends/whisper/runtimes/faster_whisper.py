"""Whisper on CTranslate2: loaded by faster-whisper, but called directly for live speech."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from realtime.backends.base import BackendInfo
from realtime.backends.whisper.backend import WhisperBackend
from realtime.backends.whisper.compute import nearest
from realtime.backends.whisper.features import FloatArray
from realtime.backends.whisper.load import compute_types, load_model, parse_device
from realtime.backends.whisper.network import Alignment, Sampled, Sampling
from realtime.backends.whisper.pace import MOST_TOKENS
from realtime.backends.whisper.surface import CallCapacity
from realtime.backends.whisper.tokens import Vocabulary
from realtime.backends.whisper.traits import WhisperTraits, traits_for

CPU_BATCHES = (4, 8)
"""Most windows of streams, and most of files, in one call. Eight are hardly faster than two calls
of four (files: a tenth), and a stream would wait for all of them."""
GPU_BATCHES = (16, 16)
"""More windows only copy more state: whenever one window ends, the keys and values of the others
are copied again (246 MB per window of 30 s for large-v3)."""

PATIENCE = 2.0
"""A beam search ends when this many times its width of texts have ended (arXiv 2204.05424). With
the usual 1.0, a model that is sure of every word has four poor texts that end before the good one,
and windows that end in mid-sentence lose their last words. On ten minutes of Korean sentences a
beam of 5 then has 3.5 % of words wrong, 2.2 % with 2.0 and with 3.0; a beam of 1 has 2.4 %."""


class FasterWhisperBackend(WhisperBackend):
    """A `Backend`. `decode` may be called from `workers` threads at once."""

    def __init__(
        self,
        model_dir: Path,
        device: str = "auto",
        compute_type: str = "auto",
        workers: int = 0,
        traits: WhisperTraits | None = None,
        shown_name: str = "",
    ) -> None:
        """Load the model from a directory; nothing is downloaded.

        `device`: cpu, cuda, cuda:1 … or auto (a GPU if there is one). `compute_type`: CTranslate2's
        name, or auto (int8 on CPU, float16 on a GPU); if the device lacks the type, the nearest is
        used. `workers`: 0 for one per core on CPU, one of them reserved for files, and 1 on a GPU.
        `traits`: None for those in the directory, else stock Whisper's. Raises LoadFailed.
        """
        name, index = parse_device(device)
        if compute_type == "auto":
            compute_type = "int8" if name == "cpu" else "float16"
        compute_type = nearest(compute_type, compute_types(name, index), name)
        for_files = 0
        if not workers:
            workers = (os.cpu_count() or 1) if name == "cpu" else 1
            for_files = 1 if workers > 1 else 0
        traits = traits or traits_for(model_dir)
        loaded = load_model(model_dir, name, index, compute_type, workers)
        network = CTranslate2Network(loaded.model)
        super().__init__(
            network,
            Vocabulary(loaded.hf_tokenizer, network.multilingual),
            traits,
            BackendInfo(
                backend="faster-whisper",
                model=shown_name or model_dir.name,
                backend_type="WhisperModel",
                device=device if name == "cuda" and index else name,
                compute_type=network.compute_type,
                model_path=str(model_dir),
            ),
            CallCapacity(workers, *(CPU_BATCHES if name == "cpu" else GPU_BATCHES), for_files),
        )


class CTranslate2Network:
    """A `WhisperNetwork`. May be called from as many threads as it was loaded with workers."""

    def __init__(self, model: Any) -> None:
        """`model`: a `ctranslate2.models.Whisper`."""
        self._model = model

    @property
    def n_mels(self) -> int:
        return int(self._model.n_mels)

    @property
    def multilingual(self) -> bool:
        return bool(self._model.is_multilingual)

    @property
    def compute_type(self) -> str:
        """The type that CTranslate2 uses: the requested one if this machine supports it."""
        return str(self._model.compute_type)

    def encode(self, features: FloatArray) -> Any:
        return self._model.encode(ctranslate2.StorageView.from_array(features))

    @property
    def timestamps(self) -> bool:
        return True

    def pick(self, encoding: Any, rows: Sequence[int]) -> Any:
        if list(rows) == list(range(encoding.shape[0])):
            return encoding
        # Few windows are decoded again, and only finals: a copy costs less than encoding once more.
        if encoding.device != "cpu":
            encoding = encoding.to_device(ctranslate2.Device.cpu)
        return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.array(encoding)[rows]))

    def languages(self, encoding: Any) -> list[dict[str, float]]:
        detected = self._model.detect_language(encoding)
        return [
            {token.strip("<|>"): float(probability) for token, probability in window}
            for window in detected
        ]

    def generate(
        self,
        encoding: Any,
        prompts: Sequence[Sequence[int]],
        sampling: Sampling,
        known: Sequence[Sequence[int]],
    ) -> list[Sampled]:
        # CTranslate2 writes min(max_length / 2, max_length - prompt) tokens, known ones included.
        most = sampling.most + max(len(text) for text in known)
        length = max(2 * most, most + len(prompts[0]))
        results = self._model.generate(
            encoding,
            [[*prompt, *text] for prompt, text in zip(prompts, known, strict=True)],
            beam_size=sampling.beam_size,
            patience=PATIENCE,
            max_length=min(length, 2 * MOST_TOKENS),
            suppress_blank=True,
            suppress_tokens=list(sampling.suppressed),
            no_repeat_ngram_size=sampling.unrepeated,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [_sampled(result, len(text)) for result, text in zip(results, known, strict=True)]

    def align(
        self,
        encoding: Any,
        start: Sequence[int],
        texts: Sequence[Sequence[int]],
        frames: Sequence[int],
    ) -> list[Alignment]:
        results = self._model.align(encoding, start, texts, frames)
        return [Alignment(result.alignments, result.text_token_probs) for result in results]

    def close(self) -> None:
        self._model.unload_model()


def _sampled(result: Any, known: int) -> Sampled:
    """Convert CTranslate2's result. Its score is the sum over the sampled tokens divided by the
    number of all its tokens, `known` ones included. It leaves out the end token, which counts here
    as one more."""
    count = len(result.sequences_ids[0])
    tokens = list(result.sequences_ids[0][known:])
    return Sampled(
        tokens=tokens,
        avg_logprob=float(result.scores[0]) * count / (len(tokens) + 1),
        no_speech_probability=float(result.no_speech_prob),
    )
