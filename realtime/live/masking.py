"""Personal data masked in what a session says, before anything of it is queued for a client.

Whatever sends it on, in whichever protocol, sees masked words alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from realtime.postprocess.base import LivePrivacy
from realtime.session.events import Event, Final, Partial

Put = Callable[[Event, int], bool]
"""Takes an event and the channel's number (`ChannelLink.put`)."""


def masking(put: Put, privacy: LivePrivacy) -> Put:
    """`put` with what one channel says masked; events of the channel come in order."""
    return partial(_put, put, privacy)


def masked(event: Event, privacy: LivePrivacy) -> Event:
    """The event without personal data."""
    match event:
        case Partial():
            text, stable = privacy.partial(event.id, event.text, event.stable)
            return replace(event, text=text, stable=stable)
        case Final():
            text, words = privacy.final(event.id, event.text, event.words)
            return replace(event, text=text, words=words)
        case _:
            return event


def _put(put: Put, privacy: LivePrivacy, event: Event, channel: int) -> bool:
    return put(masked(event, privacy), channel)
