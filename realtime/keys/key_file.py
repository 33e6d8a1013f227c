"""Reads and writes the file of keys: a table for each holder, with the key's hash and a quota.

```toml
[alice]
sha256 = "…"               # of the key, 64 hexadecimal digits
max_streams = 4            # at once; by default that of the settings; 0: no limit
audio_hours_per_day = 8.0  # likewise
```
"""

from __future__ import annotations

import re
import secrets
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from realtime.atomic import replacing
from realtime.errors import SetupError
from realtime.keys.holder import Holder, Quota, digest, named

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 1.0
"""How often the file is checked for changes, so that not every request waits for the disk."""
KEY_BYTES = 32
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
"""Name of a holder: it becomes a label of metrics and an unquoted name of a TOML table."""
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SHA256, _STREAMS, _HOURS = "sha256", "max_streams", "audio_hours_per_day"

Holders = Mapping[str, Holder]
"""Digest of the key → its holder."""


class KeyFile:
    """Reads the file again when it changes: keys are added and revoked while the server runs."""

    def __init__(
        self, path: Path, quota: Quota, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`quota`: of holders whose table sets none. Raises SetupError."""
        self._path = path
        self._quota = quota
        self._clock = clock
        self._seen = self._state()
        self._holders = read_keys(path, quota)
        self._look_at = clock() + LOOK_AGAIN_S

    def holders(self) -> Holders:
        """The holders in the file; where it has become unreadable, those read before."""
        now = self._clock()
        if now < self._look_at:
            return self._holders
        self._look_at = now + LOOK_AGAIN_S
        seen = self._state()
        if seen != self._seen:
            self._seen = seen
            try:
                self._holders = read_keys(self._path, self._quota)
                log.info("keys.read", keys=len(self._holders))
            except SetupError as error:
                log.error("keys.unreadable", reason=error.message)
        return self._holders

    def _state(self) -> tuple[int, int, int] | None:
        """A value that changes when the file is written; None where there is none."""
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


def read_keys(path: Path, quota: Quota) -> Holders:
    """All holders in the file. Raises SetupError, which says what to correct."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise SetupError(
            f"The file of keys {path} cannot be read ({why}): correct it, or make one with "
            "realtime keys add NAME."
        ) from error
    found: dict[str, Holder] = {}
    for name, table in tables.items():
        key, holder = _holder(path, name, table, quota)
        if key in found:
            raise _wrong(path, name, f"it has the key of {found[key].name}: give each its own")
        found[key] = holder
    return found


def add_key(path: Path, name: str, quota: Mapping[str, float]) -> str:
    """Add a holder with a new key; → the key, which is not stored.

    `quota`: `max_streams` and `audio_hours_per_day`, where they differ from the settings. Raises
    SetupError for a name that is taken or not valid.
    """
    if not NAME.fullmatch(name):
        raise SetupError(
            f"The name {name[:40]!r} cannot be used: use 1 to 32 letters, digits, - and _."
        )
    if path.exists() and name in {holder.name for holder in read_keys(path, Quota()).values()}:
        raise SetupError(f"{name} has a key already: revoke it first (realtime keys revoke {name})")
    key = secrets.token_urlsafe(KEY_BYTES)
    lines = [f"[{name}]", f'{_SHA256} = "{digest(key)}"']
    lines += [f"{option} = {value:g}" for option, value in quota.items()]
    before = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    _write(path, before.lstrip("\n") + "\n".join(lines) + "\n")
    return key


def revoke_key(path: Path, name: str) -> None:
    """Remove a holder and the key; others and comments stay. Raises SetupError where there is
    none."""
    if name not in {holder.name for holder in read_keys(path, Quota()).values()}:
        raise SetupError(f"There is no key of {name[:40]} in {path}: see realtime keys list.")
    _write(path, _without(path.read_text(encoding="utf-8"), name))


def _without(text: str, name: str) -> str:
    """The file without a holder's table. Comments above the next table belong to that and stay."""
    lines = text.splitlines(keepends=True)
    heads = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    start = next(n for n in heads if re.match(rf"\s*\[\s*{re.escape(name)}\s*\]", lines[n]))
    end = min([number for number in heads if number > start], default=len(lines))
    while end > start + 1 and re.match(r"\s*(#|$)", lines[end - 1]):
        end -= 1
    return "".join(lines[:start] + lines[end:])


def _holder(path: Path, name: str, table: Any, quota: Quota) -> tuple[str, Holder]:
    if not NAME.fullmatch(name):
        raise _wrong(path, name, "a name has 1 to 32 letters, digits, - and _")
    if not isinstance(table, dict):
        raise _wrong(path, name, "write a table, [NAME], for each holder")
    if unknown := table.keys() - {_SHA256, _STREAMS, _HOURS}:
        raise _wrong(path, name, f"there is no option {min(unknown)[:40]}")
    key = str(table.get(_SHA256, ""))
    if not _DIGEST.fullmatch(key):
        raise _wrong(path, name, f"{_SHA256} must be the key's hash, 64 hexadecimal digits")
    streams, hours = table.get(_STREAMS, quota.max_streams), table.get(_HOURS, quota.audio_hours)
    if isinstance(streams, bool) or not isinstance(streams, int) or streams < 0:
        raise _wrong(path, name, f"{_STREAMS} must be a whole number, 0 for no limit")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 <= hours < 1e6:
        raise _wrong(path, name, f"{_HOURS} must be a number of hours, 0 for no limit")
    return key, named(name, Quota(streams, float(hours)))


def _wrong(path: Path, name: str, why: str) -> SetupError:
    return SetupError(f"In the file of keys {path}, {name[:40]}: {why}.")


def _write(path: Path, text: str) -> None:
    """Write the whole file or nothing, readable by this user alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(text.encode())
