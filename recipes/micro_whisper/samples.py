"""The recordings that ship with the package, chosen so that the model gets every word right.

When it starts, the server compares its transcripts of them with their texts, so each transcript
must match letter for letter at every context, padding and precision of decoding. Only texts that
espeak-ng marks word by word can be used ("in the" is one word to it).
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from realtime.errors import SetupError
from realtime.load_test.synthetic.grammar import Language, sentence_of
from realtime.load_test.synthetic.speech import (
    HELD_OUT_VARIANTS,
    TRAINING_VARIANTS,
    SpokenWord,
    Voice,
    speak,
)
from realtime.types import SAMPLE_RATE, Samples
from recipes.micro_whisper.evaluate import load, transcribe

_GAP_S = 0.9
"""Silence between the sentences of a recording."""
_EDGE_S = 0.4
"""Silence before the first and after the last word."""
_CONTEXTS_S = (4.0, 6.0, 8.0, 12.0, 15.0, 16.0, 30.0)
_MARGIN_S = 0.2
_LEADS_S = (0.0, 0.1, 0.25, 0.37)
"""Amounts of the silence before the first word that a window may lack."""
_COMPUTE_TYPES = ("int8", "float32")
_BEAM_SIZES = (1, 5)
"""Beam sizes of servers on a CPU and on a GPU."""
_RATES = (150, 165, 140, 175)
_PITCHES = (50, 60, 40)


@dataclass(frozen=True, slots=True)
class Script:
    """Text of one recording."""

    name: str
    language: Language
    sentences: tuple[str, ...]


SCRIPTS = (
    Script("en-hello", "en", ("Hello, how can I help you today?",)),
    Script("en-timer", "en", ("Set a timer for ten minutes.",)),
    Script("en-phone", "en", ("My phone number is 555-0142.",)),
    Script(
        "en-call",
        "en",
        (
            "Good morning, thank you for calling.",
            "Send the report to Alice.",
            "You can reach me at 555-0173.",
        ),
    ),
    Script("ko-meeting", "ko", ("월요일 두 시에 회의가 있습니다.",)),
    Script("ko-agent", "ko", ("상담원을 연결해 주세요.",)),
    Script("ko-phone", "ko", ("제 전화번호는 010-3579-2468 입니다.",)),
    Script(
        "ko-call",
        "ko",
        (
            "안녕하세요. 어떻게 도와드릴까요?",
            "제 이름은 김민수 입니다.",
            "연락처는 010-2468-1357 입니다.",
        ),
    ),
)


def write_samples(model_folder: Path, out: Path, scripts: Sequence[Script] = SCRIPTS) -> None:
    """Write `NAME.wav` for each script and `samples.json`.

    Raises `SetupError` where the models make mistakes with every voice.
    """
    models = [load(model_folder, compute_type) for compute_type in _COMPUTE_TYPES]
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for script in scripts:
        samples, words = _record(script, models)
        with wave.open(str(out / f"{script.name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
        entries.append(
            {
                "name": script.name,
                "language": script.language,
                "text": " ".join(script.sentences),
                "words": [
                    {
                        "text": word.text,
                        "start_s": round(word.start_s, 3),
                        "end_s": round(word.end_s, 3),
                    }
                    for word in words
                ],
            }
        )
    text = json.dumps(entries, ensure_ascii=False, indent=1)
    (out / "samples.json").write_text(f"{text}\n", encoding="utf-8")


def _record(script: Script, models: Sequence[WhisperModel]) -> tuple[Samples, list[SpokenWord]]:
    for voice in _voices(script.language):
        take = _say(script, voice)
        if take is not None and _understood(script, take[0], models):
            return take
    raise SetupError(f"No voice says {script.name} so that the model writes it without a mistake.")


def _voices(language: Language) -> Iterator[Voice]:
    accent = "en-us" if language == "en" else "ko"
    for variant in (*HELD_OUT_VARIANTS, *TRAINING_VARIANTS):
        for rate in _RATES:
            for pitch in _PITCHES:
                yield Voice("espeak", f"{accent}+{variant}", rate, pitch)


def _say(script: Script, voice: Voice) -> tuple[Samples, list[SpokenWord]] | None:
    """Audio and words of a script; None where the exact time of a word is unknown."""
    edge = np.zeros(round(_EDGE_S * SAMPLE_RATE), np.float32)
    pieces: list[Samples] = [edge]
    words: list[SpokenWord] = []
    for i, text in enumerate(script.sentences):
        if i:
            pieces.append(np.zeros(round(_GAP_S * SAMPLE_RATE), np.float32))
        utterance = speak(sentence_of(script.language, text), voice)
        if utterance is None or not all(word.exact for word in utterance.words):
            return None
        start_s = sum(map(len, pieces)) / SAMPLE_RATE
        pieces.append(utterance.samples)
        words.extend(
            SpokenWord(word.text, start_s + word.start_s, start_s + word.end_s, True)
            for word in utterance.words
        )
    return np.concatenate([*pieces, edge]), words


def _understood(script: Script, samples: Samples, models: Sequence[WhisperModel]) -> bool:
    """Whether all `models` get every word right, wherever a window begins in the silence before."""
    begun = [samples[round(lead_s * SAMPLE_RATE) :] for lead_s in _LEADS_S]
    return all(_heard_well(script, heard, models) for heard in begun)


def _heard_well(script: Script, samples: Samples, models: Sequence[WhisperModel]) -> bool:
    text = " ".join(script.sentences)
    duration_s = len(samples) / SAMPLE_RATE
    for model in models:
        for context_s in _CONTEXTS_S:
            if context_s < duration_s + _MARGIN_S:
                continue
            silence = np.zeros(round(context_s * SAMPLE_RATE) - len(samples), np.float32)
            # Both paddings: zeros in the log-mel (faster-whisper), silence in the audio (OpenAI).
            for padded in (samples, np.concatenate([samples, silence])):
                for beam_size in _BEAM_SIZES:
                    if transcribe(model, padded, script.language, context_s, beam_size) != text:
                        return False
        for beam_size in _BEAM_SIZES:
            segments, info = model.transcribe(samples, beam_size=beam_size, temperature=0.0)
            heard = " ".join(segment.text.strip() for segment in segments)
            if heard != text or info.language != script.language:
                return False
    return True
