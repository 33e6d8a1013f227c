"""Real models that run out of memory, and libraries' messages where that cannot be provoked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from realtime.backends.whisper.memory import is_short_memory, short_memory_named
from realtime.errors import OutOfMemory

STARVED = """
import resource
import numpy as np
from realtime.backends.whisper.runtimes.faster_whisper import FasterWhisperBackend
from realtime.errors import OutOfMemory
from realtime.weights.bundled import bundled_dir, samples
from realtime.types import DecodeOptions, Window

def window(samples):
    return Window(samples, 0, True, DecodeOptions(language="en"))

[hello] = [sample for sample in samples() if sample.name == "en-hello"]
backend = FasterWhisperBackend(bundled_dir(), device="cpu", workers=1)
backend.decode([window(hello.read())])
pages = int(open("/proc/self/statm").read().split()[0])
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 50_000_000, hard))
try:
    backend.decode([window(np.zeros(16_000 * 29, np.float32))] * 64)
except OutOfMemory as error:
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert "smaller model" in str(error)
    assert backend.decode([window(hello.read())])[0].text == hello.text
    raise SystemExit(7)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits its address space as Linux counts it")
def test_a_model_without_memory_says_so_and_can_continue() -> None:
    done = subprocess.run([sys.executable, "-c", STARVED], capture_output=True, timeout=120)
    assert done.returncode == 7, done.stderr.decode()


@pytest.mark.parametrize(
    "raised",
    [
        MemoryError(),
        RuntimeError("mkl_malloc: failed to allocate memory"),
        RuntimeError("CUDA failed with error out of memory"),
        RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
        RuntimeError("std::bad_alloc"),
    ],
    ids=str,
)
def test_the_messages_of_every_library_are_recognised(raised: Exception) -> None:
    assert is_short_memory(raised)
    with pytest.raises(OutOfMemory) as caught, short_memory_named():
        raise raised
    assert caught.value.http_status == 507
    assert caught.value.__cause__ is raised


def test_other_errors_are_unchanged() -> None:
    for raised in (RuntimeError("wrong shape"), ValueError("out of memory")):
        assert not is_short_memory(raised)
        with pytest.raises(type(raised)) as caught, short_memory_named():
            raise raised
        assert caught.value is raised
