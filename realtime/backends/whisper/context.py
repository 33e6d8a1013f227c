"""Chooses the encoder's context from buckets, so that windows of many lengths share a call."""

from __future__ import annotations

import math

from realtime.backends.whisper.features import FRAMES_PER_S, HOP_SAMPLES
from realtime.backends.whisper.traits import WhisperTraits

MAX_FRAMES = 3000  # 30 s, the length of Whisper's position embedding


def context_frames(samples: int, final: bool, traits: WhisperTraits, n_mels: int) -> int:
    """Mel frames of the smallest bucket that holds the window and the margin behind it.

    CTranslate2 mistakes an encoding of `n_mels` steps for features that are not encoded yet, and
    encodes it once more without an error (`is_encoded` in its layers/whisper.h). Such a bucket is
    made one encoder step longer.
    """
    buckets = traits.final_buckets_s if final else traits.partial_buckets_s
    needed = samples / HOP_SAMPLES + traits.margin_s * FRAMES_PER_S
    frames = min(round(buckets[-1] * FRAMES_PER_S), MAX_FRAMES)
    for bucket_s in buckets:
        if bucket_s * FRAMES_PER_S >= needed:
            frames = round(bucket_s * FRAMES_PER_S)
            break
    else:
        # The margin is shortened before the audio is.
        frames = max(frames, min(2 * math.ceil(samples / HOP_SAMPLES / 2), MAX_FRAMES))
    return frames + 2 if frames // 2 == n_mels else frames
