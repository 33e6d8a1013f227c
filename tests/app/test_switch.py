"""Which backend is loaded, and how it is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from realtime.app.backends import CLOUD, KEY_VARIABLE, KINDS, BackendKind, Made, canonical
from realtime.app.switch import TESTED, BackendSwitch
from realtime.backends.base import Backend
from realtime.backends.scripted import Script, ScriptedBackend
from realtime.errors import BadOption, LoadFailed, NotReady, ProviderAuth, SetupError
from realtime.metrics import Metrics
from realtime.settings import Settings
from realtime.types import DecodeOptions, Hypothesis, Window
from realtime.weights.bundled import samples
from realtime.weights.resolve import ResolvedModel
from realtime.weights.sources import Sources
from realtime.wire.texts import sentence
from tests.wrapped_backend import WrappedBackend

SAMPLE = samples()[0]
TRIED: list[tuple[str, bool]] = []
"""Backends that failed to load, and whether the hub was forbidden then."""


def failing(name: str, error: Exception) -> BackendKind:
    def load(settings: Settings, sources: Sources) -> Made:
        TRIED.append((name, sources.hub.offline))
        raise error

    return BackendKind(name, (), (), "", lambda settings, hub: True, load)


GOOD = KINDS["faster-whisper"]
BAD = failing("bad", LoadFailed("it is broken."))
AWAY = failing("away", SetupError("the hub is away."))
CRASHING = failing("crashing", ZeroDivisionError("inside"))


def switch(*kinds: BackendKind, **values: object) -> BackendSwitch:
    settings = Settings.model_validate({"model": "bundled", "device": "cpu", **values})
    return BackendSwitch(settings, Metrics(), {kind.name: kind for kind in kinds})


@pytest.fixture(scope="module")
def running() -> Iterator[BackendSwitch]:
    """One for all tests: each leaves it with the model that it began with."""
    made = switch(GOOD, BAD, CRASHING, backend=("faster-whisper", "bad"))
    made.engine.start()
    yield made
    made.engine.stop()


def hears(made: BackendSwitch) -> bool:
    backend = made.engine._current().backend
    window = Window(SAMPLE.read(), 0, True, DecodeOptions(language=SAMPLE.language))
    return backend.decode([window])[0].text == SAMPLE.text


@pytest.mark.parametrize(
    ("name", "canon"),
    [
        ("faster_whisper", "faster-whisper"),
        ("faster-whisper", "faster-whisper"),
        ("whisper", "openai-whisper"),
        ("openai_whisper", "openai-whisper"),
        ("transformers", "transformers"),
        ("openai_api", "openai-api"),
    ],
)
def test_aliases(name: str, canon: str) -> None:
    assert canonical(name) == canon


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BadOption, match="faster-whisper, transformers") as refused:
        canonical("whisperx")
    assert refused.value.details["available"] == list(KINDS)


def test_the_first_backend_that_can_be_loaded_is_used() -> None:
    TRIED.clear()
    made = switch(AWAY, BAD, CRASHING, GOOD, backend="away,bad,crashing,faster-whisper")
    made.engine.start()
    assert made.describe()["current_backend"] == "faster-whisper"
    assert made.resolved is not None
    assert made.resolved.source == "bundled"
    # The hub is tried once in vain, not once per backend.
    assert TRIED == [("away", False), ("bad", True), ("crashing", True)]
    made.engine.stop()


def test_where_none_can_be_loaded_the_reason_is_the_firsts() -> None:
    with pytest.raises(SetupError, match="the hub is away"):
        switch(AWAY, BAD, backend="away,bad").engine.start()


def test_a_problem_of_all_backends_is_reported_once() -> None:
    same, other = failing("same", SetupError("the hub is away.")), BAD
    with structlog.testing.capture_logs() as logs, pytest.raises(SetupError, match="is away"):
        switch(AWAY, same, other, backend="away,same,bad").engine.start()
    told = [line["backend"] for line in logs if line["event"] == "backend.cannot_be_loaded"]
    assert told == ["bad"]


def test_backends_that_cannot_load_the_model_are_not_tried() -> None:
    lacking = replace(BAD, has_model=lambda settings, sources: False)
    with structlog.testing.capture_logs() as logs, pytest.raises(SetupError, match="is away"):
        switch(AWAY, lacking, backend="away,bad").engine.start()
    assert logs == []


@pytest.mark.parametrize("language", ["ko", "en", "vi", "auto"])
def test_a_model_that_knows_neither_english_nor_korean_starts(language: str) -> None:
    def load(settings: Settings, sources: Sources) -> Made:
        backend = ScriptedBackend(Script.evenly("xin chào các bạn"))
        return backend, ResolvedModel(Path("vi"), "vi", "directory")

    kind = BackendKind("vietnamese", (), (), "", lambda settings, hub: True, load)
    made = switch(kind, backend="vietnamese", language=language)
    made.engine.start()
    assert made.engine.ready
    assert made.resolved is not None
    assert "'xin chào các bạn'" in made.resolved.warning
    made.engine.stop()


class EnglishAlone(ScriptedBackend):
    """Recognises nothing in the recordings, and records the languages that were requested."""

    def __init__(self) -> None:
        super().__init__(Script(()))
        self.asked: set[str | None] = set()
        self.traits = replace(self.traits, languages=("en",))

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        self.asked |= {window.options.language for window in windows}
        return super().decode(windows)


def test_a_model_that_knows_only_english_is_tested_only_in_english() -> None:
    backend, resolved = EnglishAlone(), ResolvedModel(Path("x.en"), "x.en", "directory")
    kind = BackendKind(
        "english", (), (), "", lambda settings, hub: True, lambda settings, hub: (backend, resolved)
    )
    with pytest.raises(LoadFailed):
        switch(kind, backend="english", language="ko").engine.start()
    assert backend.asked == {"en"}


class Counted(WrappedBackend):
    """Counts the windows in each language."""

    def __init__(self, inner: Backend, decoded: Counter[str | None]) -> None:
        super().__init__(inner)
        self._decoded = decoded

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        self._decoded.update(window.options.language for window in windows)
        return self.inner.decode(windows)


def test_the_bundled_model_is_tested_with_as_few_recordings_as_others_are() -> None:
    decoded: Counter[str | None] = Counter()

    def load(settings: Settings, sources: Sources) -> Made:
        backend, resolved = GOOD.load(settings, sources)
        return Counted(backend, decoded), resolved

    switch(replace(GOOD, load=load)).load().close()
    assert decoded == {"en": TESTED, "ko": TESTED}


def test_the_cloud_is_used_only_where_it_is_named() -> None:
    cloud = failing(CLOUD, LoadFailed("no."))
    assert switch(GOOD, cloud).order() == ("faster-whisper",)
    assert switch(GOOD, cloud, backend=f"{CLOUD},faster_whisper").order()[0] == CLOUD
    assert Settings().backend == tuple(KINDS)


@pytest.mark.parametrize("backend", ["whisperx", ()])
def test_an_unusable_order_is_refused(backend: object) -> None:
    with pytest.raises(SetupError, match="backend"):
        switch(GOOD, backend=backend).engine.start()


def test_the_description_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    made = switch(*KINDS.values())
    body = made.describe()
    assert body["loaded"] is False
    assert body["current_backend"] is None
    assert body["available_backends"] == made.available()
    assert made.available()["faster-whisper"]
    assert not made.available()[CLOUD]
    with pytest.raises(NotReady):
        made.reload("faster-whisper")


def test_the_running_backend_is_described(running: BackendSwitch) -> None:
    body = running.describe()
    assert body["current_backend"] == "faster-whisper"
    assert body["backend_type"] == "WhisperModel"
    assert body["device"] == "cpu"
    assert body["loaded"] is True
    assert str(body["model_path"]).endswith("micro")


def test_a_reload_reports_the_previous_backend(running: BackendSwitch) -> None:
    for name in ("faster_whisper", None):
        body = running.reload(name)
        assert body["previous_backend"] == body["current_backend"] == "faster-whisper"
        assert hears(running)


@pytest.mark.parametrize(
    ("name", "why"), [("bad", "it is broken"), ("crashing", "crashing could not be loaded")]
)
def test_after_a_failed_reload_the_old_backend_goes_on(
    running: BackendSwitch, name: str, why: str
) -> None:
    resolved = running.resolved
    with pytest.raises(LoadFailed, match=why) as failed:
        running.reload(name)
    assert "faster-whisper stays in use" in failed.value.message
    assert why in sentence(failed.value, "ko")
    assert failed.value.http_status == 500
    assert running.resolved is resolved
    assert running.engine.ready
    assert hears(running)


def test_an_unknown_name_changes_nothing(running: BackendSwitch) -> None:
    with pytest.raises(BadOption):
        running.reload("whisperx")
    assert running.engine.ready


def test_a_missing_package_is_named_with_its_command(running: BackendSwitch) -> None:
    lacking = replace(BAD, name="lacking", packages=("no_such_package",), extra="lacking")
    assert lacking.missing() == ["no_such_package"]
    made = switch(GOOD, lacking)
    assert not made.available()["lacking"]
    with pytest.raises(LoadFailed, match=r"pip install 'realtime-whisper\[lacking\]'"):
        lacking.make(Settings(), Sources.from_environment())


def test_a_cloud_without_a_key_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    made = switch(KINDS[CLOUD], backend=CLOUD)
    assert not made.available()[CLOUD]
    with pytest.raises(ProviderAuth, match=KEY_VARIABLE):
        made.engine.start()
    (tmp_path / ".env").write_text(f"{KEY_VARIABLE}=sk-from-a-file")
    assert made.available()[CLOUD]
