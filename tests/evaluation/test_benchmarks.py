"""How benchmarks read a folder of recordings, and compare the results with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.recognition.borders import HeardWindow, Placed, differences, placed
from benchmarks.recognition.cuts import seams
from benchmarks.recognition.human import PEER, rows, setups
from benchmarks.shared.source import BUNDLED, NOBODY, Source
from benchmarks.streams.capacity import Load, compared, spread
from realtime.errors import SetupError
from realtime.evaluation.figures import figures
from realtime.evaluation.run import Run
from realtime.evaluation.setups import Setup
from realtime.load_test.player import Arrival, Playback
from realtime.load_test.synthetic.corpus import SessionSentence, SpokenSession
from realtime.load_test.synthetic.grammar import Language
from realtime.load_test.waits import Waits
from realtime.types import Word
from realtime.weights.bundled import bundled_dir
from tests.e2e.support import SAMPLES
from tests.evaluation.test_run import Parrot, Watcher, recordings

NAMES = ("en-timer", "en-hello", "en-call", "ko-agent")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    chosen = [SAMPLES[name] for name in NAMES]
    for sample in chosen:
        (tmp_path / sample.language).mkdir(exist_ok=True)
        shutil.copy(sample.path, tmp_path / sample.language)
    items = [
        {"file": f"{s.language}/{s.path.name}", "lang": s.language, "reference": s.text}
        for s in chosen
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(items), encoding="utf-8")
    return tmp_path


def test_sessions_of_people_are_found(folder: Path) -> None:
    source = Source(None, folder)
    assert source.languages == ("en", "ko")
    once, again = (source.sessions("en", 6.0, 1, 2) for _ in range(2))
    assert [one.text for one in once] == [one.text for one in again]
    assert np.array_equal(once[0].samples, again[0].samples)
    assert once[0].sentences[0].text != once[1].sentences[0].text
    for session in once:
        assert session.duration_s >= 6.0
        ends = [(s.start_s, s.end_s) for s in session.sentences]
        assert ends == sorted(ends)
        assert all(start_s < end_s <= session.duration_s for start_s, end_s in ends)
    assert [len(s.sentences) for s in source.flowing("ko", 4.0, 1)] == [1] * 4


def test_a_language_without_recordings_is_reported(folder: Path) -> None:
    (folder / "manifest.json").write_text(
        json.dumps([{"file": "ko/ko-agent.wav", "lang": "ko", "reference": "네"}])
    )
    with pytest.raises(SetupError, match="no recording with words in en"):
        Source(None, folder).sessions("en", 1.0, 1, 1)


def test_weights_are_the_bundled_or_the_named_ones(tmp_path: Path) -> None:
    assert (BUNDLED.weights, BUNDLED.served) == (bundled_dir(), "bundled")
    named = Source(tmp_path)
    assert (named.weights, named.served) == (tmp_path, str(tmp_path))
    assert BUNDLED.languages == ("en", "ko")


def test_live_words_are_compared_with_the_file() -> None:
    order = (Setup(PEER, False), *setups((5.0,), ("low-latency",)))
    assert [one.name for one in order] == [
        PEER,
        *("file", "live", "chunk_duration=5", "low-latency"),
    ]
    worse = Parrot({"again": "again again"})
    run = Run({one.name: worse if one.live else Parrot() for one in order}, Watcher())
    run.measure(recordings()[:1])
    found = list(rows("en, alone", figures(run.results, order)))
    assert [row.met for row in found] == [None, True, False, False, False]
    assert "12.5 % (+12.5" in found[2].figure
    assert "1 doubled" in found[2].figure


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ("one two three four", {"words": 4}),
        ("one two two three four", {"words": 4, "doubled": 1}),
        ("one three four", {"words": 4, "lost": 1}),
        ("one too three four", {"words": 4, "other": 1}),
        ("one too four", {"words": 4, "other": 2}),
    ],
)
def test_errors_at_cuts_are_counted(heard: str, found: dict[str, int]) -> None:
    assert dict(seams("one two three four", heard)) == found


def evenly(text: str, start_s: float = 0.0) -> list[Word]:
    """A word a second."""
    return [Word(f" {word}", start_s + i, start_s + i + 1.0) for i, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("heard", "first", "second", "at_cut", "merged"),
    [
        ("a b c e f g h", "a b c d e", "d e f g h", True, True),
        ("a b c e f g h", "a b c", "e f g h", True, False),
        ("a b d e f g h", "a b d e", "d e f g h", False, False),
        ("a b d e f g h", "a b c d e", "d e f g h", True, True),
        ("a b c d d e f g h", "a b c d", "d e f g h", True, True),
        ("a b b c d e f g h", "a b b c d", "d e f g h", False, False),
    ],
)
def test_words_lost_at_a_cut_are_told_from_those_that_no_window_has(
    heard: str, first: str, second: str, at_cut: bool, merged: bool
) -> None:
    """The cut is at 4 s; both windows hear from 3 to 5 s."""
    text, finals = "a b c d e f g h", evenly(heard)
    windows = [HeardWindow(0.0, 5.0, first), HeardWindow(3.0, 8.0, second)]
    told = placed(heard, finals)
    (found,) = differences(placed(text, evenly(text)), told, [4.0], windows)
    assert (found.at_cut, found.merged) == (at_cut, merged)
    assert found.kind == ("lost" if len(finals) < 8 else "doubled")
    assert found.cut_s == 4.0
    assert ("at a cut" if at_cut else "elsewhere") in str(found)


@pytest.mark.parametrize(("second_s", "at_cut"), [(3.4, False), (4.8, True)])
def test_a_word_that_two_windows_hear_whole_and_neither_has_is_not_lost_at_a_cut(
    second_s: float, at_cut: bool
) -> None:
    windows = [HeardWindow(0.0, 7.0, "a b c d f"), HeardWindow(second_s, 9.0, "f g h")]
    told = placed(
        "a b c d f g h", [word for word in evenly("a b c d e f g h") if word.text != " e"]
    )
    (found,) = differences(
        placed("a b c d e f g h", evenly("a b c d e f g h")), told, [4.5], windows
    )
    assert (found.at_cut, found.merged, found.misheard) == (at_cut, False, not at_cut)
    assert str(found).endswith(", in no window") is not at_cut


def test_words_have_the_times_of_their_letters() -> None:
    spoken = [Word(" Well", 0.0, 1.0), Word("-known", 1.0, 2.0), Word(" words.", 2.0, 3.0)]
    assert placed("Well-known words.", spoken) == [
        *(Placed("wellknown", 0.0, 2.0), Placed("words", 2.0, 3.0))
    ]
    with pytest.raises(ValueError, match="not the words"):
        placed("Well-known words.", spoken[:2])


@given(st.integers(1, 200), st.integers(1, 20))
def test_streams_played_alone_are_spread_over_all(count: int, most: int) -> None:
    found = spread(count, most)
    steps = [after - before for before, after in zip(found, [*found[1:], count], strict=True)]
    assert found[0] == 0
    assert len(found) == min(count, most)
    assert min(steps) >= 1
    assert max(steps) - min(steps) <= 1


def said(language: Language, text: str, heard: str) -> tuple[SpokenSession, Playback]:
    sentence = SessionSentence(0.0, 1.0, text, ())
    session = SpokenSession(language, NOBODY, np.zeros(1, np.float32), (sentence,))
    return session, Playback([Arrival(1.0, {"type": "final", "text": heard})])


def test_words_together_are_compared_with_those_of_the_same_streams_alone() -> None:
    """Of streams of two languages, one after the other, the second is heard worse."""
    every = [*[said("en", "one two", "one two")] * 10, *[said("ko", "네 네", "예 네")] * 10]
    streams, played = map(list, zip(*every, strict=True))
    load = Load(streams, played, Waits(), {}, {}, 1.0)
    apart = {index: played[index].text for index in spread(len(streams), 8)}
    together, single = compared(load, apart)
    assert (together.rate, single.rate) == (25.0, 25.0)
    load.played[0] = said("en", "", "one")[1]
    together, single = compared(load, apart)
    assert (together.deleted, single.deleted) == (1, 0)
