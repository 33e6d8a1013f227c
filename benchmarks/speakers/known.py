"""Recognition of remembered voices: right, wrong and missed ones, and strangers who get a name.

`--people`: a folder in which each folder holds recordings of one reader (as in LibriSpeech);
`--speech`: `shared/speech`, which has several recordings of the readers in `READERS`. The first
half of a reader's recordings is remembered. The other half, and one recording of it alone, must be
named, once with all readers remembered and once with all but this one. In a room and by telephone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shared.rows import Row, parser, show
from realtime.app.speakers import make_voices
from realtime.audio.files import Decoders
from realtime.evaluation.recordings import audio
from realtime.load_test.machine import machine
from realtime.settings import Settings
from realtime.speakers.known import LEAST_S, KnownVoice, names
from realtime.speakers.voices import Voices
from realtime.types import Samples
from recipes.speaker_networks.telephone import telephone

READERS = {
    "LJ": "en/LJ*",
    "Austen": "en/ps_sense*",
    "SpeechBrain 1": "en/sb_spk1*",
    "SpeechBrain 2": "en/sb_spk2*",
    "MFA": "en/mfa_english_*",
    "cards": "en/ps_cards*",
    "rhino": "ko/rhino*",
}
Speaker = tuple[float, ...]
"""Seconds of speech, then the mean embedding (`Clustering.state`)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Embeddings of one reader, by `room` and `telephone`."""

    remembered: Mapping[str, Speaker]
    later: Mapping[str, Sequence[Speaker]]


def heard(voices: Voices, recordings: Sequence[Samples]) -> Speaker:
    """The speaker with the most speech."""
    clustering, at = voices.clustering(), 0
    for one in recordings:
        clustering.turns(voices.network().stretches(one, at))
        at += len(one)
    return max(clustering.state, key=lambda speaker: speaker[0], default=(0.0,))


def reader(voices: Voices, recordings: Sequence[Samples]) -> Reader:
    half = len(recordings) // 2
    ways = {"room": list(recordings), "telephone": list(map(telephone, recordings))}
    return Reader(
        {way: heard(voices, said[:half]) for way, said in ways.items()},
        {
            way: [heard(voices, said[half:]), heard(voices, said[half : half + 1])]
            for way, said in ways.items()
        },
    )


def measured(readers: Mapping[str, Reader], threshold: float) -> list[Row]:
    rows = []
    for here in ("room", "telephone"):
        book = [
            KnownVoice(name, one.remembered[here][1:])
            for name, one in readers.items()
            if one.remembered[here][0] >= LEAST_S
        ]
        for there in ("room", "telephone"):
            right = wrong = missed = strangers = 0
            for name in (voice.name for voice in book):
                others = [voice for voice in book if voice.name != name]
                for speaker in readers[name].later[there]:
                    if speaker[0] < LEAST_S:
                        continue
                    given = names([speaker], book, threshold).get(0)
                    right, wrong = right + (given == name), wrong + (given not in (None, name))
                    missed += given is None
                    strangers += bool(names([speaker], others, threshold))
            figure = f"{right} right, {wrong} wrong, {missed} missed, {strangers} strangers named"
            rows.append(Row("", f"{here} → {there}, {len(book)} voices", figure))
    return rows


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--people", type=Path, help="folder of folders of recordings")
    arguments.add_argument("--speech", type=Path, help="shared/speech")
    given = arguments.parse_args()
    decoders, voices = Decoders(), make_voices(Settings())
    paths: dict[str, list[Path]] = {}
    if given.speech is not None:
        paths |= {name: sorted(given.speech.glob(found)) for name, found in READERS.items()}
    if given.people is not None:
        folders = [one for one in sorted(given.people.iterdir()) if one.is_dir()]
        paths |= {one.name: sorted(one.iterdir()) for one in folders}
    readers = {
        name: reader(voices, [audio(decoders, path) for path in found])
        for name, found in paths.items()
    }
    decoders.close()
    print(machine())
    show(measured(readers, voices.known_threshold()))


if __name__ == "__main__":
    main()
