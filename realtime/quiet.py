"""Nothing of ours, and nothing that we brought, speaks to anyone unasked.

ONNX Runtime reads its switch the moment it is imported: it then writes a device id below the user's
cache, and looks up its maker's host. So the package's root sets the switches, before any import.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime: a device id, and events to its maker
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, hf-xet and transformers: events
    "DISABLE_SAFETENSORS_CONVERSION": "1",  # transformers asks the hub to convert what it loads
    "DO_NOT_TRACK": "1",  # what else listens to the common one
}
"""What turns off the telemetry of the libraries in the lock files. The others have none: FastAPI's,
Redis' and schemathesis' OpenTelemetry sends nothing until somebody names where to."""


def keep_quiet(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the switches that are unset or empty, for this process and its children. Who sets one to
    something else has asked for what comes of it."""
    for name, value in SWITCHES.items():
        if not environment.get(name):
            environment[name] = value
