"""The HTTP API: files in, transcripts out, on one application for ports 8003 and 8100."""
