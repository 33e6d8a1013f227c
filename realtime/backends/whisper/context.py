"""How much context the encoder is given: buckets, so that windows of many lengths share a call."""

from __future__ import annotations

import json
import math
from pathlib import Path

from realtime.backends.base import ContextPolicy
from realtime.backends.whisper.features import FRAMES_PER_S, HOP_SAMPLES
from realtime.errors import LoadFailed

MAX_FRAMES = 3000  # 30 s, the length of Whisper's position embedding
POLICY_FILE = "context_policy.json"
"""Beside the weights of a model that was trained for short contexts."""


def policy_for(model_dir: Path) -> ContextPolicy:
    """The policy that lies beside the weights; else that of stock Whisper.

    Raises LoadFailed where the file is there and cannot be used.
    """
    stock = ContextPolicy()
    path = model_dir / POLICY_FILE
    if not path.is_file():
        return stock
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return ContextPolicy(
            partial_buckets_s=_buckets(values["partial_buckets_s"]),
            final_buckets_s=_buckets(values["final_buckets_s"]),
            earlier_s=float(values.get("earlier_s", 0.0)),
            margin_s=float(values["margin_s"]),
            left_context_s=float(values.get("left_context_s", stock.left_context_s)),
            file_window_s=float(values.get("file_window_s", stock.file_window_s)),
            file_cut_from=float(values.get("file_cut_from", stock.file_cut_from)),
            file_silence_s=float(values.get("file_silence_s", stock.file_silence_s)),
            file_pause_s=float(values.get("file_pause_s", stock.file_pause_s)),
            file_sentences=bool(values.get("file_sentences", stock.file_sentences)),
            previous_text=bool(values["previous_text"]),
            timestamps=bool(values.get("timestamps", False)),
            no_speech_limit=float(values.get("no_speech_limit", stock.no_speech_limit)),
            silence_logprob=float(values.get("silence_logprob", stock.silence_logprob)),
            sure=float(values.get("sure", stock.sure)),
            unsure_hearings=int(values.get("unsure_hearings", stock.unsure_hearings)),
            hold_s=float(values.get("hold_s", stock.hold_s)),
            hold_words=int(values.get("hold_words", stock.hold_words)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadFailed(f"{path} is no context policy ({error!r}); mend or remove it.") from error


def context_frames(samples: int, final: bool, policy: ContextPolicy, n_mels: int) -> int:
    """Mel frames of the smallest bucket that holds the window and the margin behind it.

    CTranslate2 takes an encoding of `n_mels` steps for features that are not encoded yet, and
    encodes it once more without an error (`is_encoded` in its layers/whisper.h). Such a bucket is
    made one encoder step longer.
    """
    buckets = policy.final_buckets_s if final else policy.partial_buckets_s
    needed = samples / HOP_SAMPLES + policy.margin_s * FRAMES_PER_S
    frames = min(round(buckets[-1] * FRAMES_PER_S), MAX_FRAMES)
    for bucket_s in buckets:
        if bucket_s * FRAMES_PER_S >= needed:
            frames = round(bucket_s * FRAMES_PER_S)
            break
    else:
        # The margin gives way before the audio does.
        frames = max(frames, min(2 * math.ceil(samples / HOP_SAMPLES / 2), MAX_FRAMES))
    return frames + 2 if frames // 2 == n_mels else frames


def _buckets(values: object) -> tuple[float, ...]:
    """Checked: ascending, above 0, 30 s at most."""
    if not isinstance(values, list):
        raise TypeError("buckets must be a list of seconds")
    buckets = tuple(float(value) for value in values)
    if not buckets or buckets != tuple(sorted(buckets)) or not 0 < buckets[0] <= buckets[-1] <= 30:
        raise ValueError(f"buckets must ascend within 0 … 30 s, not {values}")
    return buckets
