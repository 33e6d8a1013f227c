"""Training windows: every kind of input that a server may give the model, with its target.

Single sentences and several with pauses; sentences that the window cuts (the text then ends with
the last complete word); silence and noise; loud and faint; with timestamps and without; with and
without earlier text; transcribed or translated.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from realtime.load_test.synthetic.grammar import LANGUAGES, Language
from realtime.load_test.synthetic.speech import SpokenWord
from realtime.types import SAMPLE_RATE, Samples
from recipes.micro_whisper.dataset import Clip
from recipes.micro_whisper.diet import Diet
from recipes.micro_whisper.room import Room
from recipes.micro_whisper.tokens import (
    Vocabulary,
    encode,
    language_token,
    starts_word,
    timestamp,
    tokenizer,
)

IGNORED = -1
"""Target of a position without a loss."""
_LONGEST_PROMPT = 223
"""Maximum tokens of earlier text in a decoder's prompt (half the text context, minus one)."""

_FRAGMENT = 0.5
"""Largest part of a neighbouring word that is audible across a border."""
_SHORT_WORD_S = 0.3
"""Assumed length of a word if the synthesiser reports none."""

Span = tuple[float, float]
Pauses = Literal["none", "short", "any"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence in a window."""

    clip: Clip
    start_s: float
    end_s: float | None
    """None if the window ends before the sentence."""
    text: str
    """The part of the sentence that is in the window."""
    whole: bool
    words: tuple[SpokenWord, ...]
    """Words, with times relative to the window."""


@dataclass(slots=True)
class Example:
    """One window and the decoder's target for it."""

    samples: Samples
    """At most the length of the window; the rest is padding."""
    tokens: list[int]
    """Input and target together: prompt, start of transcript, task, body, end."""
    targets: list[int]
    """For each token except the last, the next token or `IGNORED`."""
    ctc: list[int] = field(default_factory=list)
    """Text tokens in the order of the speech; none for translations."""
    spans: list[Span | None] = field(default_factory=list)
    """For each target, the time of its word in s, or None if unknown."""


class WindowMaker:
    """Makes windows from clips. Equal seeds give equal windows."""

    def __init__(self, clips: Sequence[Clip], known: Vocabulary, diet: Diet, seed: str) -> None:
        self._pools = {
            language: [clip for clip in clips if clip.sentence.language == language]
            for language in LANGUAGES
        }
        speakers: dict[tuple[Language, str], list[Clip]] = defaultdict(list)
        for clip in clips:
            speakers[clip.sentence.language, clip.voice.speaker].append(clip)
        self._speakers = speakers
        self._languages = tuple(name for name in diet.languages if self._pools[name])
        self._known = known
        self._diet = diet
        self._rng = random.Random(seed)
        self._room = Room(self._rng)

    def make(self, window_s: float) -> Example:
        """One window of at most `window_s` s."""
        rng, diet = self._rng, self._diet
        language = rng.choice(self._languages)
        if rng.random() < diet.silent:
            return self._silence(language, window_s)
        if rng.random() < diet.single:
            samples, segments = self._single(language, window_s)
        else:
            samples, segments = self._several(language, window_s)
        samples = self._room.heard(samples)
        translatable = bool(segments) and all(
            segment.whole and segment.clip.sentence.translation for segment in segments
        )
        translating = translatable and rng.random() < diet.translated
        return self._written(language, samples, segments, translating)

    def _written(
        self, language: Language, samples: Samples, segments: Sequence[Segment], translating: bool
    ) -> Example:
        special = tokenizer()
        stamps = self._rng.random() < self._diet.timestamps
        body: list[int] = []
        spans: list[Span | None] = []
        heard: list[int] = []
        for segment in segments:
            text = segment.clip.sentence.translation or "" if translating else segment.text
            tokens = encode(text) if text else []
            if not self._known.knows(tokens):
                tokens = []
            elif segment.end_s is None and stamps and self._rng.random() < 0.4:
                tokens = []  # as in Whisper: the next window may have the segment
            if stamps:
                body.append(timestamp(segment.start_s))
                spans.append(None)
            body += tokens
            spans += [None] * len(tokens) if translating else token_spans(tokens, segment.words)
            if not translating:
                heard += tokens
            if stamps and segment.end_s is not None:
                body.append(timestamp(segment.end_s))
                spans.append(None)
        task = special.translate if translating else special.transcribe
        manner = [language_token(language), task, *([] if stamps else [special.no_timestamps])]
        prompt = self._prompt(language)
        return Example(
            samples,
            [*prompt, special.sot, *manner, *body, special.eot],
            [*[IGNORED] * len(prompt), *manner, *body, special.eot],
            heard,
            [*[None] * (len(prompt) + len(manner)), *spans, None],
        )

    def _prompt(self, language: Language) -> list[int]:
        if self._rng.random() >= self._diet.prompted:
            return []
        tokens: list[int] = []
        for _ in range(self._rng.choice(self._diet.prompt_sentences)):
            tokens += encode(self._rng.choice(self._pools[language]).sentence.written)
        kept = [token for token in tokens[-_LONGEST_PROMPT:] if token in self._known.rows]
        return [int(tokenizer().sot_prev), *kept]

    def _silence(self, language: Language, window_s: float) -> Example:
        """A window without speech: the no-speech token at the start, and no text."""
        special, rng = tokenizer(), self._rng
        count = round(window_s * SAMPLE_RATE)
        samples = np.zeros(count, np.float32)
        if rng.random() < 0.7:
            samples = self._room.noise(count) * np.float32(10 ** rng.uniform(-4.5, -1.2))
        manner = [language_token(language), int(special.transcribe)]
        if rng.random() < 0.5:
            manner.append(int(special.no_timestamps))
        tokens = [int(special.sot), *manner, int(special.eot)]
        targets = [int(special.no_speech), *tokens[2:]]
        return Example(samples, tokens, targets, [], [None] * len(targets))

    # --- audio ------------------------------------------------------------------------------------

    def _single(self, language: Language, window_s: float) -> tuple[Samples, list[Segment]]:
        """One sentence or its first part, with a little silence or fragments around it."""
        rng = self._rng
        bordered = rng.random() < self._diet.bordered
        lead = self._silent(0, 0.5)
        clip, samples, words = self._clip(self._pools[language], window_s - 0.5)
        if bordered:
            lead = np.concatenate([self._fragment(clip, -1), self._silent(0, 0.12)])
        lead_s = len(lead) / SAMPLE_RATE
        until_s = window_s - lead_s
        if rng.random() < self._diet.truncated and len(words) > 1:
            # Cut inside the next word, whose text is then left out: only complete words count.
            following = words[rng.randrange(1, len(words))]
            length_s = following.end_s - following.start_s
            until_s = min(until_s, following.start_s + rng.uniform(0, 0.6) * length_s)
        segment, part = _segment(clip, samples, words, lead_s, until_s)
        tail = self._silent(0.02, 0.6)
        if bordered:
            tail = np.concatenate([self._silent(0, 0.12), self._fragment(clip, 0)])
        pieces = [lead, part] if segment.end_s is None else [lead, part, tail]
        return np.concatenate(pieces)[: round(window_s * SAMPLE_RATE)], [segment]

    def _silent(self, least_s: float, most_s: float) -> Samples:
        return np.zeros(round(self._rng.uniform(least_s, most_s) * SAMPLE_RATE), np.float32)

    def _fragment(self, clip: Clip, index: int) -> Samples:
        """The end of another sentence's last word (`index` -1) or the start of its first (0): too
        short to be understood, and sometimes empty."""
        sentence = clip.sentence
        other = self._rng.choice(self._speakers[sentence.language, clip.voice.speaker])
        samples = other.pcm.astype(np.float32) / np.float32(32767)
        first_s, last_s = 0.0, len(samples) / SAMPLE_RATE
        length_s = _SHORT_WORD_S
        if other.words:
            word = other.words[index]
            first_s, last_s = word.start_s, word.end_s
            length_s = last_s - first_s
        part_s = self._rng.uniform(0, _FRAGMENT) * length_s
        start_s, end_s = (last_s - part_s, last_s) if index else (first_s, first_s + part_s)
        return samples[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]

    def _several(self, language: Language, window_s: float) -> tuple[Samples, list[Segment]]:
        """Sentences with pauses until the window, or a random part of it, is full."""
        rng, diet = self._rng, self._diet
        pool = self._pools[language]
        if rng.random() < diet.same_speaker:
            pool = self._speakers[language, rng.choice(pool).voice.speaker]
        pauses = self._pauses()
        fill_s = rng.uniform(0.25, 1.0) * window_s
        time_s = rng.uniform(0, 1.2) if rng.random() < 0.7 else rng.uniform(0, 0.15)
        entering = rng.random() < diet.entered
        pieces = [np.zeros(0 if entering else round(time_s * SAMPLE_RATE), np.float32)]
        segments: list[Segment] = []
        while True:
            time_s = sum(map(len, pieces)) / SAMPLE_RATE
            room_s = window_s - time_s
            clip, samples, words = self._clip(pool, room_s)
            heard = words
            if entering and not segments and len(words) > 1:
                samples, heard = self._entered(samples, words)
            fits = len(samples) / SAMPLE_RATE <= room_s - 0.05
            if not fits and segments and (room_s < 0.4 or rng.random() < 0.5):
                break
            loudness = np.float32(10 ** rng.uniform(-0.35, 0))
            segment, part = _segment(clip, samples, heard, time_s, room_s, len(heard) < len(words))
            segments.append(segment)
            pieces.append(part * loudness)
            gap_s = self._gap_s(pauses)
            ended_s = time_s + len(part) / SAMPLE_RATE + gap_s
            if not fits or ended_s > min(fill_s, window_s - 0.1):
                break
            pieces.append(np.zeros(round(gap_s * SAMPLE_RATE), np.float32))
        return np.concatenate(pieces)[: round(window_s * SAMPLE_RATE)], segments

    def _pauses(self) -> Pauses:
        """Draw the kind of pauses in a window."""
        drawn = self._rng.random()
        if drawn < self._diet.joined:
            return "none"
        return "short" if drawn < self._diet.joined + self._diet.flowing else "any"

    def _gap_s(self, pauses: Pauses) -> float:
        rng = self._rng
        if pauses == "none":
            return rng.uniform(0, 0.15)
        if pauses == "short":
            return rng.uniform(0.1, 0.45)
        return rng.uniform(0.1, 0.8) if rng.random() < 0.7 else rng.uniform(0.8, 3.0)

    def _entered(
        self, samples: Samples, words: tuple[SpokenWord, ...]
    ) -> tuple[Samples, tuple[SpokenWord, ...]]:
        """The rest of a sentence after a cut inside any of its words except the last."""
        word = self._rng.choice(words[:-1])
        cut_s = word.start_s + self._rng.uniform(0.3, 1.0) * (word.end_s - word.start_s)
        heard = tuple(following for following in words if following.start_s >= cut_s)
        if not heard:  # the remaining words share one span
            return samples, words
        return samples[round(cut_s * SAMPLE_RATE) :], _moved(heard, -cut_s)

    def _clip(
        self, pool: Sequence[Clip], room_s: float
    ) -> tuple[Clip, Samples, tuple[SpokenWord, ...]]:
        """A random clip, possibly at another speed, with the times of its words.

        Clips that do not fit should have word times, which flite does not report: without them the
        text of the cut clip is unknown.
        """
        rng = self._rng
        clip = rng.choice(pool)
        for _ in range(20):
            if clip.words or len(clip.pcm) / SAMPLE_RATE < room_s * 0.8:
                break
            clip = rng.choice(pool)
        samples = clip.pcm.astype(np.float32) / np.float32(32767)
        if rng.random() >= self._diet.distorted:
            return clip, samples, clip.words
        speed = rng.uniform(0.9, 1.13)
        places = np.arange(int(len(samples) / speed)) * speed
        samples = np.interp(places, np.arange(len(samples)), samples).astype(np.float32)
        return clip, samples, _moved(clip.words, 0.0, 1 / speed)


def token_spans(tokens: Sequence[int], words: Sequence[SpokenWord]) -> list[Span | None]:
    """For each text token, the time of its word, or None if unknown."""
    spans: list[Span | None] = []
    index = -1
    for token in tokens:
        index += starts_word(token)
        known = 0 <= index < len(words)
        spans.append((words[index].start_s, words[index].end_s) if known else None)
    return spans


def _segment(
    clip: Clip,
    samples: Samples,
    words: tuple[SpokenWord, ...],
    start_s: float,
    until_s: float,
    entered: bool = False,
) -> tuple[Segment, Samples]:
    """A clip that begins at `start_s` of the window and is cut after at most `until_s` s.

    `entered`: `words` and `samples` are only the rest of the clip, from some word on.
    """
    duration_s = len(samples) / SAMPLE_RATE
    if duration_s <= until_s:
        text = _text(words) if entered else clip.sentence.written
        end_s = start_s + duration_s
        return Segment(clip, start_s, end_s, text, not entered, _moved(words, start_s)), samples
    heard = tuple(word for word in words if word.end_s <= until_s)
    part = samples[: max(0, round(until_s * SAMPLE_RATE))]
    text = _text(heard).rstrip(" .,?")
    return Segment(clip, start_s, None, text, False, _moved(heard, start_s)), part


def _text(words: Sequence[SpokenWord]) -> str:
    return " ".join(word.text for word in words)


def _moved(words: Sequence[SpokenWord], by_s: float, factor: float = 1.0) -> tuple[SpokenWord, ...]:
    return tuple(
        SpokenWord(word.text, word.start_s * factor + by_s, word.end_s * factor + by_s, word.exact)
        for word in words
    )
