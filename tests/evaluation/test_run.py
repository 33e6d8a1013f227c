"""An evaluation of recordings, and its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from realtime.errors import DecodeFailed
from realtime.evaluation.figures import Figures, Report, Result, figures
from realtime.evaluation.folder import Entry, SkippedRecording
from realtime.evaluation.page import NONE, differences, heading, number, page, percent, share
from realtime.evaluation.recordings import Recording
from realtime.evaluation.run import Run, one_after_the_other
from realtime.evaluation.score import judge
from realtime.evaluation.setups import parse_setups
from realtime.evaluation.transcribers import Measurement, OnProgress, StreamLatencies
from tests.evaluation.test_recordings import tone
from tests.voices import as_wav

SETUPS = parse_setups("file,live")
WAITS = StreamLatencies((0.4, 0.6), (0.8, 1.2), (0.5, 1.0), 0)


@dataclass(slots=True)
class Parrot:
    """Returns the transcript, with `instead` for some of its words."""

    instead: dict[str, str] = field(default_factory=dict)
    waits: StreamLatencies = WAITS

    def measure(self, recording: Recording, on_progress: OnProgress | None = None) -> Measurement:
        if recording.name == "poison.wav":
            raise DecodeFailed("The model failed on this audio")
        if on_progress is not None:
            on_progress(recording.duration_s)
        said = [self.instead.get(word, word) for word in recording.reference.split()]
        return Measurement(" ".join(said).strip(), 0.5, 0.25, 3, self.waits)


@dataclass(slots=True)
class Watcher:
    """Records its calls."""

    lines: list[str] = field(default_factory=list)

    def begin(self, recording: Recording) -> None:
        self.lines.append(f"begin {recording.name}")

    def progress(self, setup: str, done_s: float) -> None:
        self.lines.append(f"{setup} {done_s:g}")

    def end(self, recording: Recording) -> None:
        self.lines.append(f"end {recording.name}")

    def warn(self, left_out: SkippedRecording) -> None:
        self.lines.append(f"warn {left_out.name}")


def recordings() -> list[Recording]:
    return [
        Recording("en.wav", "en", tone(2), "twenty <b>dogs</b> & cats ran home to us again"),
        Recording("poison.wav", "en", tone(1), "nothing"),
        Recording("ko.wav", "ko", tone(1), "길 옆으로 3번"),
        Recording("silent.wav", "ko", tone(1), ""),
    ]


def run_of(found: Sequence[Recording]) -> Run:
    heard = {
        "file": Parrot(waits=StreamLatencies()),
        "live": Parrot({"twenty": "20", "again": "again again", "cats": "", "3번": "삼번을"}),
    }
    run = Run(heard, Watcher())
    run.measure(found)
    return run


def report_of(run: Run, *, complete: bool = True, costed: bool = True) -> Report:
    return Report(
        folder="calls/<i>",
        model="base, int8, cpu",
        machine="here",
        setups=SETUPS,
        results=tuple(run.results),
        left_out=(SkippedRecording("<u>.wav", "broken & bent"), *run.left_out),
        figures=tuple(figures(run.results, SETUPS, costed=costed)),
        complete=complete,
        partials=True,
    )


def figure(report: Report, setup: str, language: str) -> Figures:
    (found,) = [f for f in report.figures if (f.setup, f.language) == (setup, language)]
    return found


def test_recordings_on_which_the_model_fails_are_left_out() -> None:
    run = run_of(recordings())
    assert [result.name for result in run.results] == ["en.wav", "ko.wav", "silent.wav"]
    assert run.left_out == [SkippedRecording("poison.wav", "The model failed on this audio")]
    assert isinstance(run.display, Watcher)
    assert run.display.lines[:6] == [
        *("begin en.wav", "file 2", "live 2", "end en.wav"),
        *("begin poison.wav", "warn poison.wav"),
    ]


def test_recordings_that_cannot_be_decoded_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(as_wav(tone(1)))
    (tmp_path / "b.wav").write_bytes(b"no audio")
    entries = [Entry(n, tmp_path / n, None, "one") for n in ("b.wav", "a.wav", "gone.wav")]
    run = Run({}, Watcher())
    (only,) = run.decoded(entries, "en")
    assert (only.name, only.language, only.reference) == ("a.wav", "en", "one")
    assert [one.name for one in run.left_out] == ["b.wav", "gone.wav"]
    (named,) = run.decoded([Entry("a.wav", tmp_path / "a.wav", "ko", None)], "en")
    assert (named.language, named.reference) == ("ko", "")


def test_recordings_of_one_language_are_processed_together() -> None:
    made = list(one_after_the_other(recordings(), 1.0))
    assert [(one.language, one.parts, one.duration_s) for one in made] == [
        ("ko", 1, 1.0),
        ("en", 2, 5.0),
        ("ko", 1, 2.0),
    ]


def test_figures_include_all_recordings_of_a_language() -> None:
    report = report_of(run_of(recordings()))
    assert [(f.setup, f.language) for f in report.figures] == [
        *(("file", "en"), ("live", "en"), ("file", "ko"), ("live", "ko"))
    ]
    file, live = figure(report, "file", "en"), figure(report, "live", "en")
    assert file.errors.count == 0
    assert (live.errors.lost, live.errors.doubled) == (1, 1), "20 is twenty"
    assert live.as_written.count == 3
    assert live.counted == "words"
    assert live.cpu_per_s == pytest.approx(0.25)
    assert live.speed == pytest.approx(8.0)
    korean = figure(report, "live", "ko")
    assert korean.counted == "characters"
    assert korean.recordings == 2
    assert (korean.errors.said, korean.errors.invented) == (6, 1)
    assert korean.as_written.changed == 1
    assert replace(korean, wall_s=0.0).speed == 0.0


def test_the_cost_of_another_process_is_unknown() -> None:
    report = report_of(run_of(recordings()), costed=False)
    assert figure(report, "live", "en").cpu_per_s is None
    assert number(None) == percent(None) == share(None) == NONE


def test_json_holds_everything() -> None:
    shown = json.loads(json.dumps(report_of(run_of(recordings())).as_json()))
    assert shown["complete"] is True
    assert "jiwer" in shown["normalisation"]
    live = shown["figures"][1]
    assert live["error_rate"] == live["wer"] == 25.0
    assert live["wer_numbers_as_written"] == 37.5
    assert live["final_s"] == {"count": 2, "p50": 1.0, "p95": 1.18}
    assert live["stable_share_p50"] == 0.75
    assert shown["figures"][0]["final_s"] == {"count": 0, "p50": None, "p95": None}
    heard = shown["recordings"][0]["heard"]["live"]
    assert {"kind": "lost", "said": "cats", "heard": ""} in heard["differences"]
    assert [one["name"] for one in shown["left_out"]] == ["<u>.wav", "poison.wav"]


def test_the_page_is_escaped_and_has_two_languages() -> None:
    html = page(report_of(run_of(recordings()), complete=False))
    assert "twenty &lt;b&gt;dogs&lt;/b&gt; &amp; cats ran home to us again" in html
    assert "calls/&lt;i&gt;" in html
    assert "&lt;u&gt;.wav: broken &amp; bent" in html
    assert not any(tag in html for tag in ("<b>dogs", "<i>", "<u>", "<script", "http"))
    assert '<span lang="en">Interrupted' in html
    assert '<span lang="ko">중단됨' in html
    assert "<del class=lost>cats</del>" in html
    assert "<ins class=doubled>again</ins>" in html


def test_the_page_of_a_complete_run_mentions_no_interruption() -> None:
    html = page(replace(report_of(run_of(recordings()[:1])), left_out=()))
    assert "Interrupted" not in html
    assert "Left out" not in html


def test_a_detected_language_has_its_own_heading() -> None:
    run = Run({"file": Parrot(), "live": Parrot()}, Watcher())
    run.measure([Recording("a.wav", "", tone(2), "one two")])
    english, korean = heading(report_of(run).figures)
    assert english == "auto: 1 recordings, 0.0 min, 2 words"
    assert korean == "auto: 녹음 1개, 0.0분, 단어 2개"


@pytest.mark.parametrize(
    ("said", "heard", "shown"),
    [
        ("one two three", "one three", "one <del class=lost>two</del> three"),
        (
            *("one two", "one too"),
            "one <del class=changed>two</del><ins class=changed>too</ins>",
        ),
        ("길 옆", "길옆", "길옆"),
        ("길옆", "길을옆", "길<ins class=invented>을</ins>옆"),
    ],
)
def test_differences_are_marked(said: str, heard: str, shown: str) -> None:
    assert differences(judge(said, heard, "").pieces) == shown


def test_results_name_the_reference() -> None:
    (english, korean, _) = run_of(recordings()).results
    assert isinstance(english, Result)
    assert (english.counted, korean.counted) == ("words", "characters")
