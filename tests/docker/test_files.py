"""The files below `docker/` are consistent, and the users' commands match them."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from realtime.app.roles import check_roles, needs_model
from realtime.metrics import Metrics
from realtime.settings import Settings
from realtime.settings.knob import ENV_PREFIX, variable
from tests.docker.files import DOCKER, PRODUCTION, SINGLE, Image, environment, images, services
from tests.readme import ROOT, blocks

IMAGES = images()
OURS = ("cpu", "cuda", "stt-engine", "stt-web-ui")
COMMANDS = (Path(__file__).parent / "commands.txt").read_text(encoding="utf-8").splitlines()
"""Commands of users of the former system."""
CONTAINERS = (ROOT / "docs/containers.md", ROOT / "docs/containers.ko.md")
DOCUMENTED = [
    line.partition("  #")[0].strip()
    for path in CONTAINERS
    for block in blocks(path.read_text(encoding="utf-8"))
    for line in block.code.splitlines()
    if line.startswith("docker")
]
RUN = sorted({line for line in COMMANDS + DOCUMENTED if line.startswith("docker run")})
WITH_VALUE = {"-p", "-e", "-v", "--name", "--network", "--gpus"}
FIELDS = {variable(name): name for name in Settings.model_fields}


def settings_of(environment: dict[str, str]) -> Settings:
    """Settings of a server with this container's environment."""
    return Settings.model_validate(
        {
            FIELDS[name]: value
            for name, value in environment.items()
            if name.startswith(ENV_PREFIX) and value
        }
    )


def tool(name: str, what: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip(f"{what} NOT CHECKED: {name} is missing")
    return found


# ---- checks by the programs that read the files


def test_hadolint_finds_nothing() -> None:
    found = subprocess.run(
        [tool("hadolint", "the Dockerfile is"), "docker/Dockerfile"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize(
    "files",
    [
        ["compose.yaml"],
        ["docker-compose.prod.yml"],
        ["docker-compose.prod.yml", "docker-compose.gpu.yml"],
    ],
    ids="+".join,
)
def test_compose_accepts_its_files(files: list[str]) -> None:
    named = [word for name in files for word in ("-f", str(DOCKER / name))]
    compose = tool("docker-compose", "files of compose are")
    done = subprocess.run(
        [compose, *named, "config", "--quiet"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_haproxy_accepts_its_file(tmp_path: Path) -> None:
    haproxy = tool("haproxy", "HAProxy's file is")
    pem = tmp_path / "stt.pem"
    subprocess.run(
        [
            *(tool("openssl", "HAProxy's file is"), "req", "-x509", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"),
            *("-keyout", tmp_path / "key", "-out", tmp_path / "certificate"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_text((tmp_path / "certificate").read_text() + (tmp_path / "key").read_text())
    config = tmp_path / "haproxy.cfg"
    text = (DOCKER / "haproxy/haproxy.cfg").read_text()
    # These are names of other containers; looking them up here would contact unrelated hosts.
    text = re.sub(r"\bstt-(api|web-ui):", "127.0.0.1:", text)
    config.write_text(text.replace("/certs/stt.pem", str(pem)))
    done = subprocess.run(
        [haproxy, "-c", "-f", config], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr


def test_prometheus_accepts_its_files() -> None:
    promtool = tool("promtool", "Prometheus' files are")
    path = DOCKER / "prometheus/prometheus.yml"
    done = subprocess.run([promtool, "check", "config", path], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- names in the files


def test_every_monitored_metric_exists() -> None:
    known = Metrics().render().decode()
    dashboard = (DOCKER / "grafana/dashboards/speech-to-text.json").read_text()
    alerts = (DOCKER / "prometheus/alerts.yml").read_text()
    named = set(re.findall(r"\brealtime_\w+", dashboard + alerts))
    assert len(named) > 10
    for name in named:
        # A counter with labels has only its TYPE line until it counts.
        plain = name.removesuffix("_bucket").removesuffix("_total")
        assert re.search(rf"^# TYPE {plain}(_total)? ", known, re.M), name


@pytest.mark.parametrize("target", OURS)
def test_an_image_sets_only_known_settings(target: str) -> None:
    image = IMAGES[target]
    assert (image.user, image.entrypoint, image.command) == (
        "1000",
        ["tini", "--"],
        ["realtime", "serve"],
    )
    settings = settings_of(image.environment)
    check_roles(settings)
    assert (settings.host, settings.api_keys, settings.insecure) == ("0.0.0.0", (), True)
    for folder in (settings.data_dir, settings.log_dir):
        assert str(folder) in image.volumes
    assert needs_model(settings)


def test_the_page_needs_only_the_address_of_an_api() -> None:
    own = IMAGES["stt-web-ui"].environment | {"STT_API_URL": "http://stt-api:8003"}
    settings = settings_of(own)
    check_roles(settings)
    assert not needs_model(settings)
    assert (settings.port, settings.api_port, settings.web_port) == (-1, -1, 8100)


@pytest.mark.parametrize("path", [SINGLE, PRODUCTION], ids=lambda path: path.name)
def test_services_refer_to_existing_images_and_settings(path: Path) -> None:
    for name, service in services(path, {}).items():
        for mounted in service.get("volumes", ()):
            source = mounted.partition(":")[0]
            if source.startswith("./"):
                assert (DOCKER / source).exists(), (name, source)
        if "build" not in service:
            continue
        image = IMAGES[service["build"]["target"]]
        assert (ROOT / "docker" / service["build"]["context"]).resolve() == ROOT
        assert service.get("command", image.command)[0] in ("realtime", "sh")
        own = environment(image, service, {})
        unknown = {n for n in own if n.startswith(ENV_PREFIX) and n not in FIELDS}
        assert unknown <= {"STT_USER"}, name
        if name != "prepare":
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            check_roles_of(service, settings_of(own))


def check_roles_of(service: dict[str, Any], settings: Settings) -> None:
    if service.get("command", ["realtime", "serve"]) == ["realtime", "serve"]:
        check_roles(settings)


def test_ports_of_compose_are_local_by_default() -> None:
    for path in (SINGLE, PRODUCTION):
        ports = [
            port for service in services(path, {}).values() for port in service.get("ports", ())
        ]
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)
    opened = services(PRODUCTION, {"STT_BIND": "0.0.0.0"})
    assert "0.0.0.0:443:8443" in opened["haproxy"]["ports"]


# ---- users' commands


def parsed(line: str) -> tuple[dict[str, list[str]], list[str]]:
    """Options of `docker run` or `docker compose run`, and the arguments after them."""
    words = shlex.split(line.replace("$(pwd)", "/here"))
    words = words[words.index("run") + 1 :]
    options: dict[str, list[str]] = {}
    while words[0].startswith("-"):
        option = words.pop(0)
        options.setdefault(option, []).append(words.pop(0) if option in WITH_VALUE else "")
    return options, words


def tagged() -> set[str]:
    """Images that docker/build.sh makes; a name without a tag means `latest`."""
    return set(re.findall(r"\bstt-[a-z-]+:[a-z]+\b", (DOCKER / "build.sh").read_text()))


@pytest.mark.parametrize("line", RUN)
def test_users_commands_match_the_images(line: str) -> None:
    options, (name,) = parsed(line)
    repository, _, tag = name.partition(":")
    assert f"{repository}:{tag or 'latest'}" in tagged()
    image: Image = IMAGES[repository]
    given = dict(item.split("=", 1) for item in options.get("-e", []))
    assert set(given) <= set(FIELDS)
    settings = settings_of(image.environment | given)
    check_roles(settings)
    served = {settings.port, settings.api_port, settings.web_port}
    for published in options["-p"]:
        assert int(published.rpartition(":")[2]) in served & set(image.ports)
    folders = {
        "/app/models": settings.models_dir,
        "/app/data": settings.data_dir,
        "/app/logs": settings.log_dir,
    }
    for mounted in options["-v"]:
        place = mounted.partition(":")[2]
        inside = Path(place).is_relative_to(settings.allowed_dir)
        assert folders.get(place, Path(place)) == Path(place)
        assert inside
    # Containers use these host names for each other; web pages must not.
    assert options["--name"][0] in settings.allowed_hosts


def test_documented_services_and_targets_exist() -> None:
    single = services(SINGLE, {})
    assert len(DOCUMENTED) == 6 * len(CONTAINERS)
    for line in DOCUMENTED:
        words = shlex.split(line)
        if words[:2] == ["docker", "build"]:
            assert words[words.index("--target") + 1] in OURS
            assert (ROOT / words[words.index("-f") + 1]).is_file()
        elif "up" in words and "-f" not in words:
            assert set(words[words.index("up") + 1 :]) <= set(single)
        elif "-f" in words:
            assert (ROOT / words[words.index("-f") + 1]).samefile(PRODUCTION)


def test_the_former_entry_point_exists() -> None:
    _, (service, program, script) = parsed(COMMANDS[0])
    assert service in services(SINGLE, {})
    assert program == "python"
    copied = (DOCKER / "Dockerfile").read_text()
    assert f"COPY docker/{script} /app/\n" in copied
    assert "WORKDIR /app\n" in copied
    asked = subprocess.run(
        [sys.executable, DOCKER / script, "--help"], capture_output=True, text=True, check=False,
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert "--device" in asked.stdout


def test_the_compose_file_for_production_is_at_its_former_path() -> None:
    words = shlex.split(COMMANDS[-1])
    assert (ROOT / words[words.index("-f") + 1]).samefile(PRODUCTION)
    assert yaml.safe_load((ROOT / "compose.yaml").read_text()) == {
        "include": ["docker/compose.yaml"]
    }


# ---- contents of images


def test_the_bill_of_materials_is_cyclonedx() -> None:
    tool("dpkg-query", "the list of an image's parts is")
    packages = Path(yaml.__file__).parents[1]
    listed = subprocess.run(
        [sys.executable, DOCKER / "sbom.py", packages], capture_output=True, text=True, check=True
    ).stdout
    bom = json.loads(listed)
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    parts = bom["components"]
    refs = [part["bom-ref"] for part in parts]
    assert len(refs) == len(set(refs))
    purls = {part["purl"].partition("@")[0] for part in parts}
    assert {"pkg:pypi/ctranslate2", "pkg:pypi/realtime-whisper", "pkg:deb/debian/libc6"} <= purls
    (ours,) = [part for part in parts if part["name"] == "realtime-whisper"]
    assert ours["licenses"] == [{"expression": "MIT"}]
