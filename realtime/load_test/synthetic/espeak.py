"""libespeak-ng through ctypes: audio, and a mark where each word begins.

The library keeps its state in the process: only one thread may speak, and the samples of a voice
depend slightly on what the process has spoken before.
"""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from realtime.errors import SetupError
from realtime.types import SAMPLE_RATE, Samples

# Names and numbers from the library's header, espeak-ng/speak_lib.h (1.51).

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_EVENT_END_OF_LIST, _EVENT_WORD = 0, 1
_PARAMETER_RATE, _PARAMETER_PITCH, _PARAMETER_RANGE = 1, 3, 4
_CHARACTERS_UTF8 = 1
_BUFFER_MS = 500


class _EventId(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # in characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),  # ms
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One event of the synthesiser: a word begins."""

    position: int
    """Index of the word's first character in the spoken text, from 1."""
    time_s: float


class Espeak:
    """libespeak-ng, initialised once per process: `espeak_Terminate` of 1.51 may hang."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._rate = int(library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, None, 0))
        if self._rate <= 0:
            raise SetupError("espeak-ng finds no voice data: install the package espeak-ng-data.")
        self._pieces: list[npt.NDArray[np.int16]] = []
        self._marks: list[Mark] = []
        self._callback = _Callback(self._receive)  # stored, as the library holds only its address
        library.espeak_SetSynthCallback(self._callback)

    def speak(
        self, text: str, voice: str, rate: int, pitch: int, pitch_range: int
    ) -> tuple[Samples, list[Mark]]:
        """The audio of a text and the marks in it. Raises `SetupError` for an unknown voice."""
        self._pieces.clear()
        self._marks.clear()
        library = self._library
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SetupError(f"espeak-ng has no voice {voice}: install espeak-ng 1.51 or later.")
        library.espeak_SetParameter(_PARAMETER_RATE, rate, 0)
        library.espeak_SetParameter(_PARAMETER_PITCH, pitch, 0)
        library.espeak_SetParameter(_PARAMETER_RANGE, pitch_range, 0)
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARACTERS_UTF8, None, None)
        library.espeak_Synchronize()
        if not self._pieces:
            return np.zeros(0, np.float32), []
        return resampled(np.concatenate(self._pieces), self._rate), list(self._marks)

    def _receive(self, audio: Any, count: int, events: Any) -> int:
        if count > 0:
            self._pieces.append(np.ctypeslib.as_array(audio, (count,)).copy())
        i = 0
        while events[i].type != _EVENT_END_OF_LIST:
            if events[i].type == _EVENT_WORD and events[i].length > 0:
                self._marks.append(Mark(events[i].text_position, events[i].audio_position / 1000))
            i += 1
        return 0  # continue


@functools.cache
def espeak() -> Espeak:
    """The library, loaded once per process. Raises `SetupError` where it is not installed."""
    try:
        return Espeak(ctypes.CDLL("libespeak-ng.so.1"))
    except OSError as error:
        raise SetupError("espeak-ng is missing: apt install espeak-ng") from error


def resampled(pcm: npt.NDArray[np.int16], rate: int) -> Samples:
    """16-bit samples at `rate` Hz → float32 at 16 kHz."""
    samples = pcm.astype(np.float32) / np.float32(32768)
    converted: Samples = soxr.resample(samples, rate, SAMPLE_RATE).astype(np.float32, copy=False)
    return converted
