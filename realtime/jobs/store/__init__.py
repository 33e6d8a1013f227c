"""Stores of jobs. `base` is their interface; a file beside it is an alternative."""
