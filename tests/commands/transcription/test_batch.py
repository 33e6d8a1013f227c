"""Batches of recordings: failures, progress, and what an interrupted run leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.commands.transcription.batch import FileBatch, Forecast, Tally, Task, plan
from realtime.commands.transcription.inputs import Input
from realtime.commands.transcription.ledger import Place, opened
from realtime.commands.transcription.recogniser import Answer, OnProgress, TranscriptionOptions
from realtime.errors import NotAudio, Unauthorized


class Scripted:
    """A recogniser that returns the content of the file, or raises the error that it names."""

    def __init__(self, company: int = 1) -> None:
        """`company`: the first call ends when this many run."""
        self.running = 0
        self.most = 0
        self._company = company
        self._met = asyncio.Event()

    async def transcribe(
        self, path: Path, fields: Mapping[str, object], on_progress: OnProgress
    ) -> Answer:
        text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        self.running += 1
        self.most = max(self.most, self.running)
        if self.most >= self._company:
            self._met.set()
        try:
            async with asyncio.timeout(10):
                await self._met.wait()
            on_progress(1.0, 2.0)
            for _ in range(5):
                await asyncio.sleep(0)
            if text == "broken":
                raise NotAudio("This is no audio.")
            if text == "forbidden":
                raise Unauthorized("Give a key.")
            if text == "forever":
                await asyncio.Event().wait()
            odd = [{"code": "sides_cancel", "message": "One side."}] if text == "odd" else []
            return {
                "warnings": odd,
                "language": fields["language"],
                "duration": 2.0,
                "cost_usd": 0.5,
                "segments": [{"start": 0.0, "end": 1.0, "text": text}],
            }
        finally:
            self.running -= 1

    async def backend(self) -> str:
        return "scripted"


class Heard:
    """A display that records its calls."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[tuple[str, str]] = []
        self.warned: list[tuple[str, str]] = []
        self.two_ended = asyncio.Event()

    def begin(self, task: Task) -> None:
        self.begun.append(task.item.path.name)

    def progress(self, task: Task, done_s: float, total_s: float | None) -> None:
        assert (done_s, total_s) == (1.0, 2.0)

    def warn(self, task: Task, message: str) -> None:
        self.warned.append((task.item.path.name, message))

    def end(self, task: Task, error: str = "") -> None:
        self.ended.append((task.item.path.name, error))
        if len(self.ended) == 2:
            self.two_ended.set()


def inputs(folder: Path, *contents: str) -> list[Input]:
    folder.mkdir(exist_ok=True)
    items = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.wav"
        path.write_text(content, encoding="utf-8")
        items.append(Input(path, Path(path.name)))
    return items


async def run(
    folder: Path,
    items: list[Input],
    recogniser: Scripted,
    at_once: int = 2,
    heard: Heard | None = None,
) -> tuple[Tally, Heard]:
    tally, options, heard = Tally(), TranscriptionOptions(), heard or Heard()
    with opened(folder, ("json",)) as ledger:
        tasks, tally.skipped = plan(items, ledger, options.fields(), overwrite=False)
        await FileBatch(recogniser, ledger, options, ("json",), heard).run(tasks, at_once, tally)
    return tally, heard


async def test_one_failure_does_not_stop_others(tmp_path: Path) -> None:
    items, recogniser = inputs(tmp_path / "in", "a", "broken", "b", "c"), Scripted(company=2)
    tally, heard = await run(tmp_path / "out", items, recogniser)
    assert (tally.done, tally.failed, tally.skipped) == (3, 1, 0)
    assert (tally.audio_s, tally.cost_usd) == (6.0, 1.5)
    assert ("1.wav", "This is no audio.") in heard.ended
    assert sorted(p.name for p in (tmp_path / "out").glob("*.json")) == [
        "0.json",
        "2.json",
        "3.json",
    ]
    assert recogniser.most == 2

    tally, heard = await run(tmp_path / "out", items, Scripted())
    assert (tally.done, tally.failed, tally.skipped) == (0, 1, 3)
    assert heard.begun == ["1.wav"]


async def test_warnings_of_a_recording_are_shown(tmp_path: Path) -> None:
    _, heard = await run(tmp_path / "out", inputs(tmp_path / "in", "a", "odd"), Scripted())
    assert heard.warned == [("1.wav", "One side.")]


async def test_a_file_that_disappears_is_one_failure(tmp_path: Path) -> None:
    items = inputs(tmp_path / "in", "a", "b")
    tally, options, heard = Tally(), TranscriptionOptions(), Heard()
    with opened(tmp_path / "out", ("json",)) as ledger:
        tasks, _ = plan(items, ledger, options.fields(), overwrite=False)
        items[0].path.unlink()
        await FileBatch(Scripted(), ledger, options, ("json",), heard).run(tasks, 1, tally)
    assert (tally.done, tally.failed) == (1, 1)
    assert heard.ended[0] == ("0.wav", "It cannot be read: No such file or directory.")


async def test_a_wrong_key_ends_the_run(tmp_path: Path) -> None:
    items = inputs(tmp_path / "in", "a", "forbidden", *"bcdefgh")
    with pytest.raises(Unauthorized):
        await run(tmp_path / "out", items, Scripted(), at_once=1)
    assert [path.name for path in (tmp_path / "out").glob("*.json")] == ["0.json"]


async def test_a_folder_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    (item,) = inputs(tmp_path / "in", "a")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").write_text("in the way", encoding="utf-8")
    with pytest.raises(NotADirectoryError):
        await run(tmp_path / "out", [Input(item.path, Path("sub/a.wav"))], Scripted())


async def test_a_cancelled_run_keeps_finished_results(tmp_path: Path) -> None:
    items, recogniser = inputs(tmp_path / "in", "a", "forever", "b"), Scripted()
    heard = Heard()
    running = asyncio.create_task(run(tmp_path / "out", items, recogniser, heard=heard))
    await heard.two_ended.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert recogniser.running == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir() if p.suffix == ".tmp") == []

    items[1].path.write_text("not for ever", encoding="utf-8")
    tally, _ = await run(tmp_path / "out", items, Scripted())
    assert (tally.done, tally.skipped) == (1, 2)


def task(number: int, size: int) -> Task:
    path = Path(f"{number}.wav")
    return Task(Input(path, path), Place(str(path), str(number), ""), size)


def test_the_forecast_estimates_by_size() -> None:
    first, second = task(1, 100), task(2, 300)
    forecast = Forecast({first: 100, second: 300})
    assert forecast.total_s is None
    forecast.progress(first, 5.0, 10.0)
    assert forecast.done_s == 5.0
    assert forecast.total_s == pytest.approx(40.0)
    forecast.progress(second, 0.0, 20.0)
    assert forecast.total_s == pytest.approx(30.0)
    forecast.end(first)  # it failed in the middle, so none of it is left to do
    assert forecast.done_s == 10.0


def test_the_forecast_uses_the_speed_so_far() -> None:
    first, second, third = task(1, 100), task(2, 100), task(3, 100)
    forecast = Forecast({first: 100, second: 100, third: 100})
    assert forecast.left_s(1.0) is None
    for one in (first, second):
        forecast.progress(one, 0.0, 10.0)
    assert forecast.left_s(5.0) is None
    forecast.progress(first, 10.0, 10.0)
    forecast.end(first)
    # 10 s and half of the running recording took 3 s: as much is left.
    assert forecast.left_s(3.0) == pytest.approx(3.0)
    forecast.end(second, failed=True)
    # The second gave no result: the speed is that of the first.
    assert forecast.left_s(5.0) == pytest.approx(5.0)
    forecast.end(third)
    assert forecast.left_s(9.0) == 0.0


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1000), st.none() | st.floats(0.1, 100), st.floats(0, 100), st.booleans()
        ),
        max_size=8,
    )
)
def test_the_forecast_is_never_below_what_is_done(
    steps: list[tuple[int, float | None, float, bool]],
) -> None:
    tasks = [task(number, size) for number, (size, *_) in enumerate(steps)]
    forecast = Forecast({one: one.size for one in tasks})
    for one, (_, total_s, done_s, over) in zip(tasks, steps, strict=True):
        forecast.progress(one, done_s if total_s is None else min(done_s, total_s), total_s)
        if over:
            forecast.end(one)
    known = [total_s for _, total_s, _, _ in steps if total_s is not None]
    if forecast.total_s is not None:
        assert forecast.total_s >= sum(known) - 1e-6
        if all(total_s is not None for _, total_s, _, _ in steps):
            assert forecast.done_s <= forecast.total_s + 1e-6
