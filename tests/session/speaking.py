"""Scripts of speech, sessions that transcribe them, and the promises of every session."""

from __future__ import annotations

import numpy as np

from realtime.backends.scripted import Hearing, Script, ScriptedBackend, ScriptedWord
from realtime.session.chunker import samples
from realtime.session.events import Final, Partial
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from tests.session.driver import Driver, SpanDetector

SPELLING = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november"
WORDS = SPELLING.split()


def utterances(*starts_s: float, words: int = 5, word_s: float = 0.3, gap_s: float = 0.1) -> Script:
    """Sentences that begin at these times."""
    spoken, at = [], iter(WORDS * 20)
    for start_s in starts_s:
        for i in range(words):
            begin = start_s + i * (word_s + gap_s)
            spoken.append(ScriptedWord(next(at), begin, begin + word_s))
    return Script(tuple(spoken))


def spans(script: Script, join_s: float = 0.2) -> list[tuple[float, float]]:
    """Spans of speech in the script, with the gaps inside sentences filled."""
    joined: list[tuple[float, float]] = []
    for word in script.words:
        if joined and word.start_s - joined[-1][1] <= join_s:
            joined[-1] = (joined[-1][0], word.end_s)
        else:
            joined.append((word.start_s, word.end_s))
    return joined


def make(
    script: Script, options: SessionOptions | None = None, delay: int = 0, **hearing: object
) -> Driver:
    backend = ScriptedBackend(script, Hearing(**hearing))  # type: ignore[arg-type]
    return Driver(Session(options or SessionOptions(), SpanDetector(spans(script))), backend, delay)


def audio(seconds: float) -> np.ndarray:
    return np.zeros(samples(seconds), np.float32)


def said(script: Script) -> str:
    return " ".join(word.text for word in script.words)


def check_promises(driver: Driver) -> None:
    """Check the protocol's promises for every stream."""
    seen: dict[int, str] = {}
    final_ids: list[int] = []
    last_end = 0.0
    for event in driver.events:
        if isinstance(event, Partial):
            assert event.id not in final_ids
            assert event.text.startswith(event.stable)
            assert event.stable.startswith(seen.get(event.id, ""))
            assert event.end >= event.start
            seen[event.id] = event.stable
        elif isinstance(event, Final):
            assert event.id not in final_ids
            assert event.id == len(final_ids)
            assert event.text.startswith(seen.get(event.id, ""))
            assert last_end <= event.start <= event.end
            times = [t for word in event.words or () for t in (word.start_s, word.end_s)]
            assert times == sorted(times)
            assert all(event.start <= t <= event.end for t in times)
            last_end = event.end
            final_ids.append(event.id)
    assert set(seen) <= set(final_ids)
