"""Sockets: carry bytes between clients, sessions and the engine."""
