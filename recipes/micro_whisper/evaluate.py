"""Word error rates on voices that the model was not trained on, by language and speaker."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from realtime.load_test.synthetic.corpus import sessions
from realtime.load_test.synthetic.grammar import LANGUAGES, Language
from realtime.types import SAMPLE_RATE, Samples

_LEAD_S, _TAIL_S = 0.25, 0.375
"""Silence before and after a single sentence, as an endpointer leaves it."""
_TOKENS_PER_SECOND = 10
"""Cap on generated tokens: spoken digits, the densest text, come at about 4 a second."""


@dataclass(slots=True)
class Errors:
    """Word errors, summed over texts."""

    words: int = 0
    wrong: int = 0

    def add(self, reference: str, hypothesis: str) -> None:
        """Count one more text."""
        expected = normalise(reference)
        self.words += len(expected)
        self.wrong += edit_distance(expected, normalise(hypothesis))

    @property
    def rate(self) -> float:
        """WER, from 0; it can exceed 1 if words are invented."""
        return self.wrong / max(1, self.words)


def normalise(text: str) -> list[str]:
    """The words of a text, in lower case without punctuation; numbers become plain digits."""
    text = unicodedata.normalize("NFC", text).lower()
    return re.sub(r"[^\w\s]", "", text).split()


def edit_distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """The minimum number of words to insert, delete or replace (Levenshtein)."""
    row = list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, word in enumerate(hypothesis, 1):
            diagonal, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, diagonal + (word != expected)),
            )
    return row[-1]


def load(folder: Path, compute_type: str = "int8", threads: int = 1) -> WhisperModel:
    """Load a CTranslate2 model from the disk only."""
    return WhisperModel(
        str(folder),
        device="cpu",
        compute_type=compute_type,
        cpu_threads=threads,
        local_files_only=True,
    )


def transcribe(
    model: WhisperModel,
    samples: Samples,
    language: str,
    context_s: float = 30.0,
    beam_size: int = 1,
) -> str:
    """Text of one window, decoded at a context of `context_s` s, without timestamps.

    Audio beyond the context is cut off.
    """
    import ctranslate2

    frames = round(context_s * 100)
    mel = model.feature_extractor(samples, padding=0)[:, :frames]
    mel = np.pad(mel, ((0, 0), (0, frames - mel.shape[1])))
    features = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None]))
    tokenizer = model.hf_tokenizer
    marks = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
    (result,) = model.model.generate(
        features,
        [[tokenizer.token_to_id(mark) for mark in marks]],
        beam_size=beam_size,
        max_length=min(448, 8 + round(_TOKENS_PER_SECOND * context_s)),
    )
    text: str = tokenizer.decode(result.sequences_ids[0])
    return text.strip()


def word_error_rates(
    model: WhisperModel,
    languages: Iterable[Language] = LANGUAGES,
    seconds: float = 120.0,
    seed: int = 7,
    context_s: float = 30.0,
) -> dict[tuple[Language, str], Errors]:
    """Errors by (language, held-out speaker), on `seconds` s of single sentences per speaker."""
    errors: dict[tuple[Language, str], Errors] = {}
    for language in languages:
        for session in sessions(language, seconds, seed, count=5 if language == "en" else 4):
            counted = errors.setdefault((language, session.voice.speaker), Errors())
            for sentence in session.sentences:
                start = round((sentence.start_s - _LEAD_S) * SAMPLE_RATE)
                end = round((sentence.end_s + _TAIL_S) * SAMPLE_RATE)
                window = session.samples[max(0, start) : end]
                context = max(context_s, len(window) / SAMPLE_RATE)
                counted.add(sentence.text, transcribe(model, window, language, context))
    return errors
