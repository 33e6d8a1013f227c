"""What streams and files get that name nothing."""

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
def test_a_model_that_knows_english_alone_is_asked_for_english(
    english: Engine, said: str, language: str
) -> None:
    assert engine_language(Settings(language=said), english) == language


def test_until_a_model_is_there_the_setting_holds() -> None:
    engine = Engine(lambda: ScriptedBackend(Script(())))
    assert engine_language(Settings(language="Korean"), engine) == "ko"
    engine.start()
    assert engine_language(Settings(language="Korean"), engine) == "ko"
    engine.stop()
