"""What training windows are made of: how much of each that a server may put before the model."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.load_test.synthetic.grammar import Language


@dataclass(frozen=True, slots=True)
class Diet:
    """What windows are made of. Shares are probabilities, 0 … 1."""

    single: float = 0.3
    """One sentence alone."""
    truncated: float = 0.0
    """Of single sentences: cut in mid-sentence."""
    bordered: float = 0.0
    """Of single sentences: with a little of others right before and behind, as where times that are
    a bit wrong cut one out of speech without pauses. Less than a word, so nothing is written."""
    silent: float = 0.05
    translated: float = 0.35
    """Of windows all of whose sentences have a translation."""
    timestamps: float = 0.5
    prompted: float = 0.25
    prompt_sentences: tuple[int, ...] = (1, 2)
    distorted: float = 0.0
    """Of sentences: played up to a tenth faster or slower, which makes a new voice of it."""
    joined: float = 0.0
    """Of windows with several sentences: in one breath, hardly a pause between them."""
    flowing: float = 0.0
    """Of the same: pauses as in fluent speech."""
    entered: float = 0.0
    """Of windows with several sentences: begins in mid-word, as where a cut found no pause."""
    same_speaker: float = 0.0
    """Of windows: one voice says all of it."""
    languages: tuple[Language, ...] = ("en", "ko", "en")
