"""The published description of the live protocol (`docs/protocol/`) against the code."""
