"""Privacy by rules alone: no network, no download, the same answer every time."""

from __future__ import annotations

import asyncio

from realtime.postprocess.base import PrivacyResult
from realtime.postprocess.privacy.mask import Style
from realtime.postprocess.privacy.remover import mask_transcript
from realtime.types import Transcript


class RulePrivacy:
    """Finds and masks in a thread: a day's transcript takes a second that live streams need."""

    def __init__(self, style: Style = "partial") -> None:
        self._style: Style = style

    async def remove(self, transcript: Transcript) -> PrivacyResult:
        """Does not fail."""
        return await asyncio.to_thread(mask_transcript, transcript, self._style)
