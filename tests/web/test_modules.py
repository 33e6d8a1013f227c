"""The page's modules that need no browser, tested in Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

NODE = shutil.which("node")
TESTS = sorted((Path(__file__).parent / "js").glob("*.test.js"))


@pytest.mark.skipif(NODE is None, reason="needs Node: apt install nodejs")
def test_the_tests_of_the_modules_pass() -> None:
    assert TESTS
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--test", *map(str, TESTS)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-5000:]
