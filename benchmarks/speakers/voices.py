"""Synthetic speakers in one channel: the share of speech with the right speaker, live and as a
file, the number of speakers found, and the cost.

Voices on which the network was not trained take turns, with pauses of 0.3 … 0.8 s and without.
`python -m benchmarks.speakers.voices`; `--sweep`: thresholds, on other voices, without a
recogniser.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from benchmarks.shared.rows import Row, parser, show
from benchmarks.speakers.conversations import (
    NO_PAUSE_S,
    PAUSE_S,
    Conversation,
    conversation,
    held_out,
    others,
    share_right,
)
from realtime.app.app import local_transcriber
from realtime.app.library.stt import WhisperSTT
from realtime.app.speakers import make_voices
from realtime.client import Final, Transcriber
from realtime.evaluation.word_errors import word_error_rate
from realtime.load_test.machine import machine
from realtime.load_test.synthetic.grammar import LANGUAGES, Language
from realtime.settings import Settings
from realtime.speakers.clustering import Clustering
from realtime.types import SAMPLE_RATE

Said = list[tuple[float, float, int | None]]
COUNTS = (2, 4)
ENDPOINTS_MS = (500, 300)
"""The default, and a shorter one that ends most utterances where the speaker changes."""
ALONE_S = 600.0
WINDOW_S = 12.0
BUNDLED = Settings(port=0, model="bundled", speaker_model="bundled")
THRESHOLDS = tuple(step / 20 for step in range(5, 17))


@dataclass(slots=True)
class Heard:
    """Speakers and words in the messages of a stream."""

    finals: Said = field(default_factory=list)
    words: Said = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


async def live(spoken: Conversation, url: str, endpoint_ms: int) -> Heard:
    """Play a stream through the real server, as fast as it accepts audio."""
    heard = Heard()
    transcriber = Transcriber(
        url,
        language=spoken.language,
        partials=False,
        words=True,
        diarize=True,
        endpoint_ms=endpoint_ms,
    )
    async for event in transcriber.stream(spoken.samples):
        if isinstance(event, Final) and event.text:
            heard.finals.append((event.start, event.end, event.speaker))
            heard.words += [(w["start"], w["end"], w["speaker"]) for w in event.raw["words"]]
            heard.texts.append(event.text)
    return heard


def alone(spoken: Conversation) -> Said:
    """Speakers from the network and clustering alone, window by window, without a recogniser."""
    voices, step = make_voices(BUNDLED), round(WINDOW_S * SAMPLE_RATE)
    network, clustering = voices.network(), voices.clustering()
    return [
        (turn.start_s, turn.end_s, turn.speaker)
        for at in range(0, len(spoken.samples), step)
        for turn in clustering.turns(network.stretches(spoken.samples[at : at + step], at))
        if turn.speaker is not None
    ]


def file(spoken: Conversation, stt: WhisperSTT) -> Said:
    """Speakers in the segments of a file."""
    answer = stt.transcribe(spoken.samples, spoken.language, diarize=True)
    segments = answer["segments"]
    assert isinstance(segments, list)
    return [(one["start"], one["end"], one.get("speaker")) for one in segments]


async def _live(settings: Settings, spoken: Conversation, endpoint_ms: int) -> Heard:
    async with local_transcriber(settings) as here:
        return await live(spoken, here.url, endpoint_ms)


def _figure(name: str, truth: Conversation, said: Said) -> str:
    found = len({speaker for _, _, speaker in said} - {None})
    return f"{name} {100 * share_right(truth, said):.1f} %, {found} found"


def measure(seconds: float, alone_s: float, seed: int) -> list[Row]:
    """`seconds`: length of each conversation; `alone_s`: length of a single speaker's recording."""
    rows = []
    settings = BUNDLED
    plans = [(count, seconds, PAUSE_S) for count in COUNTS]
    plans += [(count, seconds, NO_PAUSE_S) for count in COUNTS]
    plans += [(1, alone_s, PAUSE_S)]
    with WhisperSTT("bundled", speaker_model="bundled") as stt, asyncio.Runner() as runner:
        for language in LANGUAGES:
            for count, length_s, pause_s in plans:
                voices = held_out(language, count, seed)
                drawn = f"{language} {count} {seed}"
                spoken = conversation(language, voices, length_s, drawn, pause_s)
                figures = [_figure("turns", spoken, alone(spoken))]
                figures.append(_figure("file", spoken, file(spoken, stt)))
                for endpoint_ms in ENDPOINTS_MS:
                    heard = runner.run(_live(settings, spoken, endpoint_ms))
                    finals = _figure("finals", spoken, heard.finals)
                    errors = word_error_rate([(spoken.text, " ".join(heard.texts))])
                    figures.append(f"endpoint_ms={endpoint_ms}: {finals}")
                    figures.append(_figure("words", spoken, heard.words))
                    figures.append(f"WER {errors.rate:.1f} %")
                who = ", ".join(voice.speaker for voice in voices)
                what = f"{language}: {who}; pauses {pause_s[0]:g} … {pause_s[1]:g} s; "
                what += f"{length_s:.0f} s, {len(spoken.turns)} turns"
                rows.append(Row("", what, "; ".join(figures), f"{count} speakers"))
    return [*rows, cost()]


def cost(seed: int = 1) -> Row:
    """Measure the cost of a final of 3 s, computed as in live streams."""
    network = make_voices(BUNDLED).network()
    voices = held_out("en", 2, seed)
    samples = conversation("en", voices, 30.0, f"cost {seed}").samples
    pieces = [samples[at : at + 3 * SAMPLE_RATE] for at in range(0, len(samples), 3 * SAMPLE_RATE)]
    network.stretches(pieces[0], 0)
    best = float("inf")
    for _ in range(5):
        began = time.thread_time()
        for piece in pieces:
            network.stretches(piece, 0)
        best = min(best, time.thread_time() - began)
    per_s = best / (len(samples) / SAMPLE_RATE)
    figure = f"{3000 * per_s:.1f} ms of one core ({1000 * per_s:.1f} a second of audio)"
    return Row("", "a final of 3 s comes later by", figure)


def sweep(languages: Sequence[Language], seconds: float, seeds: Sequence[int]) -> list[Row]:
    """Try thresholds on voices neither trained on nor held out, using the true turns."""
    voices = make_voices(BUNDLED)
    network, rows = voices.network(), []
    heard = []
    for language in languages:
        for count in (1, 2, 3, 4, 6):
            for seed in seeds:
                drawn = others(language, count, seed)
                spoken = conversation(language, drawn, seconds, f"{language} {count} {seed} other")
                stretches = [
                    stretch
                    for turn in spoken.turns
                    for stretch in network.stretches(
                        spoken.samples[int(turn.start_s * SAMPLE_RATE) :][
                            : int((turn.end_s - turn.start_s) * SAMPLE_RATE)
                        ],
                        int(turn.start_s * SAMPLE_RATE),
                    )
                ]
                heard.append((count, spoken, stretches))
    for threshold in THRESHOLDS:
        options = replace(voices.find().options, threshold=threshold)
        shares, exact = [], 0
        for count, spoken, stretches in heard:
            turns = Clustering(options).turns(stretches)
            said = [(turn.start_s, turn.end_s, turn.speaker) for turn in turns]
            shares.append(share_right(spoken, said))
            exact += len({turn.speaker for turn in turns} - {None}) == count
        mean = 100 * sum(shares) / len(shares)
        figure = f"{mean:.1f} % right, worst {100 * min(shares):.1f} %, "
        figure += f"number of speakers right in {exact} of {len(heard)}"
        rows.append(Row("", f"threshold {threshold:.2f}", figure))
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=180, help="of a conversation")
    arguments.add_argument("--alone", type=float, default=ALONE_S, help="s of one speaker")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--sweep", action="store_true", help="only the threshold")
    given = arguments.parse_args()
    print(machine())
    if given.sweep:
        show(sweep(LANGUAGES, 60.0, (given.seed, given.seed + 1)))
    else:
        show(measure(given.seconds, given.alone, given.seed))


if __name__ == "__main__":
    main()
