"""Cost and benefit of the rules for stable words: figures of `realtime/session/agreement.py`.

A stable word never changes again, so a wrong one spoils its final. Each setting gets the same
windows (decodes are cached), as in `accuracy`. *Spoiled* finals differ from those of the setting
without stable words; *early* is the share of the finals' words that were stable before, over all
words and in the median final (p50); *after* is the time from a word's end until it was stable, on
the sample clock. Without `--speech` the bundled model transcribes the corpus; with it, `--model`
transcribes the recordings of people, every second one (`--half`) or all. `--early-ms`: the silence
after which a final is decoded early; 0: only when it is due.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.shared.recordings import recordings
from benchmarks.shared.rows import parser
from benchmarks.shared.virtual import VirtualStream, bundled_backend, session_options, stream
from benchmarks.shared.voices import corpus
from realtime.backends.base import Backend, BackendInfo
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.evaluation.word_errors import WordErrors, normalise
from realtime.load_test.machine import machine
from realtime.load_test.statistics import percentile
from realtime.load_test.synthetic.grammar import LANGUAGES
from realtime.session.agreement import Trust
from realtime.traits import Traits
from realtime.types import Hypothesis, Samples, Window, WindowShape

NEVER = Trust(hold_s=1e9)
BUNDLED = Trust()
STOCK = Trust(0.09, 0.3, 1)
SETTINGS = {
    "nothing is stable": NEVER,
    "the bundled model's": BUNDLED,
    "stock Whisper's": STOCK,
    "stock, doubt 0.02": replace(STOCK, doubt=0.02),
    "stock, doubt 0.04": replace(STOCK, doubt=0.04),
    "stock, doubt 0.15": replace(STOCK, doubt=0.15),
    "stock, 0.6 s and 2 words held": replace(STOCK, hold_s=0.6, hold_words=2),
    "all at once": Trust(1.0, 0.0, 0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A stream and its reference text, which is empty if unknown."""

    samples: Samples
    text: str
    language: str


class KeepingBackend:
    """A `Backend` that caches the result of each window, by `stream` and span."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self._kept: dict[Hashable, Hypothesis] = {}
        self.stream = 0

    @property
    def info(self) -> BackendInfo:
        return self._inner.info

    @property
    def traits(self) -> Traits:
        return self._inner.traits

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
    """The result of one setting over all streams of a language."""

    errors: WordErrors = field(default_factory=WordErrors)
    finals: list[str] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    """For each final, the share of its words that were stable before it, 0 … 1."""
    after_s: list[float] = field(default_factory=list)
    """Seconds from the end of each word until it was stable."""
    stable: int = 0
    words: int = 0

    def add(self, played: VirtualStream) -> None:
        last = {partial.id: partial.stable for partial in played.partials}
        for final in played.finals:
            count, stable = len(final.text.split()), len(last.get(final.id, "").split())
            self.finals.append(final.text)
            if count:
                self.words, self.stable = self.words + count, self.stable + stable
                self.shares.append(stable / count)
        told = {final.id: final.words or () for final in played.finals}
        known: dict[int, int] = {}
        for partial in played.partials:
            before, now = known.get(partial.id, 0), len(partial.stable.split())
            at_s = partial.end + partial.lag_ms / 1000
            self.after_s += [at_s - word.end_s for word in told[partial.id][before:now]]
            known[partial.id] = now


def outcome(
    heard: Iterable[Spoken],
    backend: KeepingBackend,
    chunk_s: float,
    trust: Trust,
    early_ms: int = 0,
) -> Outcome:
    """Run all streams with the same `trust`."""
    result = Outcome()
    for number, spoken in enumerate(heard):
        backend.stream = number
        options = session_options(backend, spoken.language, chunk_s)
        endpoint = replace(options.endpoint, early_ms=early_ms)
        played = stream(spoken.samples, backend, replace(options, trust=trust, endpoint=endpoint))
        result.add(played)
        if spoken.text and spoken.language == "ko":
            pair = (normalise(text).replace(" ", "") for text in (spoken.text, played.text))
            result.errors.add(*(" ".join(text) for text in pair))
        elif spoken.text:
            result.errors.add(spoken.text, played.text)
    return result


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=300, help="audio a language")
    arguments.add_argument("--chunks", type=float, nargs="+", default=(15.0, 2.0))
    arguments.add_argument("--model", type=Path, help="directory of the weights")
    arguments.add_argument("--speech", type=Path, help="folder with manifest.json")
    arguments.add_argument("--half", type=int, choices=(0, 1), help="every second recording")
    arguments.add_argument("--early-ms", type=int, default=0, help="silence before early finals")
    given = arguments.parse_args()
    print(machine())
    print(
        "| language, chunk_duration | setting | errors | spoiled | early, p50 | after, p50 / p95 |"
    )
    print("|---|---|---|---|---|---|")
    for language in LANGUAGES:
        if given.speech:
            found = recordings(given.speech, language)[given.half or 0 :: 2 - (given.half is None)]
            heard = [Spoken(one.samples, one.reference, language) for one in found]
        else:
            heard = [
                Spoken(one.samples, one.text, language) for one in corpus(language, given.seconds)
            ]
        inner = (
            FasterWhisperBackend(given.model, device="cpu", workers=1)
            if given.model
            else bundled_backend()
        )
        backend = KeepingBackend(inner)
        for chunk_s in given.chunks:
            free = outcome(heard, backend, chunk_s, NEVER, given.early_ms)
            for name, trust in SETTINGS.items():
                show(
                    f"{language}, {chunk_s:g} s",
                    name,
                    outcome(heard, backend, chunk_s, trust, given.early_ms),
                    free,
                )


def show(what: str, name: str, got: Outcome, free: Outcome) -> None:
    """Print one row of the table."""
    # Different cuts give different numbers of finals, which cannot be compared one by one.
    spoiled = "other cuts"
    if len(got.finals) == len(free.finals):
        pairs = zip(got.finals, free.finals, strict=True)
        spoiled = f"{sum(normalise(a) != normalise(b) for a, b in pairs)} of {len(free.finals)}"
    early = (
        f"{100 * got.stable / max(1, got.words):.0f} %, {100 * percentile(got.shares, 50):.0f} %"
    )
    after = " / ".join(f"{percentile(got.after_s, p):.1f}" for p in (50, 95))
    print(f"| {what} | {name} | {got.errors} | {spoiled} | {early} | {after} s |", flush=True)


if __name__ == "__main__":
    main()
