"""The composition root: settings → model, engine, listeners. Alone names concrete backends,
detectors and stores.

Nothing is imported here: commands that transcribe files would import every listener, half a second.
"""
