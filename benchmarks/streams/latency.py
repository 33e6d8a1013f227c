"""Latencies of a single speaker: a paced stream through the real server, with known word times.

First partial: from the end of an utterance's first word to the arrival of the first partial with
text. Final: from the end of its last word to the arrival of its final, including the hangover of
500 ms. Both include the packet of 100 ms in which the audio is sent. Word times of people
(`--speech`) are unknown: latencies count from the first sound and from the last.
"""

from __future__ import annotations

import asyncio

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import served
from benchmarks.shared.source import BUNDLED, Source, add_source
from realtime.evaluation.word_errors import word_error_rate
from realtime.load_test.machine import machine
from realtime.load_test.player import play
from realtime.load_test.statistics import percentile
from realtime.load_test.waits import Waits

FIRST_PARTIAL_S = 0.5
FINAL_S = 0.9
UTTERANCE_S = 3.4
"""Mean length of a sentence with the pause after it."""


def measure(utterances: int = 64, seed: int = 40, source: Source = BUNDLED) -> list[Row]:
    """`utterances`: minimum number, divided equally among the languages."""
    seconds = utterances * UTTERANCE_S / len(source.languages)
    rows, every = [], Waits()
    with served(model=source.served) as server:
        for language in source.languages:
            waits, texts = Waits(), []
            for session in source.sessions(language, seconds / 4, seed, 4):
                played = asyncio.run(play(server.url, session.samples, f"language={language}"))
                for collected in (waits, every):
                    collected.add(session.sentences, played)
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
    add_source(arguments)
    given = arguments.parse_args()
    print(machine())
    show(measure(given.utterances, given.seed, Source.of(given)))


if __name__ == "__main__":
    main()
