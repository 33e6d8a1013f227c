"""The recipe of the bundled network that tells voices apart: see README.md.

Order of the steps: `clips` → `features` → `model` → `train` → `export`; `evaluate` measures.
"""
