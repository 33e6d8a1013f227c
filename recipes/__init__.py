"""How the bundled weights were made: one folder a network, run as `python -m recipes.NAME`."""
