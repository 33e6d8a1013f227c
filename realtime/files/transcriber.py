"""Whole files → transcripts, through the engine that also serves the live streams."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace

from realtime.audio.files import Decoders, Source
from realtime.engine.edge import attempt
from realtime.engine.engine import Engine
from realtime.errors import BadOption, DecodeFailed, NotReady, Overloaded
from realtime.files.cutter import Cut, Cutter
from realtime.files.merge import heard
from realtime.files.options import Checkpoint, FileLimits, FileOptions, Piece, Progress
from realtime.files.segmenter import CutOptions, samples
from realtime.files.threads import in_thread
from realtime.files.track import Tracks
from realtime.speakers.embedding import SpeakerNetwork
from realtime.speakers.stretches import Stretch
from realtime.speakers.voices import Voices
from realtime.types import (
    SAMPLE_RATE,
    DecodeOptions,
    Hypothesis,
    Segment,
    Transcript,
    Urgency,
    Window,
)
from realtime.vad.base import SpeechDetector

__all__ = [
    "Checkpoint",
    "FileLimits",
    "FileOptions",
    "FileTranscriber",
    "Piece",
    "Progress",
    "Source",
]

LONGEST_WINDOW_S = 29.5
"""Whisper hears 30 s; a span may outgrow its length by the silence kept behind it."""
LEAST_OVERLAP_S = 1.0
"""A word that a cut hits is heard whole by one of the two windows."""
WINDOWS_AHEAD = 16
"""Windows of one file that wait for the model or are in it: two batches for each of two workers.
With one file alone, fewer would leave batches unfilled; more would only take memory."""
WINDOWS_AHEAD_BOUNDED = 8
"""Two for each of two workers, and as many that wait."""
LANGUAGE_WINDOWS = 3
"""Windows that decide together which language a file is in."""
ATTEMPTS = 3
"""Decodes of one window before its file fails."""
THREADS = 8
"""For reading and cutting: more than are busy, so that a file that hangs its decoder holds up no
other."""
PATIENCE_S = 120.0
"""How long a window waits for a model that is not ready or overloaded: a reload takes seconds."""
PAUSE_S = 0.5
"""Between two attempts at an overloaded engine."""


class FileTranscriber:
    """Transcribes any number of files at once. Cancelling the task ends all work for its file."""

    def __init__(
        self,
        engine: Engine,
        make_detector: Callable[[], SpeechDetector],
        limits: FileLimits | None = None,
        voices: Voices | None = None,
    ) -> None:
        """`make_detector`: a new one for each channel of each file. `voices`: tells speakers apart;
        without it files are refused that ask for it."""
        self._engine = engine
        self._make_detector = make_detector
        self._limits = limits or FileLimits()
        self._voices = voices
        self._decoders = Decoders()
        # Its own threads: files must not keep others waiting who use the loop's executor.
        self._threads = ThreadPoolExecutor(max(THREADS, os.cpu_count() or 1), "files")

    def close(self) -> None:
        """End the idle decoder processes and threads. Files in progress must be cancelled first."""
        self._decoders.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def transcribe(
        self,
        source: Source,
        options: FileOptions,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Transcript:
        """The whole transcript.

        Raises MissingFile, NotAudio, MessageTooBig (longer than allowed), BadOption, and what the
        engine answers with: DecodeFailed, NotReady, Overloaded, Draining …
        """
        found: list[Segment] = []
        language, progress, reached = options.language or "", Progress(0.0, None), Checkpoint()
        async with aclosing(self.stream(source, options)) as pieces:
            async for piece in pieces:
                found += piece.segments
                language, progress = piece.language, piece.progress
                reached = piece.checkpoint
                if on_progress is not None:
                    on_progress(progress)
        return Transcript(
            tuple(found), language, progress.done_s, reached.windows, reached.cost_usd
        )

    async def duration_s(self, source: Source) -> float | None:
        """How long the file says it is; None where it does not say.

        Raises MissingFile, NotAudio, MessageTooBig (longer than allowed).
        """

        def look() -> float | None:
            reader = self._decoders.open(source, max_s=self._limits.max_audio_s)
            reader.close()
            return reader.info.total_s

        return await in_thread(self._threads, look)

    async def stream(
        self, source: Source, options: FileOptions, resume: Checkpoint | None = None
    ) -> AsyncGenerator[Piece, None]:
        """The transcript piece by piece, from `resume` on; raises like `transcribe`.

        Segments come in order of their start. The last piece has everything done.
        """
        begun = resume or Checkpoint()
        voices = self._voices if options.diarize else None
        if options.diarize and (voices is None or options.multichannel):
            raise BadOption(
                "Speakers cannot be told apart by their voices here: leave diarize out.",
                field="diarize",
            )
        start = min(begun.done, default=0)

        def open_file() -> Cutter:
            reader = self._decoders.open(
                source,
                apart=options.multichannel,
                max_s=self._limits.max_audio_s,
                skip=start,
            )
            return Cutter(reader, self._make_detector, self._cuts(options), start, begun.done)

        cutter = await in_thread(self._threads, open_file, lambda late: late.close())
        run = _Run(self._engine, cutter, self._threads, options, begun, voices)
        try:
            while not run.over:
                await run.fill()
                await run.settle()
                yield run.piece()
        finally:
            run.cancel()
            cutter.close()

    def _cuts(self, options: FileOptions) -> CutOptions:
        """How to cut for the model that is loaded now. Raises NotReady."""
        policy = self._engine.policy
        longest_s = min(policy.file_window_s, LONGEST_WINDOW_S)
        overlap_s = max(options.overlap_s, policy.left_context_s, LEAST_OVERLAP_S)
        return CutOptions(
            longest=samples(longest_s),
            silence=samples(policy.file_silence_s),
            apart=samples(policy.file_pause_s),
            cut_from=policy.file_cut_from,
            overlap=samples(min(overlap_s, longest_s / 2)),
        )


@dataclass(slots=True, eq=False)
class _Pending:
    """A window on its way through the engine."""

    cut: Cut
    task: asyncio.Task[Hypothesis]
    voices: asyncio.Task[list[Stretch]] | None
    """Where speakers are told apart."""


class _Run:
    """One file on its way. `fill`, `settle`, `piece` in turn until `over`; `cancel` at the end."""

    def __init__(
        self,
        engine: Engine,
        cutter: Cutter,
        threads: ThreadPoolExecutor,
        options: FileOptions,
        begun: Checkpoint,
        voices: Voices | None,
    ) -> None:
        self._engine = engine
        self._cutter = cutter
        self._threads = threads
        self._options = options
        self._tracks = Tracks(cutter.channels, options, begun)
        self._language = options.language or begun.language or None
        self._ahead = WINDOWS_AHEAD_BOUNDED if options.bounded else WINDOWS_AHEAD
        self._pending: deque[_Pending] = deque()
        self._cost_usd = begun.cost_usd
        self._voices = voices
        self._clustering = voices.clustering(begun.speakers) if voices is not None else None
        self.over = False
        """Everything was read and settled, and the last piece was given."""

    async def fill(self) -> None:
        """Read on until enough windows wait for the model, one is settled, or a while was read."""
        ahead = LANGUAGE_WINDOWS if self._language is None else self._ahead
        while len(self._pending) < ahead and not self._cutter.over:
            if self._language is not None and self._pending and self._pending[0].task.done():
                return
            cuts = await in_thread(self._threads, self._cutter.advance)
            for cut in cuts:
                task = self._start(cut, self._language)
                self._pending.append(_Pending(cut, task, self._listen(cut)))
            if not cuts:
                return

    async def settle(self) -> None:
        """Take the answers that are there; wait for one where no more can be started."""
        full = self._cutter.over or len(self._pending) >= self._ahead
        if self._language is None:
            if not self._cutter.over and len(self._pending) < LANGUAGE_WINDOWS:
                return
            await self._agree_on_language()
        while self._pending and (full or self._pending[0].task.done()):
            first = self._pending[0]
            hypothesis = await first.task
            if self._clustering is not None and first.voices is not None:
                # Where nothing was said, whatever sounded was no voice.
                stretches = await first.voices if hypothesis.text else []
                hypothesis = replace(hypothesis, turns=self._clustering.turns(stretches))
            self._pending.popleft()
            self._cost_usd += hypothesis.cost_usd
            self._tracks.receive(first.cut.channel, heard(first.cut.span, hypothesis))
            full = False

    def piece(self) -> Piece:
        """What is new since the last one."""
        cutter = self._cutter
        self.over = cutter.over and not self._pending
        horizons = [cutter.settled(channel) for channel in range(cutter.channels)]
        for pending in reversed(self._pending):
            horizons[pending.cut.channel] = pending.cut.span.start
        language = self._language or ""
        segments, checkpoint = self._tracks.take(horizons, language, over=self.over)
        known = self._clustering.state if self._clustering is not None else ()
        checkpoint = replace(checkpoint, cost_usd=self._cost_usd, speakers=known)
        done = cutter.position if self.over else min(horizons)
        total_s = cutter.position / SAMPLE_RATE if cutter.over else cutter.total_s
        return Piece(segments, Progress(done / SAMPLE_RATE, total_s), language, checkpoint)

    def cancel(self) -> None:
        """Drop what is under way."""
        tasks = [task for pending in self._pending for task in (pending.task, pending.voices)]
        for task in tasks:
            if task is not None and task.done() and not task.cancelled():
                task.exception()  # seen: the first one to fail was raised
            elif task is not None:
                task.cancel()

    async def _agree_on_language(self) -> None:
        """By the first windows, each counting as sure as it is; the others are heard once more."""
        votes: dict[str, float] = {}
        for pending in self._pending:
            hypothesis = await pending.task
            if hypothesis.text:
                sure = votes.get(hypothesis.language, 0.0) + hypothesis.language_probability
                votes[hypothesis.language] = sure
        if not votes:
            return
        self._language = max(votes, key=votes.__getitem__)
        for pending in self._pending:
            if pending.task.result().language != self._language:
                self._cost_usd += pending.task.result().cost_usd
                pending.task = self._start(pending.cut, self._language)

    def _listen(self, cut: Cut) -> asyncio.Task[list[Stretch]] | None:
        """To who speaks, while the model hears what is said."""
        voices = self._voices
        if voices is None:
            return None
        listening = in_thread(self._threads, lambda: _stretches(voices.network(), cut))
        return asyncio.get_running_loop().create_task(listening)

    def _start(self, cut: Cut, language: str | None) -> asyncio.Task[Hypothesis]:
        options = self._options
        # Where windows share audio, the seam is found by the words' times.
        decode = DecodeOptions(
            language=language,
            task=options.task,
            beam_size=options.beam_size,
            prompt=options.prompt,
            hotwords=options.hotwords,
            word_times=options.word_times or cut.span.overlaps,
        )
        window = Window(cut.samples, cut.span.start, True, decode)
        return asyncio.get_running_loop().create_task(_decode(self._engine, window))


def _stretches(network: SpeakerNetwork, cut: Cut) -> list[Stretch]:
    """The voices in a span; none where that fails: the words are not lost with the names."""

    def listen() -> list[Stretch]:
        found, at = [], 0
        for start, end in cut.span.pieces:
            found += network.stretches(cut.samples[at : at + end - start], start)
            at += end - start
        return found

    try:
        return attempt(
            listen,
            DecodeFailed,
            "The speakers could not be told apart",
        )
    except DecodeFailed:
        return []  # logged


async def _decode(engine: Engine, window: Window) -> Hypothesis:
    """Decode, and try again where that may help. Raises what the engine answers with last."""
    give_up_at = time.monotonic() + PATIENCE_S
    attempt = 1
    while True:
        try:
            return await engine.decode(window, Urgency.FILE)
        except DecodeFailed:
            if attempt == ATTEMPTS:
                raise
            attempt += 1
        except (NotReady, Overloaded):
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(PAUSE_S)
