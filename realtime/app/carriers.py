"""The queues that carry job ids to workers, by the scheme of `queue_url`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from realtime.errors import SetupError
from realtime.jobs.carrier import Carrier, Receiver
from realtime.settings import Settings

End = TypeVar("End", Carrier, Receiver)


@dataclass(frozen=True, slots=True)
class CarrierKind:
    """Both ends of a queue. An end imports its library when it is created, since that is an
    extra."""

    carrier: Callable[[Settings], Carrier]
    receiver: Callable[[Settings], Receiver]


def _celery_carrier(settings: Settings) -> Carrier:
    from realtime.jobs.celery_carrier import CeleryCarrier

    return CeleryCarrier(settings.queue_url, settings.queue_visibility_s)


def _celery_receiver(settings: Settings) -> Receiver:
    from realtime.jobs.celery_worker import CeleryReceiver

    return CeleryReceiver(settings.queue_url, settings.queue_visibility_s)


_CELERY = CarrierKind(_celery_carrier, _celery_receiver)
KINDS: dict[str, CarrierKind] = {"redis": _CELERY, "rediss": _CELERY}
"""URL scheme → kind of queue."""


def make_carrier(settings: Settings) -> Carrier | None:
    """The sending end of `queue_url`; None without one: the servers do the jobs.

    Raises SetupError.
    """
    kind = _kind(settings)
    return _made(kind.carrier, settings) if kind is not None else None


def make_receiver(settings: Settings) -> Receiver | None:
    """The worker's end of `queue_url`; None without one. Raises SetupError."""
    kind = _kind(settings)
    return _made(kind.receiver, settings) if kind is not None else None


def _kind(settings: Settings) -> CarrierKind | None:
    if not settings.queue_url:
        return None
    kind = KINDS.get(urlsplit(settings.queue_url).scheme)
    if kind is None:
        known = " or ".join(f"{scheme}://" for scheme in KINDS)
        raise SetupError(f"The setting queue_url must begin with {known}.")
    return kind


def _made(make: Callable[[Settings], End], settings: Settings) -> End:
    try:
        return make(settings)
    except ImportError as error:
        raise extra_missing("queue_url") from error


def extra_missing(name: str) -> SetupError:
    """The error for a setting that needs packages which are not installed."""
    return SetupError(
        f"The setting {name} needs more packages: pip install 'realtime-whisper[jobs]'."
    )
