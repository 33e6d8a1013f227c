"""Fields of forms and the resulting options."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.transcribe.fields import FileDefaults, FileFields

DEFAULTS = FileDefaults(language="ko")


@pytest.mark.parametrize(
    ("said", "language", "languages"),
    [
        ({}, "ko", ()),
        ({"language": "English"}, "en", ()),
        ({"language": "auto"}, None, ()),
        # several languages: the model detects which
        ({"languages": "ko,English"}, None, ("ko", "en")),
        ({"languages": ["ko", "en-US"]}, None, ("ko", "en")),
        ({"languages": ""}, "ko", ()),
        ({"languages": "ko,en", "language": "en"}, "en", ("ko", "en")),
    ],
)
def test_one_language_or_several(
    said: dict[str, Any], language: str | None, languages: tuple[str, ...]
) -> None:
    fields = FileFields.model_validate(said)
    options = fields.options(DEFAULTS)
    assert (options.language, options.languages) == (language, languages)
    assert (options.decode.language, options.decode.candidates) == (language, languages)
    # round trip through a job's stored fields
    again = FileFields.model_validate(fields.model_dump(mode="json"))
    assert again.options(DEFAULTS) == options
