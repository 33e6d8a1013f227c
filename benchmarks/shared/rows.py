"""Shared by all benchmarks: rows of figures with their requirements, and the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure next to its requirement."""

    letter: str
    """The row of the first table in `benchmarks/figures/method.md`."""
    what: str
    figure: str
    asked: str = "report"
    met: bool | None = None
    """None if there is no requirement, or the reader has to judge it."""


def show(rows: Iterable[Row]) -> None:
    """Print a Markdown table for the README."""
    print("| | what | figure | asked | met |\n|---|---|---|---|---|")
    for row in rows:
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        print(f"| {row.letter} | {row.what} | {row.figure} | {row.asked} | {met} |", flush=True)


def parser(description: str | None) -> argparse.ArgumentParser:
    """`description`: the module's docstring, whose first paragraph is shown."""
    return argparse.ArgumentParser(
        description=(description or "").split("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
