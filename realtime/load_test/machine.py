"""Describes the machine, time and code of a measurement."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import date


def machine() -> str:
    """One line for reports: date, commit, CPUs, Python and load."""
    here = os.path.dirname(os.path.abspath(__file__))
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        commit = subprocess.run(command, cwd=here, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        commit = ""
    load = os.getloadavg()[0]
    return (
        f"{date.today()}, commit {commit or 'unknown'}, {os.cpu_count()} CPUs "
        f"({platform.machine()}), Python {platform.python_version()}, load before {load:.1f}"
    )
