"""A model in a process of its own: the same answers, and what happens when the process ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from realtime.backends.hosted import HostedBackend, Recipe
from realtime.errors import BadOption, DecodeFailed, LoadFailed
from realtime.models.bundled import bundled_dir, samples
from realtime.types import DecodeOptions, Window

# CTranslate2 loads in a moment; that torch behaves alike is what tests of the switch show.
FASTER = "realtime.backends.faster_whisper:FasterWhisperBackend"
ARGUMENTS = {"model_dir": bundled_dir(), "device": "cpu", "workers": 1}
SAMPLE = samples()[0]


def window(language: str | None = "en") -> Window:
    return Window(SAMPLE.read(), 0, True, DecodeOptions(language=language, word_times=True))


@pytest.fixture(scope="module")
def hosted() -> Iterator[HostedBackend]:
    backend = HostedBackend(Recipe(FASTER, ARGUMENTS))
    yield backend
    backend.close()


def test_it_says_the_same(hosted: HostedBackend) -> None:
    [hypothesis] = hosted.decode([window()])
    assert hypothesis.text == SAMPLE.text
    assert [word.text for word in hypothesis.words] == [word.text for word in SAMPLE.words]
    assert hosted.info.backend == "faster-whisper"
    assert hosted.policy.partial_buckets_s[0] == 3.0
    assert hosted.cost_s(hosted.group_key(window().shape), 1) > 0


def test_keys_need_no_weights(hosted: HostedBackend) -> None:
    assert hosted.group_key(window().shape).beam_size == 1
    with pytest.raises(BadOption):
        hosted.group_key(window("xx").shape)
    with pytest.raises(TypeError):
        hosted.cost_s("other", 1)


def test_what_the_model_raises_comes_through(hosted: HostedBackend) -> None:
    bad = window()
    bad.samples[0] = float("nan")
    with pytest.raises(ValueError, match="NaN"):
        hosted.decode([bad])
    assert hosted.decode([window()])[0].text == SAMPLE.text


def test_a_killed_process_costs_one_call(hosted: HostedBackend) -> None:
    process = psutil.Process(hosted.pid)
    process.suspend()  # so that it cannot answer before it dies
    os.kill(hosted.pid, signal.SIGKILL)
    process.wait(10)
    first = hosted.pid
    # Whether the call finds it dead or dies with it, the one after that is served.
    try:
        text = hosted.decode([window()])[0].text
    except DecodeFailed:
        text = hosted.decode([window()])[0].text
    assert text == SAMPLE.text
    assert hosted.pid != first


def test_closing_ends_the_process() -> None:
    backend = HostedBackend(Recipe(FASTER, ARGUMENTS))
    process = psutil.Process(backend.pid)
    backend.close()
    assert not process.is_running()
    with pytest.raises(DecodeFailed, match="closed"):
        backend.decode([window()])


def test_errors_of_loading_come_through(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match=r"model\.bin"):
        HostedBackend(Recipe(FASTER, {"model_dir": tmp_path, "device": "cpu"}))
    with pytest.raises(LoadFailed, match="could not be loaded"):
        HostedBackend(Recipe("realtime.no.such:Backend", {}))


def test_a_process_that_ends_while_it_loads() -> None:
    with pytest.raises(LoadFailed, match="exit status 7"):
        HostedBackend(Recipe("os:_exit", {"status": 7}))
