"""The parts of `realtime transcribe`::

inputs ─ ledger(where results go, what is done) ─ batch(slots) ─ recogniser ─┬─ this process
                                                    │                       └─ upload (--url)
                                                  screen                      rendering ─ files
"""
