"""Names of languages and their codes."""

from __future__ import annotations

import pytest

from realtime.backends.whisper.languages import NAMES, language_code


@pytest.mark.parametrize(
    ("name", "code"),
    [("korean", "ko"), ("English", "en"), ("ko", "ko"), (" Haitian Creole ", "ht"), ("xx", "xx")],
)
def test_names_and_codes_become_codes(name: str, code: str) -> None:
    assert language_code(name) == code


def test_they_are_those_of_openai_whisper() -> None:
    tokenizer = pytest.importorskip("whisper.tokenizer")
    assert dict(NAMES) == tokenizer.LANGUAGES
