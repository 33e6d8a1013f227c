"""Every branch of `--model`, against a real HTTP server in place of the hub."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import faster_whisper
import pytest
import structlog.testing

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.bundled import bundled_dir
from realtime.weights.catalogue import CATALOGUE, preferred
from realtime.weights.hub import Hub
from realtime.weights.index.package_index import PackageIndex
from realtime.weights.resolve import ResolvedModel, resolve
from realtime.weights.sources import HUB, Sources
from tests.weights.hub_server import LocalHub, serve

PATIENCE_S = 30.0  # a safety net: tests of timeouts set their own
SMALL = CATALOGUE["small"].repository


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bypass proxies for loopback."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def local_hub() -> Iterator[LocalHub]:
    with serve() as hub:
        yield hub


def of_hub(hub: Hub) -> Sources:
    """Sources with only the hub; test_package_index covers the package index."""
    return Sources(hub, PackageIndex(hub.cache_dir, hub.timeout_s), (HUB,))


def hub_of(server: LocalHub, folder: Path, timeout_s: float = PATIENCE_S) -> Sources:
    return of_hub(Hub(folder / "cache", server.endpoint, timeout_s))


def nowhere(folder: Path) -> Sources:
    """Sources with a hub that must not be contacted: nothing listens at its address."""
    return of_hub(Hub(folder / "cache", "http://127.0.0.1:9", PATIENCE_S, offline=True))


def refused(model: str, hub: Sources) -> str:
    with pytest.raises(SetupError) as caught:
        resolve(model, "cpu", hub)
    return caught.value.message


def tiny_model(folder: Path, weights: bytes = b"weights") -> Path:
    """Create a folder that looks like a model; no test loads it."""
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    (folder / "model.bin").write_bytes(weights)
    return folder


def in_cache(hub: Sources, repository: str) -> Path:
    """Create a model where a download of `repository` would put it."""
    folder = hub.cache_dir / ("models--" + repository.replace("/", "--"))
    path = tiny_model(folder / "snapshots" / "abc")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc", encoding="utf-8")
    return path


def fell_back(found: ResolvedModel) -> str:
    assert found.source == "bundled"
    assert found.path == bundled_dir()
    assert found.shown_name == "micro (bundled demo)"
    assert "a few hundred words only" in found.warning
    return found.warning


def test_a_directory_is_used_as_it_is(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "mine")
    found = resolve(str(folder), "cpu", nowhere(tmp_path))
    assert found == ResolvedModel(folder, "mine", "directory")


def test_a_directory_without_a_model_is_explained(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "mine")
    (folder / "model.bin").unlink()
    (folder / "tokenizer.json").write_text("", encoding="utf-8")
    message = refused(str(folder), nowhere(tmp_path))
    assert "lacks model.bin, tokenizer.json" in message
    assert "ct2-transformers-converter" in message


def test_a_tokenizer_that_was_not_copied_names_the_option_that_copies_it(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "mine")
    (folder / "tokenizer.json").unlink()
    message = refused(str(folder), nowhere(tmp_path))
    assert "`--copy_files tokenizer.json`" in message
    assert "CTranslate2's format" not in message


def test_a_file_is_explained(tmp_path: Path) -> None:
    file = tiny_model(tmp_path / "mine") / "model.bin"
    assert "is a file" in refused(str(file), nowhere(tmp_path))


@pytest.mark.parametrize("path", ["./none", "/none/at/all", "~/none-at-all", "a/b/c", "a/"])
def test_a_wrong_path_is_reported_as_a_path(tmp_path: Path, path: str) -> None:
    assert "does not exist" in refused(path, nowhere(tmp_path))


def test_a_mistyped_name_gets_the_nearest_suggestion(tmp_path: Path) -> None:
    assert "did you mean large-v3-turbo?" in refused("large-v3-trubo", nowhere(tmp_path))
    assert "realtime models list" in refused("zzzzzz", nowhere(tmp_path))


def test_bundled_needs_nothing(tmp_path: Path) -> None:
    found = resolve("bundled", "cpu", nowhere(tmp_path))
    assert found == ResolvedModel(bundled_dir(), "micro (bundled demo)", "bundled")
    assert cache.missing_files(found.path) == []


def test_a_name_in_the_cache_is_found_offline(tmp_path: Path) -> None:
    hub = nowhere(tmp_path)
    path = in_cache(hub, SMALL)
    assert resolve("small", "cpu", hub) == ResolvedModel(path, "small", "cache")
    assert resolve(SMALL, "cpu", hub) == ResolvedModel(path, SMALL, "cache")


def test_a_stray_folder_does_not_hide_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = nowhere(tmp_path)
    path = in_cache(hub, SMALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small").mkdir()
    assert resolve("small", "cpu", hub).path == path


def test_auto_takes_a_cached_model_and_prefers_the_default(tmp_path: Path) -> None:
    hub = nowhere(tmp_path)
    tiny = in_cache(hub, CATALOGUE["tiny"].repository)
    assert resolve("auto", "cpu", hub) == ResolvedModel(tiny, "tiny", "cache")
    small = in_cache(hub, SMALL)
    assert resolve("auto", "cpu", hub) == ResolvedModel(small, "small", "cache")
    turbo = in_cache(hub, CATALOGUE["large-v3-turbo"].repository)
    assert resolve("auto", "cuda", hub) == ResolvedModel(turbo, "large-v3-turbo", "cache")


def test_auto_does_not_count_a_partial_download(tmp_path: Path) -> None:
    hub = nowhere(tmp_path)
    (in_cache(hub, SMALL) / "model.bin").unlink()
    tiny = in_cache(hub, CATALOGUE["tiny"].repository)
    (tiny / "model.bin").unlink()
    (tiny / "model.bin").symlink_to("../../blobs/none.incomplete")
    assert "HF_HUB_OFFLINE" in fell_back(resolve("auto", "cpu", hub))
    assert list(cache.installed(hub.cache_dir)) == []


def test_auto_does_not_use_an_english_model(tmp_path: Path) -> None:
    hub = nowhere(tmp_path)
    in_cache(hub, CATALOGUE["small.en"].repository)
    fell_back(resolve("auto", "cpu", hub))
    assert all(model.multilingual for device in ("cpu", "cuda") for model in preferred(device))


def test_auto_downloads_the_default_once(tmp_path: Path, local_hub: LocalHub) -> None:
    local_hub.repositories[SMALL] = bundled_dir()
    hub = hub_of(local_hub, tmp_path)
    found = resolve("auto", "cpu", hub)
    assert (found.shown_name, found.source, found.warning) == ("small", "hub", "")
    for name in ("model.bin", "config.json", "tokenizer.json"):
        assert (found.path / name).read_bytes() == (bundled_dir() / name).read_bytes()
    model = faster_whisper.WhisperModel(str(found.path), device="cpu", compute_type="int8")
    assert model.supported_languages
    asked = len(local_hub.requests)
    assert resolve("auto", "cpu", hub) == ResolvedModel(found.path, "small", "cache")
    assert len(local_hub.requests) == asked
    (only,) = cache.installed(hub.cache_dir)
    assert (only.repository, only.path) == (SMALL, found.path)
    assert only.size_bytes > 1_000_000


def test_any_hub_id_is_downloaded(tmp_path: Path, local_hub: LocalHub) -> None:
    local_hub.repositories["me/mine"] = tiny_model(tmp_path / "mine")
    found = resolve("me/mine", "cpu", hub_of(local_hub, tmp_path))
    assert (found.shown_name, found.source) == ("me/mine", "hub")


def test_an_unknown_repository(tmp_path: Path, local_hub: LocalHub) -> None:
    hub = hub_of(local_hub, tmp_path)
    assert "There is no model me/nothing" in refused("me/nothing", hub)
    assert "There is no model" in fell_back(resolve("auto", "cpu", hub))


def test_a_repository_in_another_format(tmp_path: Path, local_hub: LocalHub) -> None:
    folder = tiny_model(tmp_path / "mine")
    (folder / "model.bin").rename(folder / "model.safetensors")
    local_hub.repositories["me/mine"] = folder
    message = refused("me/mine", hub_of(local_hub, tmp_path))
    assert "lacks model.bin" in message
    assert "ct2-transformers-converter --model me/mine" in message


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_hub_that_refuses(tmp_path: Path, local_hub: LocalHub, status: int) -> None:
    local_hub.status = status
    hub = hub_of(local_hub, tmp_path)
    assert "me/mine" in refused("me/mine", hub)
    fell_back(resolve("auto", "cpu", hub))


def test_an_unreachable_hub(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    hub = of_hub(Hub(tmp_path / "cache", f"http://127.0.0.1:{port}", timeout_s=PATIENCE_S))
    assert "could not be reached" in refused("small", hub)
    with structlog.testing.capture_logs() as logs:
        warning = fell_back(resolve("auto", "cpu", hub))
    assert [(entry["log_level"], entry["reason"]) for entry in logs] == [("warning", warning)]


def test_a_hub_that_never_answers_ends_at_the_deadline(tmp_path: Path, local_hub: LocalHub) -> None:
    local_hub.hang = threading.Event()
    hub = hub_of(local_hub, tmp_path, timeout_s=0.2)
    assert "did not answer within 0.2 s" in refused("small", hub)
    assert "did not answer within 0.2 s" in fell_back(resolve("auto", "cpu", hub))


def test_a_broken_download_is_resumed(tmp_path: Path, local_hub: LocalHub) -> None:
    weights = bytes(range(256)) * 4096
    local_hub.repositories[SMALL] = tiny_model(tmp_path / "mine", weights)
    local_hub.break_at = 300_000
    found = resolve("small", "cpu", hub_of(local_hub, tmp_path))
    assert (found.path / "model.bin").read_bytes() == weights
    assert local_hub.requests.count(f"GET /{SMALL}/resolve/main/model.bin") == 2


def test_an_interrupted_download_is_no_model_and_is_continued_later(
    tmp_path: Path, local_hub: LocalHub
) -> None:
    local_hub.repositories[SMALL] = tiny_model(tmp_path / "mine", bytes(1_000_000))
    local_hub.break_at, local_hub.stays_broken = 300_000, True
    hub = hub_of(local_hub, tmp_path)
    assert "status 500" in refused("small", hub)
    assert "status 500" in fell_back(resolve("auto", "cpu", hub))
    assert cache.find(SMALL, hub.cache_dir) is None

    local_hub.stays_broken = False
    local_hub.requests.clear()
    assert resolve("auto", "cpu", hub).source == "hub"
    fetched = [request.split("/")[-1] for request in local_hub.requests if "GET" in request]
    assert "model.bin" in fetched
    assert "config.json" not in fetched  # was complete already


def test_a_model_too_big_for_the_disk(tmp_path: Path, local_hub: LocalHub) -> None:
    local_hub.repositories["me/mine"] = tiny_model(tmp_path / "mine")
    local_hub.claimed_bytes = 10**18
    message = refused("me/mine", hub_of(local_hub, tmp_path))
    assert "needs 1000000000.0 GB" in message
    assert "make room" in message


def test_a_cache_that_cannot_be_made(tmp_path: Path, local_hub: LocalHub) -> None:
    local_hub.repositories["me/mine"] = tiny_model(tmp_path / "mine")
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    hub = hub_of(local_hub, tmp_path)
    assert str(tmp_path / "cache") in refused("me/mine", hub)


PROBE = """
from realtime.weights.resolve import resolve
from realtime.weights.sources import Sources
found = resolve("auto", "cpu", Sources.from_environment(order=["hub"]))
raise SystemExit(f"{found.source} {found.shown_name} {found.path}")
"""


def run_with(**variables: str) -> str:
    """Resolve `auto` in another process with these environment variables; return its output."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr.strip().splitlines()[-1]


def test_the_hubs_own_variables_are_respected(tmp_path: Path, local_hub: LocalHub) -> None:
    local_hub.repositories[SMALL] = tiny_model(tmp_path / "mine")
    place = {"HF_ENDPOINT": local_hub.endpoint, "HF_HOME": str(tmp_path / "home")}
    assert run_with(**place, HF_HUB_OFFLINE="1").startswith("bundled micro")
    assert local_hub.requests == []
    assert run_with(**place).startswith(f"hub small {tmp_path / 'home'}")
    assert run_with(**place, HF_HUB_OFFLINE="1").startswith("cache small")


def test_the_catalogue_is_faster_whispers() -> None:
    assert set(CATALOGUE) == set(faster_whisper.available_models())
