"""Whole files: speed, memory, words, the HTTP API."""
