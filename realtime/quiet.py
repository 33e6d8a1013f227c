"""Turns off telemetry, so that neither this package nor its libraries contact anyone unasked.

ONNX Runtime reads its switch on import; without it, it writes a device id below the user's cache
and looks up its maker's host. So the package's root sets the switches before a library is imported.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime: a device id, and events to its maker
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, hf-xet and transformers: events
    "DISABLE_SAFETENSORS_CONVERSION": "1",  # transformers asks the hub to convert loaded models
    "DO_NOT_TRACK": "1",  # the common switch, for all others that obey it
}
"""Environment variables that turn off the telemetry of libraries in the lock files. The others have
none: the OpenTelemetry of FastAPI, Redis and schemathesis sends nothing without a destination."""


def keep_quiet(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the switches that are unset or empty, for this process and its children. A switch with
    another value is the user's decision, and is not changed."""
    for name, value in SWITCHES.items():
        if not environment.get(name):
            environment[name] = value
