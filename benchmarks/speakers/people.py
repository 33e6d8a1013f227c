"""Speakers in recordings of people, by the networks trained on people: words with the right speaker
and the number of speakers, live and as a file, in a room and over a telephone line; and the cost.

`--people`: a folder in which each folder holds recordings of one reader (as in LibriSpeech). 2 to 4
readers take turns at random, 1 to 8 s each, with pauses of 0.15 to 0.8 s and levels up to 8 dB
apart; in every second conversation, turns begin before the last has ended. Turns are cut at a
reader's pauses. `--speech`: the conversations of `shared/speech` in `TALKS`, whose turns were
annotated by ear and by text. `--model`: weights in CTranslate2's format.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np

from benchmarks.shared.rows import Row, parser, show
from realtime.app.app import local_transcriber
from realtime.app.library.stt import WhisperSTT
from realtime.app.speakers import make_voices
from realtime.audio.files import Decoders
from realtime.client import Final, Transcriber
from realtime.evaluation.recordings import audio
from realtime.load_test.machine import machine
from realtime.settings import Settings
from realtime.types import SAMPLE_RATE, Samples
from recipes.speaker_networks.telephone import telephone

TURNS_S = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
PAUSE_S = (0.15, 0.8)
OVERLAP_S = (0.2, 1.2)
EDGE_S = 0.7
LOUD_DB = 4.0
LEVEL = 0.06
"""Root mean square of a turn of usual loudness."""
FRAME_S = 0.01
QUIET_S = 0.12
"""Shortest pause of a reader at which a turn may end."""
NOISE = 3e-4
COUNTS = (2, 3, 4)
Turn = tuple[float, float, int]
Said = list[tuple[float, float, int | None]]
"""Words as (start, end, speaker)."""
TALKS: dict[str, tuple[str, list[Turn]]] = {
    "en/leopard_diarization.wav": ("en", [(1.7, 3.8, 0), (6.2, 12.7, 1), (12.8, 18.1, 2)]),
    "en/watson_Us_English_Narrowband_Sample_1.wav": ("en", [(0.2, 1.65, 0), (1.75, 10.3, 1)]),
    "ko/watson_ko-KR_NarrowbandModel_sample1.wav": ("ko", [(0.5, 24.3, 0)]),
    # There is a second woman, who says only yes.
    "ko/watson_ko-KR_NarrowbandModel_sample2.wav": (
        "ko",
        [
            *[(0.2, 13.0, 0), (13.1, 13.8, 1), (14.0, 18.0, 0), (18.4, 19.0, 1)],
            *[(19.4, 23.4, 0), (23.6, 24.2, 1), (24.4, 26.2, 0)],
        ],
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Talk:
    """A recording and its true turns."""

    name: str
    language: str
    samples: Samples
    turns: list[Turn]

    @property
    def count(self) -> int:
        return len({speaker for _, _, speaker in self.turns})


def loudness(samples: Samples) -> Samples:
    size = round(FRAME_S * SAMPLE_RATE)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    level: Samples = np.sqrt((frames**2).mean(axis=1))
    return level


def phrases(samples: Samples) -> list[Samples]:
    """Split a reader's speech at the pauses."""
    level = loudness(samples)
    quiet = level < 0.06 * np.quantile(level, 0.95)
    voiced = np.flatnonzero(~quiet)
    if not len(voiced):
        return []
    size, gap = round(FRAME_S * SAMPLE_RATE), round(QUIET_S / FRAME_S)
    runs = np.split(voiced, np.flatnonzero(np.diff(voiced) > gap) + 1)
    return [samples[run[0] * size : (run[-1] + 1) * size] for run in runs]


def mixed(readers: dict[str, list[Samples]], count: int, seconds: float, seed: int) -> Talk:
    """Mix turns of `count` readers into a conversation; odd seeds give overlapping turns."""
    rng = random.Random(f"{count} {seed}")
    who = rng.sample(sorted(readers), count)
    said = {name: iter(_endless(readers[name])) for name in who}
    gains = {name: 10 ** (rng.uniform(-LOUD_DB, LOUD_DB) / 20) for name in who}
    out = np.zeros(round((seconds + 30) * SAMPLE_RATE), np.float32)
    turns: list[Turn] = []
    at, last = round(EDGE_S * SAMPLE_RATE), ""
    while at < seconds * SAMPLE_RATE:
        name, wanted = rng.choice([one for one in who if one != last]), rng.choice(TURNS_S)
        parts = [next(said[name])]
        while sum(map(len, parts)) < wanted * SAMPLE_RATE:
            parts += [np.zeros(round(0.2 * SAMPLE_RATE), np.float32), next(said[name])]
        turn = np.concatenate(parts)
        turn *= gains[name] * LEVEL / max(1e-3, float(np.sqrt((turn**2).mean())))
        if seed % 2 and turns and rng.random() < 0.2:
            begun = round(turns[-1][0] * SAMPLE_RATE) + SAMPLE_RATE // 2
            at = max(begun, at - round(rng.uniform(*OVERLAP_S) * SAMPLE_RATE))
        turn = turn[: len(out) - at]
        out[at : at + len(turn)] += turn
        turns.append((at / SAMPLE_RATE, (at + len(turn)) / SAMPLE_RATE, who.index(name)))
        at, last = at + len(turn) + round(rng.uniform(*PAUSE_S) * SAMPLE_RATE), name
    noise = np.random.default_rng(seed).normal(0, NOISE, at).astype(np.float32)
    return Talk(f"{count} readers, {seed}", "en", np.clip(out[:at] + noise, -1, 1), turns)


def _endless(found: Sequence[Samples]) -> Iterator[Samples]:
    while True:
        for one in found:
            yield from phrases(one)


def right(talk: Talk, words: Said) -> float:
    """Share of words with the right speaker, 0 … 1, under the best mapping of names. A word belongs
    to the turn that overlaps it most; words during which two people speak are not counted."""
    counts: dict[tuple[int, int | None], int] = {}
    total = 0
    for start_s, end_s, name in words:
        shares: dict[int, float] = {}
        for begin_s, stop_s, speaker in talk.turns:
            shared_s = min(end_s, stop_s) - max(start_s, begin_s)
            shares[speaker] = max(shares.get(speaker, -1e9), shared_s)
        if sum(share > 0 for share in shares.values()) > 1:
            continue
        total += 1
        key = max(shares, key=shares.__getitem__), name
        counts[key] = counts.get(key, 0) + 1
    names = sorted({name for _, name in counts if name is not None})
    names += [-1] * max(0, talk.count - len(names))
    best = max(
        sum(counts.get(pair, 0) for pair in enumerate(chosen))
        for chosen in permutations(names, talk.count)
    )
    return best / max(1, total)


async def live(talk: Talk, url: str) -> Said:
    """Words of a stream through the real server, as fast as it accepts audio."""
    transcriber = Transcriber(url, language=talk.language, partials=False, words=True, diarize=True)
    words: Said = []
    async for event in transcriber.stream(talk.samples):
        if isinstance(event, Final):
            words += [(w["start"], w["end"], w["speaker"]) for w in event.raw["words"]]
    return words


async def streamed(talks: Sequence[Talk], model: str) -> list[Said]:
    async with local_transcriber(Settings(port=0, model=model)) as here:
        return [await live(talk, here.url) for talk in talks]


def files(talks: Sequence[Talk], model: str) -> Iterator[Said]:
    """Words of files, with the speakers of their segments."""
    with WhisperSTT(model) as stt:
        for talk in talks:
            answer = stt.transcribe(talk.samples, talk.language, diarize=True, word_timestamps=True)
            segments = answer["segments"]
            assert isinstance(segments, list)
            yield [
                (word["start"], word["end"], one.get("speaker"))
                for one in segments
                for word in one["words"]
            ]


def measure(groups: dict[str, list[Talk]], model: str) -> list[Row]:
    rows = []
    every = [talk for talks in groups.values() for talk in talks]
    said = {"live": asyncio.run(streamed(every, model)), "file": list(files(every, model))}
    for way, heard in said.items():
        found = iter(heard)
        for name, talks in groups.items():
            shares, exact, told = [], 0, []
            for talk in talks:
                words = next(found)
                shares.append(right(talk, words))
                number = len({one for _, _, one in words} - {None})
                exact += number == talk.count
                told.append(f"{talk.name}: {100 * shares[-1]:.0f} %, {number} of {talk.count}")
            mean = 100 * sum(shares) / len(shares)
            figure = f"{mean:.1f} % of words right, number of speakers right in {exact} of "
            rows.append(Row("", f"{way}, {name}", figure + f"{len(talks)} ({'; '.join(told)})"))
    return rows


def cost(talk: Talk) -> Row:
    """Measure the network on windows of 5 s."""
    network, size = make_voices(Settings()).network(), 5 * SAMPLE_RATE
    network.stretches(talk.samples[:size], 0)
    began = time.thread_time()
    for at in range(0, len(talk.samples), size):
        network.stretches(talk.samples[at : at + size], at)
    per_s = (time.thread_time() - began) / (len(talk.samples) / SAMPLE_RATE)
    return Row("", "cost", f"{per_s:.3f} s of one core a second of audio")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--people", type=Path, help="folder of folders of recordings")
    arguments.add_argument("--speech", type=Path, help="shared/speech")
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--seeds", type=int, default=2, help="conversations of each number")
    given = arguments.parse_args()
    decoders, groups = Decoders(), dict[str, list[Talk]]()
    if given.people is not None:
        folders = [one for one in sorted(given.people.iterdir()) if one.is_dir()]
        readers = {
            one.name: [audio(decoders, path) for path in sorted(one.iterdir())] for one in folders
        }
        mixes = [
            mixed(readers, count, given.seconds, seed)
            for count in COUNTS
            for seed in range(given.seeds)
        ]
        groups["readers in a room"] = mixes
        groups["readers on the telephone"] = [
            Talk(one.name, one.language, telephone(one.samples), one.turns) for one in mixes
        ]
    if given.speech is not None:
        groups["conversations of shared/speech"] = [
            Talk(name, language, audio(decoders, given.speech / name), turns)
            for name, (language, turns) in TALKS.items()
        ]
    decoders.close()
    print(machine())
    show([*measure(groups, given.model), cost(next(iter(groups.values()))[0])])


if __name__ == "__main__":
    main()
