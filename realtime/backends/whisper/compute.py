"""Number formats that a device can calculate with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import structlog

log = structlog.get_logger(__name__)

LAST = "float32"
"""The type that every device supports."""
NEAREST: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bfloat16": ("float16",),
        "int16": ("float16",),
        "int8_float16": ("int8_bfloat16", "int8_float32", "int8", "float16"),
        "int8_bfloat16": ("int8_float16", "int8_float32", "int8", "float16"),
        "int8_float32": ("int8", "float16"),
        "int8": ("int8_float32", "float16"),
    }
)
"""Types about as precise and as small, for devices that lack a type; after them comes `LAST`."""


def nearest(compute_type: str, possible: Collection[str], device: str) -> str:
    """`compute_type` if it is `possible` or `default`, else the nearest possible one, logged."""
    if compute_type in possible or compute_type == "default":
        return compute_type
    used = next((name for name in NEAREST.get(compute_type, ()) if name in possible), LAST)
    log.warning(
        "backend.compute_type",
        requested=compute_type,
        used=used,
        reason=f"the device {device} can do {', '.join(sorted(possible))}",
    )
    return used
