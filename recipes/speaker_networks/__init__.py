"""Graphs of networks that tell people apart, over weights that others trained."""
