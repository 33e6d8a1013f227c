"""What has been said so far, and how much of it the client has received.

One `StreamTranscript` per stream. It keeps the words of the current utterance (`sent`: already in
finals; `stable`: shown and fixed; `loose`: shown, may change), gives every final its id, and is the
only place that enforces the guarantees of the protocol: stable text only grows, a final begins with
it, every id that was shown ends in exactly one final.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from realtime.session.agreement import LocalAgreement, Trust, count_known
from realtime.session.context import Context
from realtime.session.events import Final, Partial
from realtime.session.language import LanguageBelief
from realtime.session.matching import same_words, surer
from realtime.session.recall import Part, Recall
from realtime.session.seams import behind_cut, timed_by
from realtime.session.words import bare, join_words, without_final_punctuation
from realtime.speakers.turns import foremost, foremost_of, labelled
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Word


@dataclass(frozen=True, slots=True)
class Ending:
    """Everything in a final but its words. Times are in seconds on the session's clock."""

    start: float
    end: float
    language: str
    language_probability: float = 0.0
    words: bool = False
    """Include the words with their times."""
    endpoint: bool = False
    flush: bool = False
    lag_ms: int = 0
    options: DecodeOptions = field(default_factory=DecodeOptions)
    """The options that it was decoded with."""
    heard_s: float = 0.0
    """Length of the window that was decoded."""
    audio: tuple[int, int] | None = None
    """The range of audio that it covers, as sample indexes; None where it covers none."""
    silences: tuple[int, ...] = ()
    """Positions in `audio` where nobody speaks and a window may begin."""


class StreamTranscript:
    def __init__(
        self,
        first_id: int = 0,
        trust: Trust | None = None,
        recall: Recall | None = None,
        context_text: bool = True,
    ) -> None:
        """`first_id`: id of the first final, where an earlier session sent others. `trust`: when
        words become stable. `recall`: keeps good finals with their audio; `context_text`: their
        text is context for later windows."""
        self.finals = 0
        """Number of finals so far."""
        self.belief = LanguageBelief()
        """Which language is spoken, where the model detects it."""
        self.context = Context(enabled=context_text)
        """Text of good finals, for `DecodeOptions.previous_text`."""
        self.recall = recall or Recall(0)
        self._id = first_id
        self._shown = False
        """A partial with the current id was sent."""
        self._sent: list[Word] = []
        self._ahead: list[Word] = []
        self._shared = True
        self._stable: list[Word] = []
        self._longer: Word | None = None
        """The last stable word as the newest hypothesis continues it, if it does: 서울 → 서울에서.
        """
        self._agreement = LocalAgreement(trust)
        self.loose: list[Word] = []
        """The words after the stable ones in the newest partial."""
        self._agreed: list[Word] = []
        """The words after the stable ones on which two partials in a row agreed."""
        self._heard: list[Word] = []
        """The words after the stable ones in the newest partial that is no early final; none where
        that was doubtful."""
        self._last_end_s = 0.0

    def decode_options(
        self, options: DecodeOptions, start_s: float, duration_s: float
    ) -> DecodeOptions:
        """The options for a window of `duration_s` seconds, with context and expected languages."""
        return self.belief.apply(self.context.apply(options, start_s), duration_s)

    @property
    def next_id(self) -> int:
        """The id that the next partial or final carries."""
        return self._id

    @property
    def stable_end_s(self) -> float:
        """Where the stable words end; 0 where there are none."""
        return self._stable[-1].end_s if self._stable else 0.0

    @property
    def stable_text(self) -> str:
        return without_final_punctuation(join_words(self._stable))

    @property
    def continues(self) -> bool:
        """The next window hears words again that are already known."""
        return bool(self._sent or self._stable)

    def align(self, words: Sequence[Word], window_start_s: float) -> list[Word]:
        """The words of a hypothesis that are new: those after everything sent and stable."""
        # With nothing sent, the windows of an utterance all begin in the silence before it: none
        # cuts a word, so no word at their start is in doubt.
        edge_s = window_start_s if self._sent else -math.inf
        self._longer = None
        if self._sent and self._shared:
            known = [*self._sent, *(self._stable or self._ahead)]
            words = timed_by(known, words, window_start_s)
        if self._sent and not self._stable:
            shared = self._shared
            return behind_cut(self._sent, self._ahead, words, window_start_s, shared=shared)
        count = count_known(self._sent + self._stable, words, edge_s)
        if count and self._stable:
            last, again = self._stable[-1], words[count - 1]
            if bare(again.text) == bare(last.text):
                # Its punctuation was held back (see `stable_text`), so it may still change.
                self._stable[-1] = _respelled(last, again)
            else:
                self._longer = _continued(last, again)
        return list(words[count:])

    def surest(self, fresh: Sequence[Word]) -> list[Word]:
        """A final's words after the stable ones; where the newest partial heard others, the surer
        ones. It heard the same audio up to its end: a second opinion that costs nothing."""
        # Windows after a cut begin in mid-speech: their first words are in doubt in both.
        start = [] if self._sent else [(-1, -1)]
        return surer(self._heard, fresh, [*start, *same_words(self._heard, fresh)])

    def partial(
        self,
        fresh: Sequence[Word],
        start_s: float,
        end_s: float,
        lag_ms: int,
        *,
        settled: bool = False,
        doubtful: bool = False,
    ) -> Partial | None:
        """Show a partial; None where there is nothing to show.

        `fresh`: the words that `align` returned; `end_s`: end of the window; `settled`: an early
        final, whose window ends in silence, so that no word is half heard; `doubtful`: no final is
        compared with it.
        """
        agreed = self._agreement.agree(fresh, end_s, settled=settled)
        if agreed.words:  # what follows the word was heard twice, so its end was too
            self._lengthen()
        self._stable += agreed.words
        self.loose = list(fresh[agreed.count :])
        if settled:
            self._heard = self._heard[count_known(agreed.words, self._heard, -math.inf) :]
        else:
            self._heard = [] if doubtful else self.loose
        self._agreed = self.loose[: agreed.common]
        text = join_words([*self._shown_words(), *self.loose])
        if not text and not self._shown:
            return None
        self._shown = True
        start_s = max(start_s, self._last_end_s)
        stable = self.stable_text
        settled_s = tuple(word.end_s for word in agreed.words)
        return Partial(self._id, text, stable, start_s, max(start_s, end_s), lag_ms, settled_s)

    def settle(
        self,
        fresh: Sequence[Word],
        unsettled: Sequence[Word],
        start_s: float,
        end_s: float,
        lag_ms: int,
    ) -> Partial | None:
        """Show certain words, followed by `unsettled` ones; None as for `partial`."""
        self._stable += fresh
        self.loose = list(unsettled)
        text = join_words([*self._stable, *unsettled])
        if not text and not self._shown:
            return None
        self._shown = True
        start_s = max(start_s, self._last_end_s)
        settled_s = tuple(word.end_s for word in fresh)
        end_s = max(start_s, end_s)
        return Partial(self._id, text, self.stable_text, start_s, end_s, lag_ms, settled_s)

    def final(
        self, fresh: Sequence[Word], hypothesis: Hypothesis | None, ending: Ending
    ) -> Final | None:
        """Close the current id with its stable words and `fresh`.

        `hypothesis`: None where a decode failed, or nothing was to be decoded.
        Returns None where a hypothesis brought no words, nothing was shown, and no flush waits.
        """
        if hypothesis is not None:
            self._lengthen()
            if ending.options.language is None:
                self.belief.update(hypothesis, ending.heard_s)
        words = [*self._stable, *fresh]
        if hypothesis is not None and hypothesis.doubtful:
            words += self._left_out(words)
        text = join_words(words)
        if not (text or self._shown or ending.flush or hypothesis is None):
            return None
        start_s = max(ending.start, self._last_end_s)
        end_s = max(start_s, ending.end)
        turns = hypothesis.turns if hypothesis is not None else None
        named = labelled(words, turns or ())
        speaker = foremost_of(named)
        final = Final(
            id=self._id,
            text=text,
            start=start_s,
            end=end_s,
            language=ending.language,
            language_probability=ending.language_probability,
            confidence=_confidence(hypothesis) if hypothesis and text else 0.0,
            words=_inside(named, start_s, end_s) if ending.words else None,
            endpoint=ending.endpoint,
            flush=ending.flush,
            lag_ms=ending.lag_ms,
            diarized=turns is not None,
            speaker=foremost(turns or (), start_s, end_s) if speaker is None else speaker,
            settled_s=tuple(word.end_s for word in words[len(self._stable) :]),
        )
        if ending.audio is not None:
            good = hypothesis is not None and not hypothesis.doubtful
            self.recall.add(_part(words, ending, ending.audio)) if good else self.recall.forget()
        if text and not (hypothesis and hypothesis.doubtful):
            self.context.add(words, ending.language, ending.options)
        self._sent += words
        self._close(end_s)
        return final

    def forget_utterance(self) -> None:
        """Begin a new utterance, whose windows hear no known words."""
        self._sent.clear()
        self._ahead.clear()

    def foresee(self, ahead: Sequence[Word], *, shared: bool) -> None:
        """Keep the words that the last final's window heard after it; the next one hears them too.

        `shared`: the next window also hears words of the final again."""
        self._ahead, self._shared = list(ahead), shared

    def _left_out(self, words: Sequence[Word]) -> list[Word]:
        """Words after the last of `words` on which two partials agreed. A final that leaves speech
        without words is less reliable than two partials."""
        end_s = words[-1].end_s if words else 0.0
        return [word for word in self._agreed if word.middle_s > end_s]

    def _lengthen(self) -> None:
        """Replace the last stable word by its continued form, if there is one."""
        if self._longer is not None:
            self._stable[-1], self._longer = self._longer, None

    def _shown_words(self) -> list[Word]:
        """The stable words, the last one in its continued form if there is one."""
        return [*self._stable[:-1], self._longer] if self._longer is not None else self._stable

    def _close(self, end_s: float) -> None:
        self.finals += 1
        self._id += 1
        self._shown = False
        self._stable = []
        self._longer = None
        self._agreed = []
        self._heard = []
        self._agreement.reset()
        self._last_end_s = end_s

    @property
    def open(self) -> bool:
        """The current id was shown and needs its final."""
        return self._shown


def _part(words: Sequence[Word], ending: Ending, audio: tuple[int, int]) -> Part:
    return Part(*audio, ending.silences, tuple(words), ending.language, ending.options)


def _confidence(hypothesis: Hypothesis) -> float:
    """exp(mean token log-probability), multiplied by the share of the speech that has words."""
    return math.exp(min(0.0, hypothesis.avg_logprob)) * hypothesis.coverage


def _respelled(word: Word, other: Word) -> Word:
    """`word` with the final punctuation of `other`: the client may rely on its letters, not on its
    punctuation."""
    text = without_final_punctuation(word.text)
    tail = other.text[len(without_final_punctuation(other.text)) :]
    return replace(word, text=text + tail)


def _continued(word: Word, other: Word) -> Word | None:
    """`other` if it begins with all letters of `word`, which keep their spelling; else None."""
    text = without_final_punctuation(word.text)
    if not bare(text) or other.text[: len(text)].casefold() != text.casefold():
        return None
    return replace(other, text=text + other.text[len(text) :], start_s=word.start_s)


def _inside(words: Sequence[Word], start_s: float, end_s: float) -> tuple[Word, ...]:
    """The words, with times clipped to the final and never running backwards."""
    result, at = [], start_s
    for word in words:
        begin = min(max(word.start_s, at), end_s)
        at = min(max(word.end_s, begin), end_s)
        result.append(replace(word, start_s=begin, end_s=at))
    return tuple(result)


def seconds(position: int) -> float:
    """Sample index → seconds on the session's clock."""
    return position / SAMPLE_RATE
