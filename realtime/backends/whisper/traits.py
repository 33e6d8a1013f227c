"""Traits of Whisper models: the common ones, and those that only Whisper's code uses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from realtime.backends.whisper.pace import PACES, longest_s
from realtime.errors import LoadFailed
from realtime.languages import NAMES
from realtime.traits import LEAST_WINDOW_S, Traits
from realtime.types import Task

WINDOW_S = 30.0
"""The length of Whisper's position embedding."""
POLICY_FILE = "context_policy.json"
"""File beside the weights of a model that was trained for short contexts."""

TEXT_ROOM_S: Mapping[str, float] = {
    code: room_s for code in PACES if (room_s := longest_s(code)) < WINDOW_S
}
"""ISO code → seconds of audio whose text fits the `pace.MOST_TOKENS` tokens that the decoder writes
per window at most, where that is less than a window."""


@dataclass(frozen=True, slots=True)
class WhisperTraits(Traits):
    """The defaults suit stock weights.

    Whisper's encoder takes any length up to 30 s, but stock weights were trained at 30 s only and
    make errors on short contexts; models trained for it may use short contexts throughout.
    """

    window_s: float = WINDOW_S
    languages: tuple[str, ...] = tuple(NAMES)
    tasks: tuple[Task, ...] = ("transcribe", "translate")
    context_text: bool = True
    text_room_s: Mapping[str, float] = field(default_factory=lambda: TEXT_ROOM_S)
    least_window_s: float = 14.0
    """As much as the second shortest context holds. Stock `base`, finals in chunks of 5 s of
    connected speech: 5.0 % of 689 words wrong instead of 6.2 % with 5 s, for half more time."""
    earlier_s: float = 14.0
    doubt: float = 0.09
    """Two hypotheses of 0.7, or four of 0.45. On one half of the recordings 0.06 … 0.12 give the
    same words; on the other 6.9 % are wrong with this, 7.2 % if two hypotheses of 0.7 or any four
    are enough, 7.1 % without stable words."""
    hold_s: float = 0.3
    hold_words: int = 1

    partial_buckets_s: tuple[float, ...] = (8.0, 15.0, 30.0)
    """Encoder contexts for partials in seconds, ascending; the smallest that holds window and
    margin is used."""
    final_buckets_s: tuple[float, ...] = (8.0, 15.0, 30.0)
    """The same for finals. Stock `base` on recordings of people, 1,551 words in English and 412
    Korean syllables: 5.8 % of the words and 13.8 % of the syllables wrong, in a third of the time
    of 30 s alone (5.2 and 10.9 %); 5.3 and 13.8 % with the second pass of `earlier_s`."""
    margin_s: float = 1.0
    """Real silence after the audio inside a bucket."""
    timestamps: bool = True
    """Whether the model was trained to write timestamps: a window of which it left something out is
    then decoded again with them."""
    no_speech_limit: float = 0.6
    silence_logprob: float = -1.0
    """Text is dropped if the no-speech probability is above `no_speech_limit` and the mean
    log-probability below `silence_logprob`. Defaults: openai/whisper, transcribe.py."""


def traits_for(model_dir: Path) -> WhisperTraits:
    """Read the traits file beside the weights; without one, those of stock Whisper.

    Raises LoadFailed if the file exists but cannot be used.
    """
    stock = WhisperTraits()
    path = model_dir / POLICY_FILE
    if not path.is_file():
        return stock
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return WhisperTraits(
            partial_buckets_s=_buckets(values["partial_buckets_s"]),
            final_buckets_s=_buckets(values["final_buckets_s"]),
            earlier_s=float(values.get("earlier_s", 0.0)),
            margin_s=float(values["margin_s"]),
            left_context_s=float(values.get("left_context_s", stock.left_context_s)),
            least_window_s=float(values.get("least_window_s", LEAST_WINDOW_S)),
            file_window_s=float(values.get("file_window_s", stock.file_window_s)),
            file_cut_from=float(values.get("file_cut_from", stock.file_cut_from)),
            file_silence_s=float(values.get("file_silence_s", stock.file_silence_s)),
            file_pause_s=float(values.get("file_pause_s", stock.file_pause_s)),
            file_sentences=bool(values.get("file_sentences", stock.file_sentences)),
            context_text=bool(values["previous_text"]),
            timestamps=bool(values.get("timestamps", False)),
            no_speech_limit=float(values.get("no_speech_limit", stock.no_speech_limit)),
            silence_logprob=float(values.get("silence_logprob", stock.silence_logprob)),
            doubt=float(values.get("doubt", stock.doubt)),
            hold_s=float(values.get("hold_s", stock.hold_s)),
            hold_words=int(values.get("hold_words", stock.hold_words)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadFailed(
            f"{path} is not a valid context policy ({error!r}); correct or remove it."
        ) from error


def _buckets(values: object) -> tuple[float, ...]:
    """Check that the values are a list, ascending, above 0, and 30 s at most."""
    if not isinstance(values, list):
        raise TypeError("buckets must be a list of seconds")
    buckets = tuple(float(value) for value in values)
    if not buckets or buckets != tuple(sorted(buckets)) or not 0 < buckets[0] <= buckets[-1] <= 30:
        raise ValueError(f"buckets must ascend within 0 … 30 s, not {values}")
    return buckets
