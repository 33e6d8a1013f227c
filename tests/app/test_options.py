"""Default options of streams and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from realtime.app.options import engine_language
from realtime.backends.scripted import Script, ScriptedBackend
from realtime.engine.engine import Engine
from realtime.settings import Settings


@pytest.fixture
def english() -> Iterator[Engine]:
    backend = ScriptedBackend(Script(()))
    backend.traits = replace(backend.traits, languages=("en",))
    engine = Engine(lambda: backend)
    engine.start()
    yield engine
    engine.stop()


@pytest.mark.parametrize(
    ("said", "language"), [("ko", "en"), ("en", "en"), ("auto", "auto"), ("fr-FR", "en")]
)
def test_the_default_of_a_model_that_knows_only_english_is_english(
    english: Engine, said: str, language: str
) -> None:
    assert engine_language(Settings(language=said), english) == language


def test_the_setting_holds_until_a_model_is_loaded() -> None:
    engine = Engine(lambda: ScriptedBackend(Script(())))
    assert engine_language(Settings(language="Korean"), engine) == "ko"
    engine.start()
    assert engine_language(Settings(language="Korean"), engine) == "ko"
    engine.stop()
