"""Which language is spoken in a stream with language `auto`, by everything heard so far.

A short word can sound like any language: half of Korean utterances of 0.8 s were detected as
another one, by up to 20 to 1; from 2 s on none was, and the right one wins by at least 60 to 1
(stock `base`, 40 recordings of people). So earlier speech is weighted by its length and certainty,
and the sound of a window by its length: a short utterance stays in the language of the stream, a
sentence in another one changes it.
"""

from __future__ import annotations

from dataclasses import replace

from realtime.types import DecodeOptions, Hypothesis

WHOLE_S = 3.0
"""Length of audio from which its sound counts in full; shorter audio counts in proportion."""
LEAST_S = 0.3
PRIOR_S = 0.3
"""Added to each language, as if this much of it had been heard before."""
HALF_S = 20.0
"""Speech counts half after this much more has been heard. The weights then stay within 1 to 100, so
that a sentence in a new language prevails, however long the stream is."""


class LanguageBelief:
    """How much of each language one stream has spoken."""

    def __init__(self) -> None:
        self._heard_s: dict[str, float] = {}
        """Seconds heard in each language, weighted by certainty and decaying over time."""

    def apply(self, options: DecodeOptions, duration_s: float) -> DecodeOptions:
        """The options with the languages expected in the next window, of `duration_s` seconds."""
        if options.language is not None or not self._heard_s:
            return options
        # Giving the sound less weight is the same as giving the expectation more.
        power = 1 / _share(duration_s)
        most_s = max(self._heard_s.values()) + PRIOR_S
        weights = {code: (s + PRIOR_S) / most_s for code, s in self._heard_s.items()}
        weights[""] = PRIOR_S / most_s
        return replace(options, expected=tuple((c, w**power) for c, w in weights.items()))

    def update(self, hypothesis: Hypothesis, duration_s: float) -> None:
        """Learn from a final in which the model detected the language."""
        if not hypothesis.text:
            return
        probabilities = hypothesis.languages or (
            (hypothesis.language, hypothesis.language_probability),
        )
        share = _share(duration_s)
        scores = {
            code: probability**share * (self._heard_s.get(code, 0.0) + PRIOR_S)
            for code, probability in probabilities
        }
        total, decay = sum(scores.values()) or 1.0, 0.5 ** (duration_s / HALF_S)
        for code in self._heard_s.keys() | scores.keys():
            fresh_s = duration_s * scores.get(code, 0.0) / total
            self._heard_s[code] = self._heard_s.get(code, 0.0) * decay + fresh_s


def _share(duration_s: float) -> float:
    """How much the sound of `duration_s` seconds counts, up to 1."""
    return min(1.0, max(duration_s, LEAST_S) / WHOLE_S)
