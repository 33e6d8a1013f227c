"""How long speakers wait for their words: matches spoken words with messages, by their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from realtime.load_test.player import Arrival, Playback
from realtime.load_test.synthetic.corpus import SessionSentence

SHARED_S = 0.05
"""A message belongs to a sentence if their spans overlap by more than this."""


@dataclass(slots=True)
class Waits:
    """Seconds that speakers waited, one entry per utterance (`word_s`: one per word)."""

    first_partial_s: list[float] = field(default_factory=list)
    """From the end of the first word, as spoken, to the first partial with text."""
    first_word_s: list[float] = field(default_factory=list)
    """From the end of the first word to a message that begins with that word as in the final."""
    word_s: list[float] = field(default_factory=list)
    """From the end of each word until it was stable, that is until it would not change again."""
    final_s: list[float] = field(default_factory=list)
    """From the end of the last word to the final, hangover included."""
    final_at_s: list[float] = field(default_factory=list)
    """When those finals arrived, on the streams' clocks, or on the run's: see `add`."""
    utterances: int = 0
    unanswered: int = 0
    """Utterances without any final."""

    def add(
        self, sentences: Sequence[SessionSentence], played: Playback, begun_s: float = 0.0
    ) -> None:
        """Match sentences with messages. Sentences without word times are left out.

        `begun_s`: when the stream began, on the run's clock.
        """
        for sentence in sentences:
            if not sentence.words:
                continue
            first, last = sentence.words[0], sentence.words[-1]
            self.utterances += 1
            finals = [a for a in played.finals if _covers(a, first.start_s, last.end_s)]
            if not finals:
                self.unanswered += 1
                continue
            self.final_s.append(finals[-1].at_s - last.end_s)
            self.final_at_s.append(begun_s + finals[-1].at_s)
            display = [a for a in played.partials if _covers(a, first.start_s, last.end_s)]
            display = sorted([*display, *finals], key=lambda a: a.at_s)
            spoken = [a for a in display if a.message["text"]]
            if spoken:
                self.first_partial_s.append(spoken[0].at_s - first.end_s)
                word = finals[0].message["text"].split(" ")[0]
                right = (a for a in spoken if a.message["text"].startswith(word))
                self.first_word_s.append(next(right, spoken[-1]).at_s - first.end_s)
            if len(finals) == 1:
                self._add_words(sentence, display)

    def _add_words(self, sentence: SessionSentence, display: list[Arrival]) -> None:
        """Word k is stable once `stable` has more than k words. Words are counted only where the
        final has as many as were spoken, since they cannot be matched otherwise."""
        final = next(a for a in display if a.type == "final")
        if len(final.message["text"].split()) != len(sentence.words):
            return
        counts = [(a.at_s, _stable_words(a)) for a in display]
        for index, word in enumerate(sentence.words):
            at_s = next(at_s for at_s, count in counts if count > index)
            self.word_s.append(at_s - word.end_s)


def _stable_words(arrival: Arrival) -> int:
    text = arrival.message["text" if arrival.type == "final" else "stable"]
    return len(str(text).split())


def _covers(arrival: Arrival, start_s: float, end_s: float) -> bool:
    message = arrival.message
    return min(float(message["end"]), end_s) - max(float(message["start"]), start_s) > SHARED_S
