"""The composition root: settings → model, engine, listeners. Alone names concrete backends,
detectors and stores."""

from realtime.app.app import App, local_transcriber, running, serve
from realtime.app.detectors import make_detector

__all__ = ["App", "local_transcriber", "make_detector", "running", "serve"]
