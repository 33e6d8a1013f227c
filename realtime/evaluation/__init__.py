"""Recordings with transcripts against what is heard in them: words, times, and what it costs."""
