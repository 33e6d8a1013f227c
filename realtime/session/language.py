"""Which language a stream speaks that says `auto`, by all that was heard of it so far.

A short word sounds like anything: half of Korean utterances of 0.8 s are told as another language,
by up to 20 to 1; from 2 s on none was, and the right one wins by 60 to 1 at least (stock `base`,
40 recordings of people). So what was heard before weighs as much as it was long and sure, and the
sound of a window as much as it is long: a short utterance stays in the language of the stream, a
sentence in another one changes it.
"""

from __future__ import annotations

from dataclasses import replace

from realtime.types import DecodeOptions, Hypothesis

WHOLE_S = 3.0
"""Audio from which on its sound counts in full; shorter audio counts in proportion."""
LEAST_S = 0.3
PRIOR_S = 0.3
"""As if so much of each language had been heard before."""
HALF_S = 20.0
"""What was heard so long ago counts half: the weights stay within 1 to 100, so that a sentence in a
new language is stronger, however long the stream."""


class Belief:
    """The languages of one stream."""

    def __init__(self) -> None:
        self._heard_s: dict[str, float] = {}
        """Seconds in each language, as sure as they are and forgotten by and by."""

    def asked(self, options: DecodeOptions, duration_s: float) -> DecodeOptions:
        """The options with what to expect of the next window, of so many seconds."""
        if options.language is not None or not self._heard_s:
            return options
        # Weighing the sound less is weighing the expectation more.
        power = 1 / _share(duration_s)
        most_s = max(self._heard_s.values()) + PRIOR_S
        weights = {code: (s + PRIOR_S) / most_s for code, s in self._heard_s.items()}
        weights[""] = PRIOR_S / most_s
        return replace(options, expected=tuple((c, w**power) for c, w in weights.items()))

    def hear(self, told: Hypothesis, duration_s: float) -> None:
        """A final in which the model told the language."""
        if not told.text:
            return
        heard = told.languages or ((told.language, told.language_probability),)
        share = _share(duration_s)
        scores = {
            code: probability**share * (self._heard_s.get(code, 0.0) + PRIOR_S)
            for code, probability in heard
        }
        total, kept = sum(scores.values()) or 1.0, 0.5 ** (duration_s / HALF_S)
        for code in self._heard_s.keys() | scores.keys():
            fresh_s = duration_s * scores.get(code, 0.0) / total
            self._heard_s[code] = self._heard_s.get(code, 0.0) * kept + fresh_s


def _share(duration_s: float) -> float:
    """How much the sound of so many seconds counts, up to 1."""
    return min(1.0, max(duration_s, LEAST_S) / WHOLE_S)
