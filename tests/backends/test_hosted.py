"""A model in a process of its own: the same results, and what happens when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from realtime.backends.whisper.runtimes.hosted import HostedBackend, Recipe
from realtime.errors import BadOption, DecodeFailed, LoadFailed, ModelEnded
from realtime.types import DecodeOptions, Window
from realtime.weights.bundled import bundled_dir, samples

# CTranslate2 loads in a moment; tests of the switch show that torch behaves alike.
FASTER = "realtime.backends.whisper.runtimes.faster_whisper:FasterWhisperBackend"
ARGUMENTS = {"model_dir": bundled_dir(), "device": "cpu", "workers": 1}
SAMPLE = samples()[0]
PATIENCE_S = 60.0


def window(language: str | None = "en") -> Window:
    return Window(SAMPLE.read(), 0, True, DecodeOptions(language=language, word_times=True))


@pytest.fixture(scope="module")
def hosted() -> Iterator[HostedBackend]:
    backend = HostedBackend(Recipe(FASTER, ARGUMENTS))
    yield backend
    backend.close()


def test_the_results_are_the_same(hosted: HostedBackend) -> None:
    [hypothesis] = hosted.decode([window()])
    assert hypothesis.text == SAMPLE.text
    assert [word.text for word in hypothesis.words] == [word.text for word in SAMPLE.words]
    assert hosted.info.backend == "faster-whisper"
    assert hosted.traits.partial_buckets_s[0] == 3.0
    assert hosted.cost_s(hosted.group_key(window().shape), 1) > 0


def test_keys_need_no_weights(hosted: HostedBackend) -> None:
    assert hosted.group_key(window().shape).beam_size == 1
    with pytest.raises(BadOption):
        hosted.group_key(window("xx").shape)
    with pytest.raises(TypeError):
        hosted.cost_s("other", 1)


def test_errors_of_the_model_are_passed_on(hosted: HostedBackend) -> None:
    bad = window()
    bad.samples[0] = float("nan")
    with pytest.raises(ValueError, match="NaN"):
        hosted.decode([bad])
    assert hosted.decode([window()])[0].text == SAMPLE.text


def test_a_killed_process_is_lost() -> None:
    backend = HostedBackend(Recipe(FASTER, ARGUMENTS))
    process = psutil.Process(backend.pid)
    process.suspend()  # so that it gets no window before it dies
    killed = threading.Timer(0.0, backend.kill)
    killed.start()
    with pytest.raises(ModelEnded, match="killed"):  # found dead, or dies during the call
        backend.decode([window()])
    killed.join()
    assert backend.lost
    with pytest.raises(ModelEnded) as ended:
        backend.decode([window()])
    assert not ended.value.tried
    backend.close()
    assert not process.is_running()  # and no zombie is left


def test_a_hung_call_ends_when_its_process_is_killed() -> None:
    backend = HostedBackend(Recipe(FASTER, ARGUMENTS))
    psutil.Process(backend.pid).suspend()
    with ThreadPoolExecutor(1) as pool:
        hangs = pool.submit(backend.decode, [window()])
        while not backend._lock.locked():  # until the call has begun
            threading.Event().wait(0.001)
        backend.kill()
        assert isinstance(hangs.exception(PATIENCE_S), ModelEnded)
    backend.close()


def test_closing_ends_the_process() -> None:
    backend = HostedBackend(Recipe(FASTER, ARGUMENTS))
    process = psutil.Process(backend.pid)
    backend.close()
    assert not process.is_running()
    with pytest.raises(DecodeFailed, match="closed"):
        backend.decode([window()])


def test_errors_of_loading_are_passed_on(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match=r"model\.bin"):
        HostedBackend(Recipe(FASTER, {"model_dir": tmp_path, "device": "cpu"}))
    with pytest.raises(LoadFailed, match="could not be loaded"):
        HostedBackend(Recipe("realtime.no.such:Backend", {}))


def test_a_process_that_ends_while_it_loads_is_an_error() -> None:
    with pytest.raises(LoadFailed, match="exit status 7"):
        HostedBackend(Recipe("os:_exit", {"status": 7}))


def test_loading_has_its_own_time_limit() -> None:
    with pytest.raises(LoadFailed, match="did not load within 0 s"):
        HostedBackend(Recipe("time:sleep", {"secs": 1e6}), load_limit_s=0.01)
