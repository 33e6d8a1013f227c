"""What a call was about: classes and their cues from a file, decided by rules or by a model."""
