"""No result is lost, overwritten, or made twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.ledger import LIST, Ledger, Place, opened, write_whole
from realtime.errors import SetupError
from realtime.files.formats import Format

ASKED: dict[str, object] = {"language": "ko"}
BOTH: tuple[Format, ...] = ("json", "srt")


def recording(folder: Path, name: str, content: str = "x") -> Input:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return Input(path, Path(name), folder.name)


def transcribed(ledger: Ledger, item: Input, text: str = "text") -> Place:
    place = ledger.place(item, ASKED, overwrite=False)
    ledger.begin(place)
    ledger.finish(place, lambda form: f"{text} {form}")
    return place


def test_results_are_found_again(tmp_path: Path) -> None:
    item, out = recording(tmp_path / "calls", "sub/a.wav"), tmp_path / "out"
    with opened(out, BOTH) as ledger:
        place = transcribed(ledger, item)
        assert place.name == "sub/a"
        assert not place.done
    assert (out / "sub/a.json").read_text(encoding="utf-8") == "text json"
    with opened(out, BOTH) as ledger:
        assert ledger.place(item, ASKED, overwrite=False).done
        assert not ledger.place(item, ASKED, overwrite=True).done
        assert not ledger.place(item, {"language": "en"}, overwrite=False).done
    (out / "sub/a.srt").unlink()
    with opened(out, BOTH) as ledger:
        assert not ledger.place(item, ASKED, overwrite=False).done
    with opened(out, ("json",)) as ledger:
        assert ledger.place(item, ASKED, overwrite=False).done


def test_a_changed_recording_is_done_again_and_its_old_result_deleted(tmp_path: Path) -> None:
    item, out = recording(tmp_path, "a.wav"), tmp_path / "out"
    with opened(out, BOTH) as ledger:
        transcribed(ledger, item)
    recording(tmp_path, "a.wav", "other words")
    with opened(out, BOTH) as ledger:
        place = ledger.place(item, ASKED, overwrite=False)
        assert (place.name, place.done) == ("a", False)
        ledger.begin(place)
        assert not (out / "a.json").exists()
    with opened(out, BOTH) as ledger:  # the run crashed before the results came
        assert not ledger.place(item, ASKED, overwrite=False).done


def test_clashing_names_get_different_files(tmp_path: Path) -> None:
    items = [
        recording(tmp_path / "one", "a.wav"),
        recording(tmp_path / "one", "a.mp3"),
        recording(tmp_path / "two", "a.wav"),
        recording(tmp_path / "three" / "two", "a.wav"),
    ]
    with opened(tmp_path / "out", BOTH) as ledger:
        names = [transcribed(ledger, item, str(i)).name for i, item in enumerate(items)]
    assert names == ["a", "a.mp3", "a.wav", "two/a.wav"]
    for number, name in enumerate(names):
        text = (tmp_path / "out" / f"{name}.json").read_text(encoding="utf-8")
        assert text == f"{number} json"
    with opened(tmp_path / "out", BOTH) as ledger:  # in any order
        again = [ledger.place(item, ASKED, overwrite=False) for item in reversed(items)]
    assert [place.name for place in reversed(again)] == names
    assert all(place.done for place in again)


def test_another_recording_of_the_same_name_is_not_taken_for_done(tmp_path: Path) -> None:
    with opened(tmp_path / "out", BOTH) as ledger:
        transcribed(ledger, recording(tmp_path, "a.wav"))
    with opened(tmp_path / "out", BOTH) as ledger:
        place = ledger.place(recording(tmp_path, "a.mp3"), ASKED, overwrite=False)
    assert (place.name, place.done) == ("a.mp3", False)


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    item = recording(tmp_path, "a.wav")
    (tmp_path / "a.srt").write_text("by hand", encoding="utf-8")
    with opened(tmp_path, BOTH) as ledger:
        assert transcribed(ledger, item).name == "a.wav"
    assert (tmp_path / "a.srt").read_text(encoding="utf-8") == "by hand"


def test_overwrite_replaces_the_file(tmp_path: Path) -> None:
    item = recording(tmp_path, "a.wav")
    (tmp_path / "a.srt").write_text("by hand", encoding="utf-8")
    with opened(tmp_path, BOTH) as ledger:
        assert ledger.place(item, ASKED, overwrite=True).name == "a"


def test_a_truncated_ledger_is_read_as_far_as_possible(tmp_path: Path) -> None:
    first, second = recording(tmp_path, "a.wav"), recording(tmp_path, "b.wav")
    with opened(tmp_path / "out", BOTH) as ledger:
        transcribed(ledger, first)
        transcribed(ledger, second)
    path = tmp_path / "out" / LIST
    path.write_bytes(path.read_bytes()[:-9])
    with opened(tmp_path / "out", BOTH) as ledger:
        assert ledger.place(first, ASKED, overwrite=False).done
        third = transcribed(ledger, recording(tmp_path, "c.wav"))
    with opened(tmp_path / "out", BOTH) as ledger:
        assert ledger.place(recording(tmp_path, "c.wav"), ASKED, overwrite=False).name == third.name


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        opened(tmp_path, BOTH),
        pytest.raises(SetupError, match="Another realtime transcribe"),
        opened(tmp_path, BOTH),
    ):
        pass


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


FOLDERS = st.sampled_from(["", "x", "x/y", "X"])
STEMS = st.sampled_from(["a", "A", "a.wav", "b"])
SUFFIXES = st.sampled_from([".wav", ".mp3"])
RECORDINGS = st.lists(
    st.tuples(st.sampled_from(["one", "two"]), FOLDERS, STEMS, SUFFIXES), unique=True, max_size=8
)


@settings(max_examples=25)  # each writes with fsync, which takes its time
@given(RECORDINGS)
def test_no_two_recordings_share_a_file(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    items = [
        recording(folder / root, str(Path(inner, stem + suffix)))
        for root, inner, stem, suffix in made
    ]
    with opened(folder / "out", BOTH) as ledger:
        places = [transcribed(ledger, item, str(i)) for i, item in enumerate(items)]
        paths = [str(path).casefold() for p in places for path in ledger.paths(p).values()]
    assert len(set(paths)) == len(paths)
    for number, place in enumerate(places):
        text = (folder / "out" / f"{place.name}.json").read_text(encoding="utf-8")
        assert text == f"{number} json"
