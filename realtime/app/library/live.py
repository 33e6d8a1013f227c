"""Live speech as a library, without a network: samples in, events out."""

from __future__ import annotations

from os import PathLike

import numpy as np

from realtime.app.core import Core
from realtime.app.detectors import make_detector
from realtime.app.library.closing import Closing
from realtime.app.library.settings import library_settings
from realtime.app.speakers import fetch_speakers
from realtime.engine.edge import attempt
from realtime.errors import DecodeFailed, ModelEnded, RealtimeError
from realtime.live.options import StreamOptions, session_options
from realtime.live.speakers import SpeakerService
from realtime.session.events import Event, Final
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, Hypothesis, Samples, Task, Window
from realtime.wire.config import StreamConfig, parse_config

PACKET = SAMPLE_RATE // 10
"""Audio is processed in packets of this size, so that events hardly depend on how it is fed."""


class RealtimeWhisperProcessor(Closing):
    """One stream on a model of its own. Synchronous: a call returns when the model is done, and the
    same calls give the same events. For one thread at a time; close it, or use it in `with`.

    Only a server (`realtime serve`) shares one model among many streams.
    """

    def __init__(  # noqa: PLR0913 - names and order are a contract
        self,
        model_name: str | PathLike[str] = "auto",
        *,
        chunk_duration: float = 2.0,
        overlap_duration: float = 0.2,
        language: str = "ko",
        initial_prompt: str = "",
        task: Task = "transcribe",
        beam_size: int = 1,
        compute_type: str = "auto",
        device: str = "auto",
        backend: str | None = None,
        partials: bool = True,
        words: bool = False,
        vad: str = "silero",
        diarize: bool = False,
        speaker_model: str | PathLike[str] = "auto",
    ) -> None:
        """Load the model; blocks, and may download.

        `chunk_duration`: the most seconds that one final covers, 2 … 28; `overlap_duration`:
        seconds that are decoded again after a cut without a pause. `language`: an ISO code, or
        `auto`. `words`: finals have words with their times. `diarize`: finals name the `speaker`.
        The other arguments are those of `WhisperSTT`. Raises BadOption, SetupError, LoadFailed.
        """
        config = parse_config(
            {
                "chunk_duration": chunk_duration,
                "overlap_duration": overlap_duration,
                "language": language,
                "prompt": initial_prompt,
                "task": task,
                "beam_size": beam_size,
                "partials": partials,
                "words": words,
                "vad": vad,
                "diarize": diarize,
            },
            StreamConfig(),
        )
        settings = library_settings(model_name, device, compute_type, backend, speaker_model)
        if diarize:
            fetch_speakers(settings)
        core = Core(settings)
        self._load = core.backends.load
        self._backend = self._load()
        options = StreamOptions(self._backend.traits)
        self._session = Session(session_options(config, options), make_detector(config.vad))
        self._speakers = SpeakerService(core.voices).new("") if diarize else None
        self._said_s = 0.0
        """End of the newest final."""
        self._rest = np.empty(0, np.float32)
        """Samples that do not fill a packet yet."""

    def feed(self, samples: Samples) -> list[Event]:
        """Process the next samples, float32 in -1 … 1 at 16 kHz, shape (n,); → the new events.

        Their classes are in `realtime.session.events`; `Partial` and `Final` have the text. Where
        the model fails on a window, there is a `Failed`, and the stream continues.
        """
        audio = np.concatenate([self._rest, np.asarray(samples, np.float32)])
        whole = len(audio) - len(audio) % PACKET
        self._rest = audio[whole:]
        events: list[Event] = []
        for start in range(0, whole, PACKET):
            self._session.receive_audio(audio[start : start + PACKET])
            events += self._decode()
        return events

    def flush(self) -> list[Event]:
        """Finalise everything fed so far; the stream stays open."""
        self._session.receive_audio(self._rest)
        self._rest = self._rest[:0]
        self._session.flush(answer=False)
        return self._decode()

    def close(self) -> None:
        """Unload the model."""
        self._backend.close()

    def _decode(self) -> list[Event]:
        """Decode all windows that the session wants now; → the new events."""
        session, events = self._session, list[Event]()
        while session.next_request() is not None:
            window = session.take_window()
            if window is None:
                break
            try:
                hypothesis = self._hypothesis(window)
            except RealtimeError as error:
                session.receive_failure(error)
            else:
                if window.final and self._speakers is not None:
                    hypothesis = self._speakers.identify(window, self._said_s, hypothesis)
                session.receive_hypothesis(hypothesis)
                new = session.events_to_send()
                self._said_s = max([self._said_s, *(e.end for e in new if isinstance(e, Final))])
                events += new
        return events + session.events_to_send()

    def _hypothesis(self, window: Window) -> Hypothesis:
        """Decode; if the model's process ended meanwhile, reload the model and try once more.

        Raises the model's errors.
        """
        try:
            return self._decoded(window)
        except ModelEnded:
            self._backend.close()
            self._backend = self._load()
            return self._decoded(window)

    def _decoded(self, window: Window) -> Hypothesis:
        (hypothesis,) = attempt(
            lambda: self._backend.decode([window]), DecodeFailed, "The model failed on this audio"
        )
        return hypothesis
