"""Serves one request for a transcript: waits for a place, transcribes, runs the later steps, and
makes the response.

It is the same for `/transcribe`, batches and jobs. The keys of the response are a contract.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from typing import Literal

from realtime.engine.engine import Engine
from realtime.errors import NotReady, OutOfMemory
from realtime.files.options import FileOptions, Piece, Progress
from realtime.files.subtitles import segment_dict
from realtime.files.transcriber import FileTranscriber, Source
from realtime.keys.holder import NOBODY
from realtime.keys.quotas import Quotas
from realtime.postprocess.base import PostProcessor, Processed, Steps
from realtime.postprocess.shape import response_fields
from realtime.transcribe.hours import FileHours
from realtime.transcribe.memory import memory
from realtime.transcribe.slots import FileSlots
from realtime.transcribe.voice_memory import VoiceMemory, not_remembered
from realtime.types import Transcript

NORMAL_NEEDS_MB, BOUNDED_NEEDS_MB = 300, 100
"""Free memory that a file needs before it is begun: for the windows that wait for the model, the
decoder's process, and the transcript. The benchmark allows a 10-hour file 300 MB (row d of
benchmarks/figures/files.md)."""
MIB = 1 << 20

WARNINGS: Mapping[str, tuple[str, str]] = {
    "sides_cancel": (
        "두 채널의 소리가 서로 상쇄되어 합치면 거의 들리지 않으므로 더 큰 채널만 "
        "전사했습니다. 한 채널의 극성을 바로잡거나, 채널 하나만 보내거나, "
        "multichannel을 설정하세요.",
        "The channels cancel each other, so only the louder one was transcribed: reverse the "
        "polarity of one of them, send one channel, or set multichannel.",
    ),
    "cut_off": (
        "파일이 중간에서 끝납니다. 적힌 길이보다 소리가 짧거나 마지막이 손상되었으므로, 읽을 수 "
        "있는 부분만 전사했습니다. 뒷부분이 필요하면 온전한 파일을 다시 보내세요.",
        "The file ends in the middle: it holds less audio than it states, or its end is damaged. "
        "What could be read was transcribed; send the whole file if there is more.",
    ),
    "context_off": (
        "이 모델은 문맥 텍스트를 받지 않으므로 prompt와 hotwords를 쓰지 않았습니다.",
        "This model does not accept text as context: prompt and hotwords were ignored.",
    ),
    "word_times_estimated": (
        "이 모델은 단어의 시각을 알려 주지 않으므로 단어의 시각은 추정한 값입니다.",
        "This model does not return the times of words: they are estimated.",
    ),
}
"""Code of a transcript's warning → sentence in Korean and English."""

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """What the client wants of one file."""

    options: FileOptions = field(default_factory=FileOptions)
    steps: Steps = field(default_factory=Steps)
    shown_path: str = ""
    """`file_path` of the response."""
    size_bytes: int = 0
    patient: bool = False
    """Wait for a place however many requests wait already (batches, jobs)."""
    owner: str = NOBODY
    """Owner of the key that sent the request."""
    voices_of: str | None = None
    """Owner whose remembered voices name the speakers; None: names were not requested."""


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """The backend and the model that made a transcript."""

    backend: str
    model: str
    """Its name as shown to users."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A transcript after its steps, and how it was made."""

    request: TranscriptionRequest
    processed: Processed
    backend: str
    elapsed_s: float
    model: str = ""
    """Empty: unknown."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Names of speakers, by number."""

    def answer(self, language: Literal["ko", "en"] = "ko") -> dict[str, object]:
        """The response of `/transcribe`; JSON-able. `language`: of its sentences for people."""
        request, transcript = self.request, self.processed.transcript
        room = memory()
        return {
            "success": True,
            "text": transcript.text,
            "language": transcript.language,
            "duration": round(transcript.duration_s, 3),
            "backend": self.backend,
            **({"model": self.model} if self.model else {}),
            "file_path": request.shown_path,
            "file_size_mb": round(request.size_bytes / MIB, 3),
            **response_fields(self.processed, request.steps, language),
            "processing_time_seconds": round(self.elapsed_s, 3),
            "processing_mode": "streaming" if request.options.bounded else "normal",
            "segments_processed": transcript.windows,
            **({"cost_usd": round(transcript.cost_usd, 6)} if transcript.cost_usd else {}),
            **warning_fields(transcript, language),
            **({} if request.voices_of is None else {"speakers": by_number(self.names)}),
            "segments": [segment_dict(segment) for segment in transcript.segments],
            "memory_info": {
                "available_mb": room.get("available_mb"),
                "used_percent": room.get("used_percent"),
            },
        }


def warning_fields(transcript: Transcript, language: Literal["ko", "en"]) -> dict[str, object]:
    """`warnings` of a response, each a code and a sentence; no field where there are none."""
    warnings = [warning(code, language) for code in transcript.warnings]
    return {"warnings": warnings} if warnings else {}


def warning(code: str, language: Literal["ko", "en"]) -> dict[str, str]:
    """A warning of a response."""
    return {"code": code, "message": WARNINGS[code][0 if language == "ko" else 1]}


class Transcription:
    """Runs requests. It accepts any number and runs as many at a time as there are places."""

    def __init__(
        self,
        files: FileTranscriber,
        engine: Engine,
        postprocessor: PostProcessor,
        places: FileSlots,
        available_mb: Callable[[], int | None] | None = None,
        voice_memory: VoiceMemory | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        """`available_mb`: returns the free memory, by default the machine's; None: unknown.
        `voice_memory`: None where the operator does not allow voices to be remembered. `quotas`: of
        the keys; None: no quotas."""
        self.places = places
        self._files = files
        self._engine = engine
        self._postprocessor = postprocessor
        self._available_mb = available_mb or available_memory_mb
        self._voice_memory = voice_memory
        self._quotas = quotas
        self.hours = FileHours(files, quotas)

    def check(self, owner: str = NOBODY) -> None:
        """Refuse early what could not be served now, or not to this key.

        Raises NotReady, LimitReached.
        """
        self._check_hours(owner)
        if not self._engine.ready:
            raise NotReady("The model is not ready yet: try again in a moment.", retry_after_s=2)
        self.places.check()

    async def run(
        self,
        source: Source,
        request: TranscriptionRequest,
        on_progress: OnProgress | None = None,
    ) -> dict[str, object]:
        """The response of `/transcribe`, in English as the errors of programs in this process are;
        raises like `outcome`."""
        return (await self.outcome(source, request, on_progress)).answer("en")

    async def outcome(
        self,
        source: Source,
        request: TranscriptionRequest,
        on_progress: OnProgress | None = None,
    ) -> Outcome:
        """Transcribe, then run the steps. Cancelling the task ends all work for the file.

        `on_progress`: called first with no progress yet, when the file has its place.
        Raises LimitReached, OutOfMemory, NotAudio, MessageTooBig, BadOption, OSError, and the
        engine's errors.
        """
        async with self.place(request):
            started = time.monotonic()
            model_used = self.model_used
            async with self.hours.file(source, request.owner) as count:

                def follow(progress: Progress) -> None:
                    count(progress)
                    if on_progress is not None:
                        on_progress(progress)

                follow(Progress(0.0, None))
                try:
                    transcript = await self._files.transcribe(source, request.options, follow)
                except MemoryError as error:
                    raise out_of_memory(request.options) from error
            return await self.complete(request, transcript, model_used, started)

    def _check_hours(self, owner: str) -> None:
        if self._quotas is not None:
            self._quotas.check_hours(owner)

    @property
    def model_used(self) -> ModelUsed:
        """The backend and the model that are loaded now. Raises NotReady."""
        info = self._engine.info
        return ModelUsed(info.backend, info.model)

    async def complete(
        self,
        request: TranscriptionRequest,
        transcript: Transcript,
        model_used: ModelUsed,
        started: float,
    ) -> Outcome:
        """Run the later steps of a transcript. `started`: when work began, by time.monotonic."""
        processed = await self._postprocessor.process(transcript, request.steps)
        names = await self._names(request, transcript)
        elapsed_s = time.monotonic() - started
        return Outcome(request, processed, model_used.backend, elapsed_s, model_used.model, names)

    async def _names(
        self, request: TranscriptionRequest, transcript: Transcript
    ) -> Mapping[int, str]:
        """Names of speakers; none where words are masked, since names are personal data."""
        owner, voice_memory = request.voices_of, self._voice_memory
        if owner is None or voice_memory is None or request.steps.privacy_removal:
            return {}
        return await asyncio.to_thread(voice_memory.names, owner, transcript.speakers)

    async def pieces(
        self, source: Source, request: TranscriptionRequest
    ) -> AsyncGenerator[Piece, None]:
        """The transcript piece by piece, without later steps; raises like `outcome`."""
        async with (
            self.place(request),
            self.hours.file(source, request.owner) as count,
            aclosing(self._files.stream(source, request.options)) as pieces,
        ):
            async for piece in pieces:
                count(piece.progress)
                yield piece

    def place(self, request: TranscriptionRequest) -> AbstractAsyncContextManager[None]:
        """A place among the files that are transcribed at once.

        Raises LimitReached, also for a key whose hours are used up, OutOfMemory where memory is
        short already, and BadOption where names are requested but voices are not remembered here.
        """
        self._check_hours(request.owner)
        if request.voices_of is not None and self._voice_memory is None:
            raise not_remembered()
        needed = BOUNDED_NEEDS_MB if request.options.bounded else NORMAL_NEEDS_MB
        available = self._available_mb()
        if available is not None and available < needed:
            raise out_of_memory(request.options)
        return self.places.place(patient=request.patient)


def by_number(names: Mapping[int, str]) -> dict[str, str]:
    """The names with their numbers as strings, as in corrections."""
    return {str(number): name for number, name in names.items()}


def out_of_memory(options: FileOptions) -> OutOfMemory:
    """The error for a file with these options; in normal mode it suggests the bounded mode."""
    if options.bounded:
        return OutOfMemory(
            "There is not enough memory for this file right now: try again later.", retry_after_s=60
        )
    return OutOfMemory(
        "There is not enough memory for this file right now: send is_stream=true, or try again "
        "later.",
        retry_after_s=60,
        suggestion="is_stream=true",
    )


def available_memory_mb() -> int | None:
    """Free memory of the machine in MiB; None where it is unknown."""
    available = memory().get("available_mb")
    return available if isinstance(available, int) else None
