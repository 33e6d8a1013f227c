"""Whole files → transcripts, through the engine that also serves the live streams."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace

from realtime.audio.files import Decoders, Source
from realtime.engine.engine import Engine
from realtime.errors import BadOption
from realtime.files.cutter import Cutter
from realtime.files.options import Checkpoint, FileLimits, FileOptions, Piece, Progress
from realtime.files.run import FileRun
from realtime.files.segmenter import CLEAN, CutOptions, samples
from realtime.files.threads import in_thread
from realtime.speakers.voices import Voices
from realtime.types import Segment, Transcript
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

LEAST_OVERLAP_S = 1.0
"""Least overlap: one of the two windows then hears a word at the cut whole."""
BREATH_S = 0.3
"""For a model that must begin with a sentence: a shorter pause may as well be that of a comma ("of
bread, please" without a pause after it), so both windows share the audio around a cut in it.
Measured with this: 0.6 points of WER less in Korean, 0.3 more in English."""
THREADS = 8
"""Threads for reading and cutting: more than are busy, so that a file that hangs its decoder does
not delay others."""


class FileTranscriber:
    """Transcribes any number of files at once. Cancelling the task ends all work for its file."""

    def __init__(
        self,
        engine: Engine,
        make_detector: Callable[[], SpeechDetector],
        limits: FileLimits | None = None,
        voices: Voices | None = None,
    ) -> None:
        """`make_detector`: makes a new one for each channel of each file. `voices`: tells speakers
        apart; without it, files that ask for that are refused."""
        self._engine = engine
        self._make_detector = make_detector
        self._limits = limits or FileLimits()
        self._voices = voices
        self._decoders = Decoders()
        # Its own threads, so that files do not delay other users of the loop's executor.
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

        Raises MissingFile, NotAudio, MessageTooBig (longer than allowed), BadOption, and the
        engine's errors: DecodeFailed, NotReady, Overloaded, Draining …
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
            tuple(found),
            language,
            progress.done_s,
            reached.windows,
            reached.cost_usd,
            reached.warnings,
            reached.speakers,
        )

    async def duration_s(self, source: Source) -> float | None:
        """Length according to the file's header; None where it does not say.

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

        Segments come in order of their start. The last piece completes the transcript.
        """
        begun = resume or Checkpoint()
        voices = self._voices if options.diarize else None
        if options.diarize and (voices is None or options.multichannel):
            raise BadOption(
                "This server cannot tell speakers apart by their voices: leave diarize out.",
                field="diarize",
            )
        if voices is not None and voices.problem:
            raise BadOption(voices.problem, field="diarize", speakers_off=True)
        begin = True
        while begin:
            cutter = await self._open(source, options, begun)
            run = FileRun(self._engine, cutter, self._threads, options, begun, voices)
            try:
                yield run.piece()  # no segments yet, but the length of the file
                while not (run.over or run.too_long):
                    await run.fill()
                    await run.settle()
                    if not run.too_long:
                        yield run.piece()
            finally:
                run.cancel()
                cutter.close()
            begin, begun = run.too_long, replace(begun, language=run.language)

    async def _open(self, source: Source, options: FileOptions, begun: Checkpoint) -> Cutter:
        start = min(begun.done, default=0)
        cuts = self._cuts(options, options.language or begun.language)

        def open_file() -> Cutter:
            reader = self._decoders.open(
                source,
                apart=options.multichannel,
                max_s=self._limits.max_audio_s,
                skip=start,
            )
            return Cutter(reader, self._make_detector, cuts, start, begun.done)

        return await in_thread(self._threads, open_file, lambda late: late.close())

    def _cuts(self, options: FileOptions, language: str) -> CutOptions:
        """How to cut for the model that is loaded now. Raises NotReady."""
        traits = self._engine.traits
        room_s = traits.longest_s(language, options.task)
        longest_s = min(traits.file_window_s, room_s, traits.usable_s)
        overlap_s = max(options.overlap_s, traits.left_context_s, LEAST_OVERLAP_S)
        return CutOptions(
            longest=samples(longest_s),
            silence=samples(traits.file_silence_s),
            apart=samples(traits.file_pause_s),
            cut_from=traits.file_cut_from,
            clean=samples(BREATH_S) if traits.file_sentences else CLEAN,
            overlap=samples(min(overlap_s, longest_s / 2)),
        )
