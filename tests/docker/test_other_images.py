"""The images besides the one for CPUs: for NVIDIA GPUs, and for the page alone.

`make image` runs these tests. They run without a GPU: its libraries must exist, but are not used.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.docker.containers import Built, Container, Store, built, size
from tests.docker.test_image import SAMPLE, volumes
from tests.e2e.support import environment, letters
from tests.jobs.processes import Program, repeated, submit, upload
from tests.jobs.servers import free_port
from tests.waiting import until

PACKAGES = "opt/venv/lib/python3.11/site-packages"
LIBRARIES = """
import ctypes, ctranslate2
for name in ("libcublas.so.12", "libcublasLt.so.12"):
    ctypes.CDLL(name)
print(ctranslate2.get_cuda_device_count(), sorted(ctranslate2.get_supported_compute_types("cpu")))
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def gpu_image(store: Store) -> Iterator[Built]:
    with built(store, "stt-engine") as made:
        yield made


@pytest.fixture(scope="module")
def page_image(store: Store) -> Iterator[Built]:
    with built(store, "stt-web-ui") as made:
        yield made


def ended(image: Built, folder: Path, name: str, *command: str, **settings: str) -> tuple[int, str]:
    """Run a container that ends by itself; → its exit code and its output."""
    container = Container(image, folder / name, f"stt-{name}", settings, command=command)
    with container.running() as process:
        code = process.wait(120)
    return code, container.log


def test_the_gpu_libraries_are_found_by_the_loader(gpu_image: Built, tmp_path: Path) -> None:
    assert not (gpu_image.root / PACKAGES / "torch").exists()
    code, said = ended(gpu_image, tmp_path, "import", "python", "-c", LIBRARIES)
    assert code == 0, said
    assert said.startswith("0 [")
    native = subprocess.run(
        ["chroot", gpu_image.root, "sh", "-c", f"ldd /{PACKAGES}/ctranslate2.libs/* "
         f"/{PACKAGES}/ctranslate2/*.so /{PACKAGES}/nvidia/*/lib/libcublas*.so.12"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "libc.so" in native.stdout
    assert "not found" not in native.stdout


def test_without_a_gpu_the_container_says_so_and_ends(gpu_image: Built, tmp_path: Path) -> None:
    code, said = ended(
        gpu_image, tmp_path, "gpu", STT_DEVICE="cuda", STT_COMPUTE_TYPE="float16",
        STT_MODEL="bundled", STT_DATA_DIR="/tmp/data", STT_LOG_DIR="", STT_MODELS_DIR="/tmp/models",
    )  # fmt: skip
    assert code == 2, said
    assert "GPU" in said


def test_the_page_asks_an_api_elsewhere(page_image: Built, tmp_path: Path) -> None:
    """A job from upload to result; the page's image itself computes nothing."""
    assert size(page_image.root) - page_image.base_bytes < 450_000_000
    ports = {name: str(free_port()) for name in ("--api-port", "--web-port")}
    engine = Program(
        ["serve", "--port", "-1", "--api-port", ports["--api-port"], "--web-port", "-1"],
        tmp_path / "engine.log",
        environment(STT_MODEL="bundled", STT_DATA_DIR=str(tmp_path / "engine")),
    )
    mounted = {place: path for place, path in volumes(tmp_path).items() if place != "/app/models"}
    settings = {
        "STT_API_URL": f"http://127.0.0.1:{ports['--api-port']}",
        "STT_WEB_PORT": ports["--web-port"],
    }
    container = Container(page_image, tmp_path / "page", "stt-page", settings, mounted)
    api = f"http://127.0.0.1:{ports['--web-port']}/api"
    try:
        engine.start()
        with container.running() as process:

            def ready() -> bool:
                assert process.poll() is None, container.log
                return " ready " in container.log

            until(ready, "the page is not ready")
            config = httpx2.get(f"{api}/config").json()
            assert ":8765" in json.dumps(config)
            job = submit(api, upload(api, "a.wav", repeated(SAMPLE, 1)), "a", "en")

            def done() -> bool:
                found = httpx2.get(f"{api}/transcribe-status/{job}").json()
                assert found["status"] != "failed", found
                return bool(found["status"] == "completed")

            until(done, "the job does not end")
            found = httpx2.get(f"{api}/transcribe-status/{job}").json()
            assert letters(found["result"]["text"]) == letters(SAMPLE.text)
            container.kill("TERM")
            assert process.wait(60) == 0, container.log
    finally:
        engine.kill()
    assert (tmp_path / "data/jobs.sqlite3").is_file()
