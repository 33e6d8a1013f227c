"""Weights that come as packages of the Python index."""
