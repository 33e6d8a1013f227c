"""Compares transcripts of recordings with what models recognise: words, times and cost."""
