"""Fixtures of the recipe's tests: programs for speech synthesis, and synthetic clips."""

from __future__ import annotations

import pytest

from realtime.load_test.synthetic.speech import missing_programs
from recipes.micro_whisper.dataset import Clip, make_clips


@pytest.fixture(scope="session")
def synthesisers() -> None:
    """Skip the test, with a reason, where no speech can be synthesised."""
    missing = missing_programs()
    if missing:
        pytest.skip(
            f"THE RECIPE IS NOT TESTED HERE, because the machine lacks {', '.join(missing)}: "
            f"apt install {' '.join(missing)}"
        )


@pytest.fixture(scope="session")
def clips(synthesisers: None) -> list[Clip]:
    """Synthetic sentences in both languages."""
    return [*make_clips("en", 30, 1), *make_clips("ko", 20, 1)]
