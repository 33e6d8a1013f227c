"""What several benchmarks share: rows of figures, speech, servers."""
