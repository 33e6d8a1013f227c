"""Stores the voices that users want remembered: one file each, used for its owner alone.

It is biometric data: the name and the embedding of a voice, but no words. A file has mode 600 in
folders of mode 700, and deleting a voice deletes its file.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from realtime.atomic import replacing
from realtime.errors import DiskFull, LimitReached, NotFound
from realtime.speakers.known import KnownVoice

MOST_VOICES = 200
"""Most voices of one owner: each is compared with every speaker of a recording."""
MOST_NAME_LETTERS = 40
_ID = re.compile(r"[0-9a-f]{32}")
_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class RememberedVoice:
    """One voice of one owner."""

    id: str
    name: str
    created_at: float
    """Unix time in seconds."""
    voiced_s: float
    """Seconds of speech from which it was learnt."""
    network: str
    """The network that made the embedding (`SpeakerNetwork.id`)."""
    embedding: tuple[float, ...]


class VoiceBook:
    """The voices of all owners. Every call blocks for as long as the disk takes."""

    def __init__(self, folder: Path, most_voices: int = MOST_VOICES) -> None:
        """`most_voices`: per owner."""
        self._folder = folder
        self._most_voices = most_voices
        self._adding = threading.Lock()

    def all(self, owner: str) -> list[RememberedVoice]:
        """An owner's voices, sorted by name."""
        found = [_read(path) for path in self._of(owner).glob(f"*{_SUFFIX}")]
        return sorted(
            (voice for voice in found if voice is not None),
            key=lambda voice: (voice.name, voice.created_at),
        )

    def known(self, owner: str, network: str) -> list[KnownVoice]:
        """An owner's voices that can be compared with embeddings of this network."""
        return [
            KnownVoice(voice.name, voice.embedding)
            for voice in self.all(owner)
            if voice.network == network
        ]

    def add(
        self, owner: str, name: str, network: str, voiced_s: float, embedding: Sequence[float]
    ) -> RememberedVoice:
        """Remember one more. Raises LimitReached, DiskFull."""
        voice = RememberedVoice(
            uuid.uuid4().hex, name, time.time(), voiced_s, network, tuple(embedding)
        )
        with self._adding:  # two at once would both find the last place free
            if len(self.all(owner)) >= self._most_voices:
                raise LimitReached(
                    f"{self._most_voices} voices are remembered already: delete some of them "
                    "first.",
                    reason="voices",
                )
            self._write(owner, voice)
        return voice

    def rename(self, owner: str, voice_id: str, name: str) -> RememberedVoice:
        """Change a voice's name. Raises NotFound, DiskFull."""
        voice = _read(self._path(owner, voice_id))
        if voice is None:
            raise _missing()
        self._write(owner, renamed := replace(voice, name=name))
        return renamed

    def delete(self, owner: str, voice_id: str) -> None:
        """Delete a voice with its embedding. Raises NotFound."""
        try:
            self._path(owner, voice_id).unlink()
        except FileNotFoundError:
            raise _missing() from None

    def _of(self, owner: str) -> Path:
        """An owner's folder, hashed so that the owner's name may have any characters."""
        return self._folder / hashlib.sha256(b"voices of " + owner.encode()).hexdigest()[:32]

    def _path(self, owner: str, voice_id: str) -> Path:
        if not _ID.fullmatch(voice_id):
            raise _missing()
        return self._of(owner) / f"{voice_id}{_SUFFIX}"

    def _write(self, owner: str, voice: RememberedVoice) -> None:
        """Write the file whole or not at all. Raises DiskFull."""
        path = self._path(owner, voice.id)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with replacing(path) as file:
                file.write(orjson.dumps(asdict(voice)))
        except OSError as error:
            raise DiskFull(
                f"The data cannot be stored ({error.strerror}): check STT_DATA_DIR."
            ) from error


def _read(path: Path) -> RememberedVoice | None:
    """None for a file that is gone, or was written by another program."""
    try:
        fields: Mapping[str, Any] = orjson.loads(path.read_bytes())
        return RememberedVoice(**{**fields, "embedding": tuple(fields["embedding"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _missing() -> NotFound:
    return NotFound("No such voice is remembered: it was deleted, or the address is wrong.")
