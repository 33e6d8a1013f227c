"""Privacy removal by rules alone: no network, no download, the same result every time."""

from __future__ import annotations

import asyncio

from realtime.postprocess.base import PrivacyResult
from realtime.postprocess.privacy.mask import Style
from realtime.postprocess.privacy.remover import mask_transcript
from realtime.types import Transcript


class RulePrivacy:
    """Masks in a thread: the transcript of a day takes a second, which would block live streams."""

    def __init__(self, style: Style = "partial") -> None:
        self._style: Style = style

    async def remove(self, transcript: Transcript) -> PrivacyResult:
        """Mask by the rules; never raises PrivacyIncomplete."""
        return await asyncio.to_thread(mask_transcript, transcript, self._style)
