"""What each rule for stable words costs and gives: the numbers of `realtime/session/agreement.py`.

A stable word never changes again, so a wrong one spoils its final. Each setting hears the same
windows (decodes are kept), as `accuracy` does. *Spoiled* finals differ from those of the setting
that makes nothing stable; *early* is the share of the words of finals that were stable before.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.micro_whisper.corpus import SpokenSession
from benchmarks.micro_whisper.grammar import LANGUAGES
from benchmarks.support import WordErrors, machine, parser
from benchmarks.virtual import VirtualStream, bundled_backend, session_options, stream
from benchmarks.voices import corpus
from realtime.backends.base import Backend, BackendInfo, ContextPolicy
from realtime.session import agreement
from realtime.types import Hypothesis, Window, WindowShape

NEVER = {"HOLD_S": 1e9}
SETTINGS: dict[str, Mapping[str, float]] = {
    "nothing is stable": NEVER,
    "as it is": {},
    "SURE 0": {"SURE": 0.0},
    "SURE 0.8": {"SURE": 0.8},
    "SURE 0.97": {"SURE": 0.97},
    "HOLD_S 0": {"HOLD_S": 0.0},
    "HOLD_S 0.3": {"HOLD_S": 0.3},
    "HOLD_S 1": {"HOLD_S": 1.0},
    "HOLD_WORDS 0": {"HOLD_WORDS": 0},
    "HOLD_WORDS 1": {"HOLD_WORDS": 1},
    "HOLD_WORDS 3": {"HOLD_WORDS": 3},
    "all at once: SURE 0, HOLD_S 0, HOLD_WORDS 0": {"SURE": 0, "HOLD_S": 0, "HOLD_WORDS": 0},
}


class KeepingBackend:
    """A `Backend` that decodes every window once. `stream` tells equal spans of streams apart."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self._kept: dict[Hashable, Hypothesis] = {}
        self.stream = 0

    @property
    def info(self) -> BackendInfo:
        return self._inner.info

    @property
    def policy(self) -> ContextPolicy:
        return self._inner.policy

    @property
    def max_batch(self) -> int:
        return 1

    @property
    def max_file_batch(self) -> int:
        return 1

    @property
    def lost(self) -> bool:
        return self._inner.lost

    def kill(self) -> None:
        self._inner.kill()

    @property
    def workers(self) -> int:
        return 1

    @property
    def file_workers(self) -> int:
        return 0

    def group_key(self, shape: WindowShape) -> Hashable:
        return self._inner.group_key(shape)

    def cost_s(self, key: Hashable, batch: int) -> float:
        return self._inner.cost_s(key, batch)

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        return [self._once(window) for window in windows]

    def close(self) -> None:
        self._inner.close()

    def _once(self, window: Window) -> Hypothesis:
        key = (self.stream, window.start, window.end, window.final, window.options)
        if key not in self._kept:
            self._kept[key] = self._inner.decode([window])[0]
        return self._kept[key]


@dataclass(slots=True)
class Outcome:
    """Of one setting, over all streams of a language."""

    errors: WordErrors
    finals: list[str]
    early: float
    """Words that were stable before their final, of all words of finals; 0 … 1."""


def outcome(
    heard: Sequence[SpokenSession],
    backend: KeepingBackend,
    chunk_s: float,
    setting: Mapping[str, float],
) -> Outcome:
    """Run all sessions with the constants of `setting` in place."""
    before = {name: getattr(agreement, name) for name in setting}
    for name, value in setting.items():
        setattr(agreement, name, value)
    try:
        result, stable, words = Outcome(WordErrors(), [], 0.0), 0, 0
        for number, session in enumerate(heard):
            backend.stream = number
            options = session_options(backend, session.language, chunk_s)
            played = stream(session.samples, backend, options)
            result.errors.add(session.text, played.text)
            result.finals += [final.text for final in played.finals]
            stable += _stable_words(played)
            words += len(played.text.split())
        result.early = stable / max(1, words)
        return result
    finally:
        for name, value in before.items():
            setattr(agreement, name, value)


def _stable_words(played: VirtualStream) -> int:
    """Stable words of the last partial of each id."""
    last = {partial.id: partial.stable for partial in played.partials}
    return sum(len(text.split()) for text in last.values())


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=300, help="audio a language")
    arguments.add_argument("--chunks", type=float, nargs="+", default=(15.0, 2.0))
    given = arguments.parse_args()
    print(machine())
    print("| language, chunk_duration | setting | WER | spoiled finals | early |")
    print("|---|---|---|---|---|")
    for language in LANGUAGES:
        heard, backend = corpus(language, given.seconds), KeepingBackend(bundled_backend())
        for chunk_s in given.chunks:
            free = outcome(heard, backend, chunk_s, NEVER)
            for name, setting in SETTINGS.items():
                got = outcome(heard, backend, chunk_s, setting)
                spoiled = len(set(enumerate(got.finals)) - set(enumerate(free.finals)))
                # Cuts may fall elsewhere, so finals are compared one by one only without them.
                shown = str(spoiled) if len(got.finals) == len(free.finals) else "other cuts"
                print(
                    f"| {language}, {chunk_s:g} s | {name} | {got.errors} | {shown} "
                    f"| {100 * got.early:.0f} % |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
