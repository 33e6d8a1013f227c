"""How long one speaker waits: a paced stream through the real server, every word's time known.

First partial: from the end of an utterance's first word, as spoken, to the arrival of the first
partial with text. Final: from the end of its last word to the arrival of its final, the hangover of
500 ms included. Both include the packet of 100 ms in which the audio travels.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from benchmarks.micro_whisper.corpus import SpokenSession, sessions
from benchmarks.micro_whisper.grammar import LANGUAGES
from benchmarks.player import Arrival, Played, play
from benchmarks.serving import served
from benchmarks.support import Row, machine, parser, percentile, show, word_error_rate

FIRST_PARTIAL_S = 0.5
FINAL_S = 0.9
UTTERANCE_S = 3.4
"""Mean length of a sentence with the pause behind it."""


@dataclass(slots=True)
class Waits:
    """Seconds that speakers waited, an entry an utterance."""

    first_partial_s: list[float] = field(default_factory=list)
    first_word_s: list[float] = field(default_factory=list)
    """Until a partial began with the first word as it is in the final."""
    final_s: list[float] = field(default_factory=list)
    final_at_s: list[float] = field(default_factory=list)
    """When those finals came, on the streams' clocks."""
    utterances: int = 0
    unanswered: int = 0
    """Utterances without any final."""

    def add(self, session: SpokenSession, played: Played) -> None:
        """Match a session's sentences with what came back. Its words must have times."""
        for sentence in session.sentences:
            first, last = sentence.words[0], sentence.words[-1]
            self.utterances += 1
            finals = [a for a in played.finals if _covers(a, first.start_s, last.end_s)]
            if not finals:
                self.unanswered += 1
                continue
            self.final_s.append(finals[-1].at_s - last.end_s)
            self.final_at_s.append(finals[-1].at_s)
            shown = [a for a in played.partials if _covers(a, first.start_s, last.end_s)]
            shown = sorted([*shown, *finals], key=lambda a: a.at_s)
            spoken = [a for a in shown if a.message["text"]]
            if spoken:
                self.first_partial_s.append(spoken[0].at_s - first.end_s)
                word = finals[0].message["text"].split(" ")[0]
                right = (a for a in spoken if a.message["text"].startswith(word))
                self.first_word_s.append(next(right, spoken[-1]).at_s - first.end_s)


def _covers(arrival: Arrival, start_s: float, end_s: float) -> bool:
    """Whether the message's span shares more than a moment with a sentence."""
    message = arrival.message
    return min(float(message["end"]), end_s) - max(float(message["start"]), start_s) > 0.05


def measure(utterances: int = 64, seed: int = 40) -> list[Row]:
    """`utterances`: at least so many, half of them in each language, held-out voices in turn."""
    seconds = utterances * UTTERANCE_S / len(LANGUAGES)
    rows, every = [], Waits()
    with served() as server:
        for language in LANGUAGES:
            waits, texts = Waits(), []
            for session in sessions(language, seconds / 4, seed, count=4, synthesisers=["espeak"]):
                played = asyncio.run(play(server.url, session.samples, f"language={language}"))
                for collected in (waits, every):
                    collected.add(session, played)
                texts.append((session.text, played.text))
            rows.append(_row(f"{language}: first partial", waits.first_partial_s))
            rows.append(_row(f"{language}: first word right", waits.first_word_s))
            rows.append(_row(f"{language}: final", waits.final_s))
            rows.append(Row("h", f"{language}: WER", str(word_error_rate(texts))))
    name = f"{every.utterances} utterances, one stream at a time"
    first, final = every.first_partial_s, every.final_s
    rows.append(_row(f"first partial, {name}", first, FIRST_PARTIAL_S))
    rows.append(_row(f"final, {name}", final, FINAL_S))
    rows.append(
        Row("h", "utterances without a final", str(every.unanswered), "0", not every.unanswered)
    )
    return rows


def _row(what: str, waits_s: list[float], limit_s: float | None = None) -> Row:
    p50, p95 = percentile(waits_s, 50), percentile(waits_s, 95)
    figure = f"p50 {p50:.2f} s, p95 {p95:.2f} s, worst {max(waits_s, default=0):.2f} s"
    if limit_s is None:
        return Row("h", what, figure)
    return Row("h", what, figure, f"p95 <= {limit_s:g} s", p95 <= limit_s)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--utterances", type=int, default=64)
    arguments.add_argument("--seed", type=int, default=40)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.utterances, given.seed))


if __name__ == "__main__":
    main()
