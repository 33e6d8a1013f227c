"""Whole files with the real engine: a scripted model for the logic, the bundled one for words."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from realtime.app.detectors import make_detector
from realtime.backends.base import Backend
from realtime.backends.scripted import Hearing, Script, ScriptedBackend
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.errors import DecodeFailed, MessageTooBig, NotAudio
from realtime.files.run import LANGUAGE_WINDOWS
from realtime.files.transcriber import (
    Checkpoint,
    FileLimits,
    FileOptions,
    FileTranscriber,
    Piece,
    Progress,
)
from realtime.types import SAMPLE_RATE, Samples, Transcript, Window
from realtime.vad.base import FRAME_SAMPLES, Probabilities, SpeechDetector
from realtime.weights.bundled import bundled_dir, samples
from tests.audio.encode import encode

TEXT = " ".join(f"word{i}" for i in range(400))
SCRIPT = Script.evenly(TEXT, 0.0, 0.5)
"""A word every 0.6 s, for 240 s."""


class LoudDetector:
    """Takes every loud frame for speech, however long it lasts."""

    def probabilities(self, samples: Samples) -> Probabilities:
        frames = samples.reshape(-1, FRAME_SAMPLES)
        loud: Probabilities = (np.abs(frames).max(axis=1) > 0.01).astype(np.float32)
        return loud

    def reset(self) -> None:
        """It has no state."""


def noise(*runs: tuple[float, bool]) -> Samples:
    """Alternating loud and silent runs of these lengths in seconds."""
    rng = np.random.default_rng(1)
    return np.concatenate(
        [
            rng.normal(0, 0.1 if loud else 1e-6, round(seconds * SAMPLE_RATE))
            for seconds, loud in runs
        ]
    ).astype(np.float32)


@asynccontextmanager
async def transcribing(
    backend: Backend | None = None,
    limits: FileLimits | None = None,
    detector: Callable[[], SpeechDetector] = LoudDetector,
) -> AsyncIterator[FileTranscriber]:
    made = backend or ScriptedBackend(SCRIPT)
    engine = Engine(lambda: made, EngineOptions(watch_interval_s=1e6))
    engine.start()
    files = FileTranscriber(engine, detector, limits)
    try:
        yield files
    finally:
        files.close()
        engine.stop()


def said(transcript: Transcript) -> list[int]:
    """The numbers of the words in the result."""
    return [int(word.removeprefix("word")) for word in transcript.text.split()]


ENGLISH = FileOptions(language="en")


async def test_every_word_of_speech_without_pauses_occurs_once() -> None:
    async with transcribing() as files:
        transcript = await files.transcribe(noise((120.0, True)), ENGLISH)
    heard = said(transcript)
    assert heard == list(range(heard[0], heard[0] + len(heard)))
    assert heard[0] <= 1
    assert heard[-1] == sum(word.end_s <= 120.0 for word in SCRIPT.words) - 1
    assert transcript.windows >= 4
    assert transcript.duration_s == 120.0


async def test_windows_have_the_probability_of_the_detector() -> None:
    class Soft(LoudDetector):
        def probabilities(self, samples: Samples) -> Probabilities:
            return super().probabilities(samples) * np.float32(0.75)

    windows: list[Window] = []
    backend = ScriptedBackend(SCRIPT, before_decode=windows.extend)
    async with transcribing(backend, detector=Soft) as files:
        await files.transcribe(noise((40.0, True), (5.0, False), (15.0, True)), ENGLISH)
    assert len(windows) == 3
    assert {window.voice for window in windows} == {0.75}


@pytest.mark.parametrize("given", ["my", None])
@pytest.mark.parametrize("seconds", [20.0, 120.0])
async def test_windows_are_short_where_the_language_needs_many_tokens(
    given: str | None, seconds: float
) -> None:
    """Also where the language of the file must be detected first."""
    windows: list[Window] = []
    backend = ScriptedBackend(replace(SCRIPT, language="my"), before_decode=windows.extend)
    longest_s = 4.7
    backend.traits = replace(backend.traits, text_room_s={"my": longest_s})
    async with transcribing(backend) as files:
        transcript = await files.transcribe(noise((seconds, True)), FileOptions(language=given))
    heard = said(transcript)
    assert heard == list(range(sum(word.end_s <= seconds for word in SCRIPT.words)))
    assert transcript.language == "my"
    asked = [window for window in windows if window.options.language == "my"]
    assert max(window.duration_s for window in asked) <= longest_s
    assert transcript.windows == len(asked)
    assert len(windows) - len(asked) <= (0 if given else LANGUAGE_WINDOWS)


async def test_a_translation_is_in_english() -> None:
    windows: list[Window] = []
    backend = ScriptedBackend(replace(SCRIPT, language="my"), before_decode=windows.extend)
    async with transcribing(backend) as files:
        await files.transcribe(noise((60.0, True)), FileOptions(language="my", task="translate"))
    assert max(window.duration_s for window in windows) > 25.0


async def test_words_with_inexact_times_occur_once_too() -> None:
    backend = ScriptedBackend(SCRIPT, Hearing(jitter_s=0.2))
    async with transcribing(backend) as files:
        heard = said(await files.transcribe(noise((90.0, True)), ENGLISH))
    assert heard == list(range(heard[0], heard[0] + len(heard)))


async def test_silence_costs_nothing_and_gives_no_text() -> None:
    calls: list[int] = []
    backend = ScriptedBackend(SCRIPT, before_decode=lambda windows: calls.append(len(windows)))
    async with transcribing(backend) as files:
        seen: list[Progress] = []
        transcript = await files.transcribe(noise((200.0, False)), ENGLISH, seen.append)
    assert transcript.segments == ()
    assert not calls
    assert [p.done_s for p in seen] == sorted(p.done_s for p in seen)
    assert seen[-1] == Progress(200.0, 200.0)


async def test_bounded_gives_the_same_words() -> None:
    audio = noise(*[(7.0, True), (0.7, False)] * 10)
    async with transcribing() as files:
        plain = await files.transcribe(audio, ENGLISH)
        bounded = await files.transcribe(audio, FileOptions(language="en", bounded=True))
    assert plain == bounded
    assert plain.text


async def test_segments_are_within_speech() -> None:
    audio = noise((3.0, False), (4.0, True), (5.0, False), (4.0, True), (2.0, False))
    async with transcribing() as files:
        transcript = await files.transcribe(audio, ENGLISH)
    assert len(transcript.segments) == 2
    for segment, (start_s, end_s) in zip(transcript.segments, [(3, 7), (12, 16)], strict=True):
        assert start_s - 0.5 <= segment.start_s < segment.end_s <= end_s + 0.5


async def test_segments_of_channels_are_labelled_and_in_order_of_time() -> None:
    left = noise((3.0, True), (4.0, False), (3.0, True), (4.0, False))
    right = noise((4.0, False), (2.0, True), (4.0, False), (4.0, True))
    data = encode("flac", "flac", [left, right], rate=SAMPLE_RATE)
    async with transcribing() as files:
        options = FileOptions(language="en", multichannel=True)
        transcript = await files.transcribe(data, options)
    assert [segment.channel for segment in transcript.segments] == [0, 1, 0, 1]
    starts = [segment.start_s for segment in transcript.segments]
    assert starts == sorted(starts)


async def collect(files: FileTranscriber, audio: Samples, begun: Checkpoint | None) -> list[Piece]:
    options = FileOptions(language="en", bounded=True)
    return [piece async for piece in files.stream(audio, options, begun)]


@pytest.mark.parametrize("pause_s", [0.7, 0.0])
async def test_a_file_can_be_resumed_from_every_checkpoint(pause_s: float) -> None:
    audio = noise(*[(7.3, True), (pause_s, False)] * 12)
    async with transcribing() as files:
        whole = await collect(files, audio, None)
        words = " ".join(s.text for piece in whole for s in piece.segments).split()
        assert len(words) > 130
        for stop in range(0, len(whole), 2):
            before = [s.text for piece in whole[: stop + 1] for s in piece.segments]
            saved = json.loads(json.dumps(asdict(whole[stop].checkpoint)))
            begun = Checkpoint(
                tuple(saved["done"]), tuple(saved["said"]), saved["language"], saved["windows"]
            )
            rest = await collect(files, audio, begun)
            after = [s.text for piece in rest for s in piece.segments]
            assert " ".join([*before, *after]).split() == words
            assert rest[-1].progress.done_s == pytest.approx(len(audio) / SAMPLE_RATE)


class Failing:
    """Lets the model fail this many times at each window."""

    def __init__(self, times: int) -> None:
        self.left: dict[int, int] = {}
        self.times = times

    def __call__(self, windows: Sequence[Window]) -> None:
        for window in windows:
            left = self.left.setdefault(window.start, self.times)
            if left:
                self.left[window.start] -= 1
                raise RuntimeError("a passing fault")


async def test_a_failed_window_is_tried_again() -> None:
    audio = noise(*[(3.0, True), (3.5, False)] * 2)
    async with transcribing() as files:
        right = await files.transcribe(audio, ENGLISH)
    async with transcribing(ScriptedBackend(SCRIPT, before_decode=Failing(2))) as files:
        assert await files.transcribe(audio, ENGLISH) == right


async def test_a_window_that_always_fails_fails_only_its_file() -> None:
    def explode(windows: Sequence[Window]) -> None:
        if any(window.options.prompt == "poison" for window in windows):
            raise RuntimeError("poison")

    audio = noise((3.0, True), (1.0, False))
    async with transcribing(ScriptedBackend(SCRIPT, before_decode=explode)) as files:
        good = asyncio.create_task(files.transcribe(audio, ENGLISH))
        with pytest.raises(DecodeFailed):
            await files.transcribe(audio, FileOptions(language="en", prompt="poison"))
        assert (await good).text


async def test_cancelling_ends_the_work_at_once() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def hold(_windows: Sequence[Window]) -> None:
        entered.set()
        assert go_on.wait(20)

    async with transcribing(ScriptedBackend(SCRIPT, before_decode=hold)) as files:
        task = asyncio.create_task(files.transcribe(noise((200.0, True)), ENGLISH))
        await asyncio.get_running_loop().run_in_executor(None, entered.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
        assert not go_on.is_set()
        go_on.set()
        await files.transcribe(noise((3.0, True), (1.0, False)), ENGLISH)


async def test_a_closed_generator_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    path.write_bytes(encode("flac", "flac", [noise((60.0, True))], rate=SAMPLE_RATE))
    async with transcribing() as files:
        pieces = files.stream(path, ENGLISH)
        await anext(pieces)
        await pieces.aclose()
        assert len(asyncio.all_tasks()) == 1 or await _settled()


async def _settled() -> bool:
    """Cancelled tasks need one turn of the loop to end."""
    for _ in range(10):
        await asyncio.sleep(0)
    return len(asyncio.all_tasks()) == 1


async def test_files_that_are_too_long_or_no_audio_are_refused() -> None:
    async with transcribing(limits=FileLimits(max_audio_s=5.0)) as files:
        with pytest.raises(NotAudio):
            await files.transcribe(b"no audio at all", ENGLISH)
        with pytest.raises(MessageTooBig):
            await files.transcribe(noise((10.0, False)), ENGLISH)


@pytest.fixture(scope="module")
def bundled() -> Iterator[Callable[[], FileTranscriber]]:
    engine = Engine(lambda: FasterWhisperBackend(bundled_dir(), device="cpu"))
    engine.start()
    made: list[FileTranscriber] = []

    def make() -> FileTranscriber:
        made.append(FileTranscriber(engine, lambda: make_detector("silero")))
        return made[-1]

    yield make
    for one in made:
        one.close()
    engine.stop()


async def test_the_bundled_recordings_are_transcribed_word_for_word(
    bundled: Callable[[], FileTranscriber],
) -> None:
    files = bundled()
    wanted = samples()
    tasks = [files.transcribe(s.path, FileOptions(language=s.language)) for s in wanted]
    for sample, transcript in zip(wanted, await asyncio.gather(*tasks), strict=True):
        assert transcript.text == sample.text


async def test_the_language_of_a_file_is_detected_once(
    bundled: Callable[[], FileTranscriber],
) -> None:
    korean = [s for s in samples() if s.language == "ko"][:3]
    pause = np.zeros(SAMPLE_RATE, np.float32)
    audio = np.concatenate([part for s in korean for part in (s.read(), pause)])
    transcript = await bundled().transcribe(audio, FileOptions(language=None))
    assert transcript.language == "ko"
    assert transcript.text == " ".join(s.text for s in korean)


async def test_words_have_times(bundled: Callable[[], FileTranscriber]) -> None:
    sample = samples()[0]
    options = FileOptions(language=sample.language, word_times=True)
    transcript = await bundled().transcribe(sample.path, options)
    heard = [word for segment in transcript.segments for word in segment.words]
    assert [word.text for word in heard] == [word.text for word in sample.words]
    for word, true in zip(heard, sample.words, strict=True):
        assert abs(word.start_s - true.start_s) < 0.3
