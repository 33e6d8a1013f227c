"""A watched folder, with a scripted recogniser: faults that pass, and faults that stay."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from realtime.commands.transcription.arrivals import Arrivals
from realtime.commands.transcription.batch import FileBatch
from realtime.commands.transcription.ledger import opened
from realtime.commands.transcription.recogniser import Answer, OnProgress, TranscriptionOptions
from realtime.commands.transcription.screen import FileLines
from realtime.commands.transcription.watching import MOST_WAITING, Watch
from realtime.errors import NotAudio, NotReady, Unauthorized

SETTLE_S = 0.05


class Scripted:
    """A recogniser that raises these errors in turn, and then returns `words`."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.asked: list[str] = []

    async def transcribe(
        self, path: Path, fields: Mapping[str, object], on_progress: OnProgress
    ) -> Answer:
        self.asked.append(path.name)
        if self._failures:
            raise self._failures.pop(0)
        return {
            "language": "en",
            "duration": 2.0,
            "segments": [{"start": 0.0, "end": 1.0, "text": "words"}],
        }

    async def backend(self) -> str:
        return "scripted"


def recording(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(b"sound")
    os.utime(path, (1, 1))
    return path


async def watched(folder: Path, recogniser: Scripted) -> tuple[Watch, list[str]]:
    lines: list[str] = []
    with opened(folder, ("txt",)) as ledger:
        shown = FileLines(Console(file=io.StringIO()))
        batch = FileBatch(recogniser, ledger, TranscriptionOptions(), ("txt",), shown)
        watch = Watch(
            folder, batch, {}, Arrivals(SETTLE_S), say=lines.append, retry_s=SETTLE_S, look_ms=20
        )
        await watch.run(2, once=True)
    return watch, lines


async def test_a_server_that_is_busy_is_asked_again(tmp_path: Path) -> None:
    recording(tmp_path, "a.wav")
    recogniser = Scripted(NotReady("It is loading."))
    watch, lines = await watched(tmp_path, recogniser)
    assert recogniser.asked == ["a.wav", "a.wav"]
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "words\n"
    assert watch.tally.done == 1
    assert any("tried again" in line for line in lines)


async def test_a_bad_file_is_named_beside_it_and_left_alone_until_it_changes(
    tmp_path: Path,
) -> None:
    bad = recording(tmp_path, "a.wav")
    await watched(tmp_path, Scripted(NotAudio("This is no audio.")))
    error = tmp_path / "a.error.txt"
    assert error.read_text(encoding="utf-8") == "This is no audio.\n"
    again = Scripted()
    watch, _ = await watched(tmp_path, again)
    assert (again.asked, watch.tally.skipped) == ([], 1)
    bad.write_bytes(b"another sound")
    await watched(tmp_path, again)
    assert again.asked == ["a.wav"]
    assert not error.exists()


async def test_a_wrong_key_ends_the_watch(tmp_path: Path) -> None:
    recording(tmp_path, "a.wav")
    with pytest.raises(Unauthorized):
        await watched(tmp_path, Scripted(Unauthorized("Give a key.")))


async def test_more_recordings_than_may_wait_are_all_done(tmp_path: Path) -> None:
    count = MOST_WAITING + 9
    for number in range(count):
        recording(tmp_path, f"{number}.wav")
    recogniser = Scripted()
    watch, _ = await watched(tmp_path, recogniser)
    assert watch.tally.done == count
    assert len(set(recogniser.asked)) == len(recogniser.asked) == count
