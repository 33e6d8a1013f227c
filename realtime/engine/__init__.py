"""Windows of all streams → hypotheses, on one shared model."""
