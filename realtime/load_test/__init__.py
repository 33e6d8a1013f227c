"""`realtime load-test`: how fast a server of files, or of live streams, answers many at once.

::

    options ─→ speech ─Recording→ supply ─→ requests (http, or a callable) ─┐
                                       └──→ streams (websocket) ── waits ───┴─→ figures ─→ results
                                              └─ capacity                        plots ─→ report
"""
