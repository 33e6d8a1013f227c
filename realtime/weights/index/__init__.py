"""Weights that are packages of the Python index."""
