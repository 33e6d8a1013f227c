"""Recordings of people with real weights: no words left out, cut, or at a wrong time.

`--speech`: a folder with a `manifest.json` (see `recordings.py`); `--model`: weights in
CTranslate2's format. Every recording is transcribed live, in virtual time, and as a file.
Reference: faster-whisper's sequential pass with the same weights (beam 1, its other defaults).

*b0*: seconds of speech, by the detector, without a word (a word covers 0.2 s on either side, and 2
s at most), and word errors (Korean: of characters, without spaces) of the recordings with known
words. *b*: the same recordings without pauses, cut every `--chunks` seconds, compared with the same
audio as a file: words that are lost or doubled between correct neighbours, at a cut or elsewhere
(see `borders.py`), each of them listed, and speech that only the stream has no words for; and,
since two transcripts of the same speech differ everywhere, words of the reference that only one of
the two leaves out. *e*: beginnings of cues and segments in every format, compared with the aligned
word and, for the first of each recording, with the detector's beginning of speech. *Remedies*: how
often finals were decoded again in each way, and the share of the model's time.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.recognition.connected import cutting
from benchmarks.recognition.transcribers import TimedBackend, Transcribers, errors_of
from benchmarks.recognition.untold import covered, untold
from benchmarks.shared.recordings import Recording, alone, apart, flowing, recordings, speech
from benchmarks.shared.rows import Row, parser, show
from realtime.backends.whisper.checks.remedies import FIRST
from realtime.evaluation.differences import Errors
from realtime.files.formats import TIMED, Format, render
from realtime.load_test.machine import machine
from realtime.load_test.statistics import percentile
from realtime.session.matching import same_words
from realtime.types import SAMPLE_RATE, Transcript, Word

NOTICED_S = 1.5
"""Speech without words for longer than this is reported if the reference has words there."""
LANGUAGES = ("en", "ko")
CHUNKS_S = (2.0, 5.0, 10.0, 15.0, 28.0)
OVERLAPS_S = (0.2, 1.0, 2.0)
FORMATS: tuple[Format, ...] = ("srt", "vtt", "tsv", "json")
CUE = re.compile(r"(?:(\d+):)?(\d+):([\d.]+) --> .*\n(.*)")
"""A cue: hours, minutes and seconds of its start, and its first line."""


def counted(errors: Errors) -> str:
    """Format errors as `4.0 % (2 changed, 1 lost, 0 new of 75)`."""
    new = errors.doubled + errors.invented
    parts = f"{errors.changed} changed, {errors.lost} lost, {new} new of {errors.said}"
    return f"{errors.rate or 0.0:.1f} % ({parts})"


def completeness(transcribers: Transcribers, name: str, found: Sequence[Recording]) -> list[Row]:
    """Row b0: speech without words, for one set of recordings."""
    left_s: defaultdict[str, float] = defaultdict(float)
    errors: defaultdict[str, Errors] = defaultdict(Errors)
    noticed: Counter[str] = Counter()
    for one in found:
        spoken, length = speech(one.samples), len(one.samples)
        reference = transcribers.reference(one)
        known = covered(reference.words, length)
        heard = {
            "faster-whisper": reference,
            "live": transcribers.live(one),
            "file": transcribers.file(one),
        }
        for who, text in heard.items():
            runs = untold(text.words, spoken, length)
            left_s[who] += sum(b - a for a, b in runs) / 100
            noticed[who] += sum(
                b - a > 100 * NOTICED_S and bool(known[a:b].mean() > 0.5) for a, b in runs
            )
            errors[who] += errors_of(one, text.text)
    total_s = sum(one.duration_s for one in found)
    rows = []
    for who in ("faster-whisper", "live", "file"):
        ours = who != "faster-whisper"
        fits = left_s[who] <= left_s["faster-whisper"] and not noticed[who]
        rows.append(
            Row(
                "b0",
                f"{name}, {total_s:.0f} s, {who}",
                f"{left_s[who]:.1f} s of speech without a word, {noticed[who]} places above "
                f"{NOTICED_S} s that faster-whisper has; errors {counted(errors[who])}",
                "not more; none" if ours else "reference",
                fits if ours else None,
            )
        )
    return rows


def timing(transcribers: Transcribers, found: Sequence[Recording]) -> list[Row]:
    """Row e: every format, with word times only for those in `TIMED`, as the server requests it."""
    from_words: defaultdict[str, list[float]] = defaultdict(list)
    from_onset: defaultdict[str, list[float]] = defaultdict(list)
    for one in found:
        heard = {timed: transcribers.transcript(one, word_times=timed) for timed in (False, True)}
        reference, spoken = transcribers.reference(one).words, speech(one.samples)
        aligned = [word for segment in heard[True].segments for word in segment.words]
        if not (aligned and reference and spoken):
            continue
        for form in FORMATS:
            shown = beginnings(form, heard[form in TIMED])
            from_words[form] += [
                abs(shown[i].start_s - aligned[j].start_s) for i, j in same_words(shown, aligned)
            ]
        onset_s = spoken[0][0] / SAMPLE_RATE
        from_onset["ours"].append(abs(aligned[0].start_s - onset_s))
        from_onset["faster-whisper's"].append(abs(reference[0].start_s - onset_s))
    rows = [
        _spread(f"{form}: starts of {len(off_s)} cues against the aligned word", off_s, asked=True)
        for form, off_s in from_words.items()
    ]
    for who, off_s in from_onset.items():
        rows.append(
            _spread(f"first cue of {len(off_s)} recordings against the onset, {who}", off_s)
        )
    return rows


def beginnings(form: Format, transcript: Transcript) -> list[Word]:
    """The first word of each cue or segment at the time it is shown; its end is a guess."""
    told = [
        (float(seconds) + 60 * float(minutes) + 3600 * float(hours or 0), text)
        for hours, minutes, seconds, text in CUE.findall(render(transcript, form).replace(",", "."))
    ]
    if form == "tsv":
        rows = (line.split("\t") for line in render(transcript, form).splitlines()[1:])
        told = [(int(start) / 1000, text) for start, _, text in rows]
    elif form == "json":
        segments = json.loads(render(transcript, form))["segments"]
        told = [(segment["start"], segment["text"]) for segment in segments]
    return [Word(text.split()[0], at_s, at_s + 0.3) for at_s, text in told]


def _spread(what: str, off_s: Sequence[float], *, asked: bool = False) -> Row:
    p50_s, p95_s = percentile(off_s, 50), percentile(off_s, 95)
    figure = f"p50 {p50_s:.2f} s, p95 {p95_s:.2f} s, worst {max(off_s, default=0.0):.2f} s"
    if not asked:
        return Row("e", what, figure)
    return Row("e", what, figure, "p95 <= 0.2 s", p95_s <= 0.2)


def remedies(backend: TimedBackend) -> list[Row]:
    """How often finals were decoded again in all runs so far, and what that cost."""
    total_s, finals = sum(backend.spent_s.values()), backend.heard[FIRST.name]
    return [
        Row(
            "",
            f"remedy {name}",
            f"{100 * count / finals:.1f} % of {finals} finals, "
            f"{100 * backend.spent_s[name] / total_s:.1f} % of the model's time",
        )
        for name, count in backend.heard.most_common()
        if name != FIRST.name
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--model", type=Path, required=True, help="directory of the weights")
    arguments.add_argument("--speech", type=Path, required=True, help="folder with manifest.json")
    arguments.add_argument("--rows", nargs="+", default=["b0", "b", "e"], choices=["b0", "b", "e"])
    arguments.add_argument("--chunks", type=float, nargs="+", default=CHUNKS_S)
    arguments.add_argument(
        "--connected", type=Path, nargs="+", default=[], help="English without pauses, for row b"
    )
    arguments.add_argument("--overlaps", type=float, nargs="+", default=OVERLAPS_S)
    given = arguments.parse_args()
    print(machine())
    transcribers = Transcribers(given.model)
    sets = {language: recordings(given.speech, language) for language in LANGUAGES}
    rows: list[Row] = []
    if "b0" in given.rows:
        for language, found in sets.items():
            rows += completeness(transcribers, f"{language}, alone", found)
        rows += completeness(transcribers, "en, 1 s apart", apart(sets["en"]))
    if "b" in given.rows:
        unpaused = {"en, joined": flowing(one for one in sets["en"] if one.reference)}
        # Few of them have a transcript.
        unpaused["ko, joined"] = flowing(replace(one, reference="") for one in sets["ko"])
        for path in given.connected:
            unpaused[path.name] = [alone(path, "en")]
        rows += cutting(transcribers, unpaused, given.chunks, given.overlaps)
    if "e" in given.rows:
        rows += timing(transcribers, [*sets["en"], *apart(sets["en"])])
    show([*rows, *remedies(transcribers.backend)])
    transcribers.close()


if __name__ == "__main__":
    main()
