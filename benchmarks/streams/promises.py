"""Counts broken promises of the live protocol over random sessions.

Random words, pauses, options, recognition errors, packet sizes and delays of the model, with flush,
clear and failures in between; the session and the scripted backend in virtual time. The checks read
the JSON messages, as a client does. Required over 1,000 sessions: no stable text is retracted, no
final changes, each id has exactly one final, and no time decreases.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from benchmarks.shared.rows import Row, parser, show
from realtime.backends.scripted import Hearing, Script, ScriptedBackend, ScriptedWord
from realtime.errors import DecodeFailed
from realtime.live.outbox import Outbox
from realtime.load_test.machine import machine
from realtime.session.chunker import ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, Samples
from realtime.vad.base import FRAME_SAMPLES, Probabilities

KINDS = ("retracted", "changed", "ids", "times")
POOL = (
    *("five", "nine", "oh", "two", "alpha", "bravo", "charlie", "delta", "echo"),
    *("안녕하세요", "제품", "구매", "문의", "입니다"),
)


class ScriptDetector:
    """Detects speech where the script has words, with random errors (`flicker`)."""

    def __init__(self, script: Script, flicker: float, seed: int) -> None:
        self._script, self._flicker = script, flicker
        self._rng = np.random.default_rng(seed)
        self._position = 0

    def probabilities(self, samples: Samples) -> Probabilities:
        at = (self._position + np.arange(0, len(samples), FRAME_SAMPLES) + 256) / SAMPLE_RATE
        self._position += len(samples)
        voiced = np.zeros(len(at), bool)
        for word in self._script.words:
            voiced |= (at >= word.start_s) & (at < word.end_s)
        voiced ^= self._rng.random(len(at)) < self._flicker
        return voiced.astype(np.float32)

    def reset(self) -> None:
        """Do nothing: a reset must not forget the position in the script."""


def check(messages: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Count violations in the messages of one stream by `KINDS`, and `finals` and `partials`."""
    found: Counter[str] = Counter()
    stable: dict[int, str] = {}
    finals: dict[int, str] = {}
    last_end = 0.0
    for message in messages:
        number = int(message.get("id", -1))
        if message["type"] == "partial":
            found["partials"] += 1
            held = stable.get(number, "")
            kept = message["stable"].startswith(held)
            found["retracted"] += not (kept and message["text"].startswith(message["stable"]))
            found["ids"] += number in finals
            found["times"] += message["end"] < message["start"] or message["start"] < last_end
            stable[number] = message["stable"]
        elif message["type"] == "final":
            found["finals"] += 1
            found["retracted"] += not message["text"].startswith(stable.get(number, ""))
            found["changed"] += number in finals and finals[number] != message["text"]
            found["ids"] += number in finals or number != len(finals)
            finals[number] = message["text"]
            times = [t for w in message.get("words") or () for t in (w["start"], w["end"])]
            order = [message["start"], *times, message["end"]]
            found["times"] += order != sorted(order) or message["start"] < last_end
            last_end = message["end"]
    found["ids"] += len(set(stable) - set(finals))
    return found


def random_script(rng: random.Random) -> Script:
    words, at = [], rng.uniform(0.2, 1.5)
    for _ in range(rng.randrange(5, 60)):
        length = rng.uniform(0.08, 0.8)
        words.append(ScriptedWord(rng.choice(POOL), at, at + length))
        at += length + (rng.uniform(0.6, 2.0) if rng.random() < 0.12 else rng.uniform(0.0, 0.2))
    return Script(tuple(words))


def session(seed: int) -> list[dict[str, Any]]:
    """Play one random session; → the messages that its client reads."""
    rng = random.Random(seed)
    script = random_script(rng)
    hearing = Hearing(
        edge=rng.choice(("drop", "keep", "garble")),
        keep_fraction=rng.uniform(0.3, 0.9),
        jitter_s=rng.choice((0.0, 0.05, 0.15, 0.3)),
        seed=seed,
    )
    options = SessionOptions(
        chunk=ChunkOptions(
            chunk=samples(rng.uniform(2, 28)),
            overlap=samples(rng.uniform(0, 1.9)),
            hop=samples(rng.uniform(0.1, 1.5)),
            left_context=samples(rng.choice((0.0, 8.0))),
        ),
        endpoint=EndpointOptions(endpoint_ms=rng.randrange(100, 1500)),
        words=True,
        partials=rng.random() < 0.9,
    )
    detector = ScriptDetector(script, rng.choice((0.0, 0.0, 0.01, 0.05)), seed)
    return _run(rng, Session(options, detector), ScriptedBackend(script, hearing), script)


def _run(
    rng: random.Random, stream: Session, backend: ScriptedBackend, script: Script
) -> list[dict[str, Any]]:
    outbox, messages = Outbox(), []
    left = samples(script.words[-1].end_s + rng.uniform(0, 2))
    delay, waited, window = rng.randrange(0, 20), 0, None
    ended = False
    while True:
        if left > 0:
            packet = min(left, rng.choice((160, 800, 1600, 4096, 24_000)))
            stream.receive_audio(np.zeros(packet, np.float32))
            left -= packet
            if rng.random() < 0.01:
                rng.choice((stream.flush, stream.clear))()
        elif not ended:
            stream.end()
            ended = True
        if window is not None:
            waited += 1
            if waited >= delay or ended:
                if rng.random() < 0.02:
                    stream.receive_failure(DecodeFailed("made to fail"))
                else:
                    stream.receive_hypothesis(backend.decode([window])[0])
                window = None
        if window is None and stream.next_request() is not None:
            window, waited = stream.take_window(), 0
        for event in stream.events_to_send():
            outbox.put(event)
        # The outbox merges partials for a client that reads slowly.
        while rng.random() < 0.9 and (text := outbox.take()) is not None:
            messages.append(json.loads(text))
        if ended and window is None and stream.next_request() is None:
            while (text := outbox.take()) is not None:
                messages.append(json.loads(text))
            return messages


def measure(count: int = 1000, seed: int = 0) -> list[Row]:
    found: Counter[str] = Counter()
    for number in range(count):
        found += check(session(seed + number))
    what = {
        "retracted": "stable text retracted",
        "changed": "finals changed",
        "ids": "ids with other than one final",
        "times": "times going back",
    }
    over = f"{count:,} random sessions, {found['finals']:,} finals, {found['partials']:,} partials"
    return [
        Row("g", f"{what[kind]} ({over})", str(found[kind]), "0", not found[kind]) for kind in KINDS
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--sessions", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.sessions, given.seed))


if __name__ == "__main__":
    main()
