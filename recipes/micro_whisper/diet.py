"""The mixture of training windows: shares of each kind that a server may give the model."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.load_test.synthetic.grammar import Language


@dataclass(frozen=True, slots=True)
class Diet:
    """The mixture of training windows. Shares are probabilities, 0 … 1."""

    single: float = 0.3
    """Share of windows with one sentence alone."""
    truncated: float = 0.0
    """Share of single sentences that are cut in mid-sentence."""
    bordered: float = 0.0
    """Share of single sentences with fragments of others before and after them, as when slightly
    wrong times cut a sentence out of speech without pauses. A fragment is less than a word, so it
    has no text."""
    silent: float = 0.05
    translated: float = 0.35
    """Share of translations, among windows all of whose sentences have one."""
    timestamps: float = 0.5
    prompted: float = 0.25
    prompt_sentences: tuple[int, ...] = (1, 2)
    distorted: float = 0.0
    """Share of sentences played about a tenth faster or slower, which makes a new voice."""
    joined: float = 0.0
    """Share of windows with several sentences that have hardly a pause between them."""
    flowing: float = 0.0
    """Share of windows with several sentences that have the pauses of fluent speech."""
    entered: float = 0.0
    """Share of windows with several sentences that begin in mid-word, for lack of a pause."""
    same_speaker: float = 0.0
    """Share of windows with several sentences that have only one voice."""
    languages: tuple[Language, ...] = ("en", "ko", "en")
