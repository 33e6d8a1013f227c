"""Sessions of held-out voices, as they are and with other pauses."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from realtime.audio.samples import silence
from realtime.load_test.synthetic.corpus import SessionSentence, SpokenSession, sessions
from realtime.load_test.synthetic.grammar import Language
from realtime.load_test.synthetic.speech import SpokenWord
from realtime.types import SAMPLE_RATE, Samples

SEED = 20
SPEAKERS: dict[Language, int] = {"en": 5, "ko": 4}
"""Number of held-out voices; this many sessions use each voice once."""
EDGE_S = 0.7
"""Silence before the first and after the last sentence of a respaced session."""
TRIM_DB = -45.0
"""Level relative to the loudest sample below which the ends of a sentence are trimmed."""
SHORT_PAUSE_S = (0.15, 0.4)
"""Range of pauses shorter than the hangover of 0.5 s, so that sentences form one utterance."""


def corpus(language: Language, seconds: float, seed: int = SEED) -> list[SpokenSession]:
    """One session per held-out voice, `seconds` s in total, each sentence an utterance."""
    count = SPEAKERS[language]
    return sessions(language, seconds / count, seed, count=count)


def flowing(language: Language, seconds: float, seed: int = SEED) -> list[SpokenSession]:
    """Like `corpus`, with pauses too short to end an utterance, so that chunks must be cut."""
    rng = random.Random(f"{language} {seed} pauses")
    return [
        respaced(session, session.sentences, lambda: rng.uniform(*SHORT_PAUSE_S))
        for session in corpus(language, seconds, seed)
    ]


def respaced(
    session: SpokenSession, sentences: Sequence[SessionSentence], pause_s: Callable[[], float]
) -> SpokenSession:
    """These sentences of a session, trimmed, with new pauses between them."""
    pieces, kept, length = [silence(EDGE_S)], [], round(EDGE_S * SAMPLE_RATE)
    for sentence in sentences:
        first, last = round(sentence.start_s * SAMPLE_RATE), round(sentence.end_s * SAMPLE_RATE)
        start, end = loud_span(session.samples[first:last])
        pause = silence(pause_s())
        pieces += [session.samples[first + start : first + end], pause]
        by_s = (length - first - start) / SAMPLE_RATE
        kept.append(
            moved(sentence, by_s, length / SAMPLE_RATE, (length + end - start) / SAMPLE_RATE)
        )
        length += end - start + len(pause)
    samples = np.concatenate([*pieces, silence(EDGE_S)])
    return replace(session, samples=samples, sentences=tuple(kept))


def conversation(
    sides: tuple[SpokenSession, SpokenSession], seconds: float, pause_s: Callable[[], float]
) -> tuple[SpokenSession, SpokenSession]:
    """Two sessions whose sentences take turns for at least `seconds` s, so that each side is silent
    while the other speaks. Both are equally long."""
    pieces = ([silence(EDGE_S)], [silence(EDGE_S)])
    kept: tuple[list[SessionSentence], list[SessionSentence]] = ([], [])
    length = round(EDGE_S * SAMPLE_RATE)
    for number in itertools.count():
        side = number % 2
        if side == 0 and length >= seconds * SAMPLE_RATE:
            break
        sentences = sides[side].sentences
        sentence = sentences[number // 2 % len(sentences)]
        first, last = round(sentence.start_s * SAMPLE_RATE), round(sentence.end_s * SAMPLE_RATE)
        spoken, pause = sides[side].samples[first:last], silence(pause_s())
        pieces[side].extend((spoken, pause))
        pieces[1 - side].append(np.zeros(len(spoken) + len(pause), np.float32))
        by_s = (length - first) / SAMPLE_RATE
        kept[side].append(moved(sentence, by_s, sentence.start_s + by_s, sentence.end_s + by_s))
        length += len(spoken) + len(pause)
    one, other = (
        replace(s, samples=np.concatenate([*audio, silence(EDGE_S)]), sentences=tuple(found))
        for s, audio, found in zip(sides, pieces, kept, strict=True)
    )
    return one, other


def loud_span(spoken: Samples) -> tuple[int, int]:
    """Range of samples without the quiet at both ends."""
    loud = np.flatnonzero(np.abs(spoken) > np.abs(spoken).max() * 10 ** (TRIM_DB / 20))
    return int(loud[0]), int(loud[-1]) + 1


def moved(sentence: SessionSentence, by_s: float, start_s: float, end_s: float) -> SessionSentence:
    """The sentence shifted by `by_s`, with its new start and end."""
    words = tuple(
        SpokenWord(word.text, word.start_s + by_s, word.end_s + by_s, word.exact)
        for word in sentence.words
    )
    return SessionSentence(start_s, end_s, sentence.text, words)


def rotated(session: SpokenSession, first: int) -> SpokenSession:
    """The same sentences, beginning with another one."""
    if first == 0:
        return session
    at = round((session.sentences[first].start_s - 0.3) * SAMPLE_RATE)
    behind, before = -at / SAMPLE_RATE, (len(session.samples) - at) / SAMPLE_RATE
    order = [*range(first, len(session.sentences)), *range(first)]
    sentences = []
    for index in order:
        sentence, by_s = session.sentences[index], behind if index >= first else before
        sentences.append(moved(sentence, by_s, sentence.start_s + by_s, sentence.end_s + by_s))
    samples = np.concatenate([session.samples[at:], session.samples[:at]])
    return replace(session, samples=samples, sentences=tuple(sentences))
