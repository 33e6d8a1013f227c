"""The backend behind the engine, and the change to another one under load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from realtime.app.backends import CLOUD, KINDS, BackendKind, Made, canonical, find_model
from realtime.app.process.memory import giving_all_back, giving_back, trim
from realtime.backends.base import Backend
from realtime.engine.edge import attempt
from realtime.engine.engine import Engine
from realtime.engine.options import EngineOptions
from realtime.engine.selftest import SelfTestRecording, self_test
from realtime.errors import (
    BadOption,
    Conflict,
    LoadFailed,
    NotReady,
    RealtimeError,
    SetupError,
)
from realtime.languages import AUTO, ENGLISH
from realtime.metrics import Metrics
from realtime.settings import Settings
from realtime.weights.bundled import samples
from realtime.weights.resolve import ResolvedModel
from realtime.weights.sources import Sources

log = structlog.get_logger(__name__)

TESTED = 2
"""Recordings of the server's language that a model is tested with, and of the others together: a
large model on a CPU takes seconds for each."""

Load = Callable[[ResolvedModel, Settings], Backend]
"""Makes the backend of a resolved model; tests and benchmarks pass one of their own."""


class BackendSwitch:
    """One engine and the backend behind it. `describe` is cheap; `reload` blocks."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        kinds: Mapping[str, BackendKind] = KINDS,
        options: EngineOptions | None = None,
    ) -> None:
        """Loads nothing; `engine.start` does."""
        self.resolved: ResolvedModel | None = None
        """The model that runs, and how it was found."""
        self._settings = settings
        self._kinds = kinds
        self.engine = Engine(_First(self, None), options, metrics, idle=trim)

    def describe(self) -> dict[str, object]:
        """The answer of `GET /backend/current`. Imports no backend."""
        body: dict[str, object] = {
            "current_backend": None,
            "backend_type": "",
            "device": "",
            "compute_type": "",
            "model_path": "",
            "multilingual": None,
            "traits": None,
        }
        try:
            info, traits = self.engine.info, self.engine.traits
        except NotReady:
            loaded = False
        else:
            loaded = True
            body |= {
                "current_backend": info.backend,
                "backend_type": info.backend_type,
                "device": info.device,
                "compute_type": info.compute_type,
                "model_path": info.model_path,
                "multilingual": not traits.only_language,
                "traits": traits.as_json(),
            }
        return {**body, "available_backends": self.available(), "loaded": loaded}

    def available(self) -> dict[str, bool]:
        """Backend → whether its packages are installed and its model is here."""
        return {
            name: not kind.missing() and self.has_model(name) for name, kind in self._kinds.items()
        }

    def has_model(self, name: str) -> bool:
        """Whether the backend's model could be loaded without a network. Cheap."""
        return self._kinds[name].has_model(self._settings, self._sources())

    def reload(self, name: str | None = None) -> dict[str, object]:
        """Load the backend `name`, or the first of the configured order that can be loaded.

        Streams and files continue on the old backend until the new one is ready. Blocks: run it in
        an executor. Returns what `describe` does, and `previous_backend`. Raises BadOption for an
        unknown name, Conflict while another reload runs, NotReady before the start, and LoadFailed
        where the new backend cannot be used; the old one then stays in use.
        """
        names = None if name is None else (canonical(name, self._kinds),)
        previous, resolved = self.engine.info.backend, self.resolved
        try:
            with giving_all_back():  # what the previous backend took
                self.engine.reload(_First(self, names))
        except (Conflict, NotReady):
            raise
        except RealtimeError as error:
            self.resolved = resolved
            raise LoadFailed(
                f"{error.message} The backend {previous} stays in use.",
                cause=error.code,
                reason=error.message,
            ) from error
        log.info("backend.reloaded", previous=previous, current=self.engine.info.backend)
        return {**self.describe(), "previous_backend": previous}

    # ---- loading

    def load(self) -> Backend:
        """The first backend of the order that can be loaded, for use without the engine.

        Blocking. Raises LoadFailed, SetupError and the provider's errors.
        """
        return attempt(_First(self, None), LoadFailed, "The model could not be loaded")

    def order(self) -> tuple[str, ...]:
        """Names of the configured backends, in order. Raises SetupError for an unknown one.

        OpenAI's cloud is left out where the order is the default one.
        """
        try:
            names = tuple(canonical(name, self._kinds) for name in self._configured())
        except BadOption as error:
            raise SetupError(f"{error.message} Correct the setting backend.") from error
        if not names:
            raise SetupError("The setting backend is empty: name a backend, or leave it out.")
        return names

    def make(self, name: str, *, offline: bool) -> Backend:
        """Load and test one backend. `offline`: skip the hub, since an earlier backend has searched
        all sources in vain. Raises the errors of loading and of the test."""
        sources = self._sources()
        if offline:
            sources = replace(sources, hub=replace(sources.hub, offline=True))
        kind = self._kinds[name]
        with giving_back():  # what the weights' file took
            backend, resolved = attempt(
                lambda: kind.make(self._settings, sources),
                LoadFailed,
                f"{name} could not be loaded",
            )
        spoken = self._settings.language
        warning = ""
        try:
            if name != CLOUD:
                warning = attempt(
                    lambda: _test(backend, resolved, spoken),
                    LoadFailed,
                    "The model failed its self-test",
                )
        except RealtimeError:
            backend.close()
            raise
        if warning:
            log.warning("model.self_test_warning", model=backend.info.model, reason=warning)
            resolved = replace(resolved, warning=f"{resolved.warning} {warning}".strip())
        self.resolved = resolved
        if spoken != AUTO and spoken not in backend.traits.languages:
            log.warning("model.lacks_the_language", model=backend.info.model, language=spoken)
        return backend

    def _configured(self) -> Sequence[str]:
        if "backend" in self._settings.model_fields_set:
            return self._settings.backend
        return [name for name in self._settings.backend if name in self._kinds and name != CLOUD]

    def _sources(self) -> Sources:
        settings = self._settings
        return Sources.from_environment(
            settings.models_dir, settings.hub_timeout_s, settings.model_sources
        )


class _First:
    """A factory for the engine: the first of some backends that can be loaded.

    The watchdog calls it again to replace a backend that hangs, and then gets the same one.
    """

    def __init__(self, switch: BackendSwitch, names: Sequence[str] | None) -> None:
        """`names`: None for the configured order."""
        self._switch = switch
        self._names = names

    def __call__(self) -> Backend:
        """Raises the first backend's error where none can be loaded."""
        names = self._switch.order() if self._names is None else self._names
        failed: dict[str, RealtimeError] = {}
        for name in names:
            offline = any(isinstance(error, SetupError) for error in failed.values())
            if offline and not self._switch.has_model(name):
                continue  # it would only fail again because there is no such model
            try:
                backend = self._switch.make(name, offline=offline)
            except RealtimeError as error:
                failed[name] = error
            else:
                self._names = (name,)
                _tell(failed)
                return backend
        first = next(iter(failed.values()))
        # The first error is raised; the log has only those whose messages differ from it.
        others = {name: e for name, e in failed.items() if e.message != first.message}
        _tell(others)
        raise first


def _tell(failed: Mapping[str, RealtimeError]) -> None:
    """Log which backends could not be loaded, and why."""
    for name, error in failed.items():
        log.warning("backend.cannot_be_loaded", backend=name, reason=error.message)


def kinds_of(load: Load) -> Mapping[str, BackendKind]:
    """Only the default backend, made by `load`."""
    kind = KINDS["faster-whisper"]

    def made(settings: Settings, sources: Sources) -> Made:
        resolved = find_model(settings, sources)
        return load(resolved, settings), resolved

    return {kind.name: replace(kind, load=made)}


def _test(backend: Backend, resolved: ResolvedModel, language: str) -> str:
    """Test `backend` on recordings, in the server's language first; → a warning for people, or "".
    The bundled model must get all of them right. Raises LoadFailed where it recognises nothing.
    """
    bundled = resolved.source == "bundled"
    every = [s for s in samples() if s.language in backend.traits.languages]
    if not every:
        return ""  # no recording is in a language that it knows
    if language not in {s.language for s in every}:
        language = ENGLISH
    spoken = [s for s in every if s.language == language]
    others = [s for s in every if s.language != language]
    first, last = (
        [SelfTestRecording(s.read(), s.text, s.language) for s in part[:TESTED]]
        for part in (spoken, others)
    )
    if bundled:
        first, last = first + last, []
    return self_test(first, last, exact=bundled)(backend)
