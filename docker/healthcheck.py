#!/usr/bin/python3
"""Checks whether this container's server is ready; exit code 0 if it is.

With a model: `GET /ready`, which succeeds only while the model works. For the page without a model:
`GET /live`. Ports and TLS are read from the environment, as the server does.
"""

import os
import ssl
import sys
import urllib.error
import urllib.request

LISTENERS = (
    ("STT_API_PORT", "8003", "/ready"),
    ("STT_PORT", "8765", "/ready"),
    ("STT_WEB_PORT", "8100", "/live"),
)
"""(variable of the port, its default, path to request); the first port that is on is used."""
PATIENCE_S = 4
OFF = "-1"


def address() -> str:
    """The URL to request."""
    scheme = "https" if os.environ.get("STT_TLS_CERT") else "http"
    for variable, default, path in LISTENERS:
        port = os.environ.get(variable) or default
        if port != OFF:
            return f"{scheme}://127.0.0.1:{port}{path}"
    raise SystemExit("nothing is served here: all ports are -1")


def main() -> int:
    """Send the request; → exit code."""
    trusting = ssl._create_unverified_context()  # this container, whatever its certificate says
    try:
        with urllib.request.urlopen(address(), timeout=PATIENCE_S, context=trusting):
            return 0
    except (urllib.error.URLError, OSError) as error:
        sys.stderr.write(f"not ready: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
