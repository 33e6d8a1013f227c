"""Learns voices from recordings and recognises them in others, where the operator allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.audio.files import AudioReader
from realtime.errors import BadOption, BadRequest
from realtime.speakers.known import LEAST_S, names
from realtime.speakers.voices import Voices
from realtime.transcribe.voice_book import RememberedVoice, VoiceBook
from realtime.types import SAMPLE_RATE, Samples, Transcript

LEARNT_S = 60.0
"""Most speech from which a voice is learnt: more hardly changes its mean."""
PIECE_S = 10.0
"""Audio that the networks process at once."""
Spans = Sequence[tuple[float, float]]
"""(start, end) of a speaker's speech in seconds, in order of time."""


@dataclass(frozen=True, slots=True)
class VoiceMemory:
    """The book of remembered voices, and the networks that make its embeddings. Calls block."""

    book: VoiceBook
    voices: Voices

    def learn(self, owner: str, name: str, reader: AudioReader, spans: Spans) -> RememberedVoice:
        """Remember the voice that speaks most in these spans of a recording.

        Raises BadRequest where it speaks too little, LimitReached, DiskFull, and the reader's
        errors.
        """
        network, clustering = self.voices.network(), self.voices.clustering()
        audio, at = read_spans(reader, spans), 0
        for begin in range(0, len(audio), size := round(PIECE_S * SAMPLE_RATE)):
            clustering.turns(network.stretches(audio[begin : begin + size], at))
            at += size
        voiced_s, *mean = max(clustering.state, key=lambda one: one[0], default=(0.0,))
        if voiced_s < LEAST_S:
            raise BadRequest(
                f"There is too little speech of this voice: at least {LEAST_S:g} s are needed.",
                field="speaker",
            )
        return self.book.add(owner, name, network.id, voiced_s, mean)

    def names(self, owner: str, speakers: Sequence[Sequence[float]]) -> dict[int, str]:
        """Number of a speaker → name, of those whose voice the owner has remembered."""
        if not speakers:
            return {}
        known = self.book.known(owner, self.voices.network().id)
        return names(speakers, known, self.voices.known_threshold())


def not_remembered() -> BadOption:
    """The error for a request of names where voices are not remembered."""
    return BadOption(
        "Voices are not remembered on this server: its operator can allow it (--remember-voices).",
        field="known_voices",
    )


def spans_of(transcript: Transcript, speaker: int) -> Spans:
    """The longest segments of a speaker, in order of time: enough to learn the voice from."""
    spans = [(one.start_s, one.end_s) for one in transcript.segments if one.speaker == speaker]
    chosen, left_s = [], LEARNT_S
    for start_s, end_s in sorted(spans, key=lambda span: span[0] - span[1]):
        if left_s <= 0:
            break
        chosen.append((start_s, end_s))
        left_s -= end_s - start_s
    return sorted(chosen)


def read_spans(reader: AudioReader, spans: Spans) -> Samples:
    """The audio of the spans, joined, at most `LEARNT_S` of it; 16 kHz, mono."""
    found: list[Samples] = []
    at, room = 0, round(LEARNT_S * SAMPLE_RATE)
    wanted = [(round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)) for start, end in spans]
    while room > 0 and (block := reader.read()) is not None:
        for start, end in wanted:
            part = block[max(0, start - at) : max(0, end - at), 0][:room]
            found.append(part)
            room -= len(part)
        at += len(block)
    return np.concatenate(found) if found else np.zeros(0, np.float32)
