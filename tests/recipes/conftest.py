"""What the recipe needs from the machine."""

from __future__ import annotations

import pytest

from realtime.load_test.synthetic.speech import missing_programs
from recipes.micro_whisper.dataset import Clip, make_clips


@pytest.fixture(scope="session")
def synthesisers() -> None:
    """Skips, and says so, where nothing can be spoken."""
    missing = missing_programs()
    if missing:
        pytest.skip(
            f"THE RECIPE IS NOT TESTED HERE, because the machine lacks {', '.join(missing)}: "
            f"apt install {' '.join(missing)}"
        )


@pytest.fixture(scope="session")
def clips(synthesisers: None) -> list[Clip]:
    """Some spoken sentences in both languages."""
    return [*make_clips("en", 30, 1), *make_clips("ko", 20, 1)]
