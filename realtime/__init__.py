"""Live speech to text for many streams at once on one shared Whisper model.

The way of the data::

    bytes ─ audio/ ─ session/(ring → vad → endpoint → chunker) ─Window→ engine/(queue → batcher → worker) ─ backends/
                                                                                      │ Hypothesis
    JSON ─ wire/ ←─ session/(agreement → transcript → events) ←─────────────────────────┘   server/ carries, app.py wires

A folder is a layer; in `vad/` and `backends/` a file is an alternative, elsewhere a file is a step.
"""

__version__ = "0.1.0"
