#!/usr/bin/python3
"""Asks this container's own server whether it is ready; exit code 0: it is.

With a model: `GET /ready`, which is true only while the model really hears. The page alone, which
has none: `GET /live`. Ports and TLS are those of the environment, as the server reads them.
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
"""Variable of the port, its default, what to ask there; the first that is on is asked."""
PATIENCE_S = 4
OFF = "-1"


def address() -> str:
    """Where to ask."""
    scheme = "https" if os.environ.get("STT_TLS_CERT") else "http"
    for variable, default, path in LISTENERS:
        port = os.environ.get(variable) or default
        if port != OFF:
            return f"{scheme}://127.0.0.1:{port}{path}"
    raise SystemExit("nothing is served here: all ports are -1")


def main() -> int:
    """→ exit code."""
    trusting = ssl._create_unverified_context()  # itself, under whatever name the certificate has
    try:
        with urllib.request.urlopen(address(), timeout=PATIENCE_S, context=trusting):
            return 0
    except (urllib.error.URLError, OSError) as error:
        sys.stderr.write(f"not ready: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
