"""Enforces the quota of each key: live streams at once, hours of audio a day.

A stream is refused when its key has as many open as it may, and ended when the day's hours are
used up. A file is refused only before its transcription begins, and may use more than was left;
its length is reserved until it is counted, so that of several files at once only one may, also
where several processes of one data directory get them.
Other keys are not affected.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from realtime.errors import LimitReached
from realtime.keys.holder import NOBODY, Holder, shown_owner
from realtime.keys.usage import Kind, Usage
from realtime.metrics import Metrics

STREAMS, HOURS = "key_streams", "key_hours"
"""Values of `reason` in a refusal."""
RETRY_AFTER_S = 10.0
"""Time after which one of the key's own streams may have ended."""


class Quotas:
    """Counts usage by owner, and refuses what exceeds a quota."""

    def __init__(
        self, holders: Callable[[], Iterable[Holder]], usage: Usage, metrics: Metrics
    ) -> None:
        """`holders`: returns those who have a key now."""
        self._holders = holders
        self._usage = usage
        self._metrics = metrics
        self._streams: Counter[str] = Counter()
        self._known: dict[str, Holder] = {}
        self._lock = threading.Lock()
        self._used_up: Callable[[str, LimitReached], None] = _nothing

    def on_used_up(self, callback: Callable[[str, LimitReached], None]) -> None:
        """Call `callback` when an owner's hours of today are used up, with the owner and the error
        to answer with: from any thread, and again for as long as audio arrives."""
        self._used_up = callback

    def name(self, owner: str) -> str:
        """The owner's name for logs and metrics; empty where no keys are set."""
        holder = self._holder(owner)
        return holder.name if holder is not None else shown_owner(owner)

    def check_stream(self, owner: str) -> None:
        """Raises LimitReached where the key may open no stream now."""
        self.check_hours(owner)
        holder = self._holder(owner)
        most = holder.quota.max_streams if holder is not None else 0
        if holder is not None and most and self._streams[owner] >= most:
            error = LimitReached(
                f"Your key has {most} streams open, which is its limit: close one.",
                retry_after_s=RETRY_AFTER_S,
                reason=STREAMS,
            )
            raise self._counted(holder, error)

    def check_hours(self, owner: str) -> None:
        """Raises LimitReached where the key's hours of today are used up or reserved."""
        holder = self._holder(owner)
        if holder is not None and _over(
            holder, self._usage.used_s(owner) + self._usage.reserved_s(owner)
        ):
            raise self._counted(holder, self._hours_used(holder))

    @contextlib.contextmanager
    def reservation(self, owner: str) -> Iterator[Reservation]:
        """Hours that a file will use, until the end of the block; the file is counted (`add`)
        inside it. Nothing is reserved at first."""
        hours = Reservation(self, self._usage, owner)
        try:
            yield hours
        finally:
            self._usage.reserve(owner, -hours.seconds)

    def claim(self, owner: str, seconds: float) -> None:
        """Reserve seconds for a file of a key whose hours are limited. Blocks. Raises LimitReached
        where all hours were used up or reserved before, by any process; nothing is reserved
        then."""
        used_s = self._usage.claim(owner, seconds)
        holder = self._holder(owner)
        if holder is not None and _over(holder, used_s):
            self._usage.reserve(owner, -seconds)
            raise self._counted(holder, self._hours_used(holder))

    def has_hours(self, owner: str) -> bool:
        """Whether the key's hours are limited."""
        holder = self._holder(owner)
        return holder is not None and holder.quota.audio_s > 0

    def enter(self, owner: str) -> None:
        """Count a live stream that the key has opened."""
        self._count(owner, 1)

    def leave(self, owner: str) -> None:
        self._count(owner, -1)

    def add(self, owner: str, kind: Kind, seconds: float) -> None:
        """Count seconds of audio that the key has sent. May be called from any thread."""
        holder = self._known.get(owner) or self._holder(owner)
        if holder is None:
            return
        self._metrics.key_audio_seconds.labels(holder.name, kind).inc(seconds)
        used_s = self._usage.add(owner, kind, seconds)
        if kind == "live" and _over(holder, used_s):
            self._used_up(owner, self._hours_used(holder))

    def count_request(self, owner: str) -> None:
        """Count an HTTP request of the key."""
        if name := self.name(owner):
            self._metrics.key_requests.labels(name).inc()

    def _holder(self, owner: str) -> Holder | None:
        """Remembers every holder, so that what runs on after a key was revoked is counted too."""
        if owner == NOBODY:
            return None
        with self._lock:
            self._known |= {holder.owner: holder for holder in self._holders()}
            return self._known.get(owner)

    def _count(self, owner: str, change: int) -> None:
        self._streams[owner] += change
        if name := self.name(owner):
            self._metrics.key_streams.labels(name).set(self._streams[owner])
        if self._streams[owner] <= 0:
            del self._streams[owner]

    def _hours_used(self, holder: Holder) -> LimitReached:
        return LimitReached(
            f"Your key has used its {holder.quota.audio_hours:g} hours of audio for today (UTC): "
            "come back tomorrow.",
            retry_after_s=self._usage.until_tomorrow_s,
            reason=HOURS,
        )

    def _counted(self, holder: Holder, error: LimitReached) -> LimitReached:
        self._metrics.key_refusals.labels(holder.name, error.details["reason"]).inc()
        return error


class Reservation:
    """Seconds of audio that a file of one owner will use."""

    def __init__(self, quotas: Quotas, usage: Usage, owner: str) -> None:
        self.seconds = 0.0
        self._quotas = quotas
        self._usage = usage
        self._owner = owner

    async def claim(self, seconds: float) -> None:
        """Reserve the first `seconds`, where the key's hours are limited. Raises LimitReached."""
        quotas, usage, owner = self._quotas, self._usage, self._owner
        if not quotas.has_hours(owner):
            return
        claimed = asyncio.get_running_loop().run_in_executor(None, quotas.claim, owner, seconds)
        try:
            await asyncio.shield(claimed)
        except asyncio.CancelledError:
            claimed.add_done_callback(
                lambda done: None if done.exception() else usage.reserve(owner, -seconds)
            )
            raise
        self.seconds = seconds

    def extend(self, seconds: float) -> None:
        """Reserve `seconds` in all, or keep what is reserved where that is more."""
        more, self.seconds = seconds - self.seconds, max(seconds, self.seconds)
        if more > 0:
            self._usage.reserve(self._owner, more)


def _over(holder: Holder, used_s: float) -> bool:
    return 0 < holder.quota.audio_s <= used_s


def _nothing(owner: str, error: LimitReached) -> None:
    """Do nothing: there are no streams to end."""
