"""Masks personal data in a session's events before they are queued for a client.

Whatever code sends them, in any protocol, sees only masked words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from realtime.postprocess.base import LivePrivacy
from realtime.session.events import Event, Final, Partial

Put = Callable[[Event, int], bool]
"""Queues an event under the channel's number (`ChannelLink.put`)."""


def masking(put: Put, privacy: LivePrivacy) -> Put:
    """`put` for one channel, whose events are masked first; they must come in order."""
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
