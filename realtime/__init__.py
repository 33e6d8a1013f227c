"""Live speech to text for many streams at once on one shared Whisper model.

The way of the data::

    bytes ─ audio/ ─ session/(hearing: ring → vad → endpoint; chunker) ─Window─▶ engine/ ─ backends/
                                                              queue → batcher → worker │ Hypothesis
    JSON ◀─ wire/ ◀─ session/(agreement → transcript → events) ◀────────────────────────┘
                                                       server/ carries it, app/ wires it together

A folder is a layer; in `vad/` and `backends/` a file is an alternative, elsewhere a file is a step.
"""

__version__ = "0.1.0"
