"""Synthetic voices that say random sentences: whoever makes them knows what is said, and when."""
