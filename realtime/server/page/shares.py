"""Links to one transcript, for people without a key of this server; they expire, or are revoked.

A link has two parts: the id of the share, and a random key of 256 bits, of which the server stores
only the hash. Anyone with both may read that transcript as it stands, masked where its owner chose
so, and nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Literal, TypeAlias

import orjson

from realtime.errors import Conflict, Gone, NotFound
from realtime.jobs.job import is_shown
from realtime.jobs.service import JobService
from realtime.server.page.page_files import PageFiles
from realtime.transcribe.views import View

State: TypeAlias = Literal["open", "expired", "revoked"]

DAY_S = 24 * 3600.0
DEFAULT_DAYS, MOST_DAYS = 7, 365
KEY_BYTES = 32
MOST_SHARES = 2000
"""Limit per server. A list of those of a transcript reads all: a tenth of a second at this
limit."""
SWEEP_S = 3600.0
REMEMBERED_S = 90 * DAY_S
"""After its end, a link is reported as ended for this time; then it is unknown."""


@dataclass(frozen=True, slots=True)
class Share:
    """One link, as it is stored."""

    id: str
    job_id: str
    digest: str
    """SHA-256 of the key, in hexadecimal: nobody can guess 256 bits, so it needs no salt."""
    view: View
    has_sound: bool
    created_at: float
    """Seconds since 1970, like `expires_at`."""
    expires_at: float
    owner: str = ""
    """Its creator, as for jobs: the link shows only what the creator may see."""
    is_revoked: bool = False
    has_comments: bool = False

    def state(self, now: float) -> State:
        if self.is_revoked:
            return "revoked"
        return "open" if now < self.expires_at else "expired"

    def is_opened_by(self, key: str) -> bool:
        """Whether `key` opens the link; compares in constant time."""
        return secrets.compare_digest(self.digest, digest_of(key))


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Shares:
    """Creates, finds and revokes links."""

    service: JobService
    store: PageFiles
    now: Callable[[], float] = field(default=time.time)
    most: int = MOST_SHARES

    async def make(
        self,
        job_id: str,
        view: View,
        asker: str,
        *,
        days: float,
        has_sound: bool,
        has_comments: bool,
    ) -> tuple[Share, str]:
        """Returns the new share and its key, which cannot be recovered later.

        Raises NotFound, Conflict where there are too many, DiskFull.
        """
        result = (await self.service.view(job_id, asker)).result
        if result is None:
            raise NotFound("The job has no transcript yet: try again when it is completed.")
        # If masking was requested with the file, its sound is masked, too.
        is_masked = result["processing_steps"].get("privacy_removal") is True
        key, now = secrets.token_urlsafe(KEY_BYTES), self.now()
        share = Share(
            uuid.uuid4().hex,
            job_id,
            digest_of(key),
            "masked" if is_masked else view,
            has_sound,
            now,
            now + days * DAY_S,
            asker,
            has_comments=has_comments,
        )
        await self.service.threads.run(lambda: self._add(share))
        return share, key

    async def of_job(self, job_id: str, asker: str) -> list[Share]:
        """The links to a job's transcript, the newest first. Raises NotFound."""
        await self.service.view(job_id, asker)
        found = await self.service.threads.run(self._all)
        own = [one for one in found if one.job_id == job_id and is_shown(one.owner, asker)]
        return sorted(own, key=lambda share: -share.created_at)

    async def revoke(self, share_id: str, asker: str) -> Share:
        """Revoke a link: it opens nothing any more. Raises NotFound."""
        share = await self.service.threads.run(lambda: self._get(share_id))
        if share is None or not is_shown(share.owner, asker):
            raise _no_share()
        revoked = replace(share, is_revoked=True)
        await self.service.threads.run(lambda: self._put(revoked))
        return revoked

    async def opened(self, share_id: str, key: str) -> Share:
        """The share that the key opens. Raises NotFound, Gone."""
        share = await self.service.threads.run(lambda: self._get(share_id))
        if share is None or not share.is_opened_by(key):
            raise _no_share()
        await self.check(share)
        return share

    async def state(self, share_id: str) -> State | None:
        """The state of a share; None: there is no such share."""
        share = await self.service.threads.run(lambda: self._get(share_id))
        return None if share is None else share.state(self.now())

    async def check(self, share: Share) -> None:
        """Raises Gone where the share has ended, or its transcript no longer exists."""
        if share.state(self.now()) != "open":
            raise _ended()
        try:
            await self.service.view(share.job_id, share.owner)
        except NotFound:
            raise _ended() from None

    async def run(self) -> None:
        """Delete old links periodically, until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Delete links that expired long ago, and those of deleted jobs."""
        run = self.service.threads.run
        for share in await run(self._all):
            is_old = share.expires_at + REMEMBERED_S < self.now()
            if is_old or not await self._has_job(share):
                await run(partial(self.store.delete, share.id))

    async def _has_job(self, share: Share) -> bool:
        try:
            await self.service.view(share.job_id)
        except NotFound:
            return False
        return True

    def _add(self, share: Share) -> None:
        with self.store.changing():  # two at once would both find the last place free
            if len(self.store.names()) >= self.most:
                raise Conflict("There are too many links: revoke some that nobody needs.")
            self._put(share)

    def _put(self, share: Share) -> None:
        self.store.put(share.id, orjson.dumps(asdict(share)))

    def _get(self, share_id: str) -> Share | None:
        body = self.store.get(share_id)
        return None if body is None else Share(**orjson.loads(body))

    def _all(self) -> list[Share]:
        found = map(self._get, self.store.names())
        return [share for share in found if share is not None]


def _no_share() -> NotFound:
    return NotFound("There is no such link: check that the address is complete.")


def _ended() -> Gone:
    return Gone("This link has expired or was revoked: ask for a new one.")
