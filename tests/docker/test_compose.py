"""docker-compose.prod.yml without Docker: each service's command with its environment and ports
runs on a host of its own, under the name that compose gives it. A stream and a job pass through
all services.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.docker.files import DOCKER, PRODUCTION, environment, images, services
from tests.docker.hosts import Network, network
from tests.e2e.support import BIN, SAMPLES, finals, letters
from tests.e2e.support import environment as without_settings
from tests.jobs.servers import POSTGRES_ACCOUNT, postgres_programs
from tests.readme import ROOT
from tests.waiting import until

GIVEN = {"STT_MODEL": "bundled", "STT_WORKERS": "2"}
"""Variables set by the user who starts compose."""
SAMPLE = SAMPLES["en-call"]
HOSTS = (
    *("stt-api", "stt-web-ui", "worker", "worker-2"),
    *("haproxy", "postgres", "redis", "client"),
)
OURS = {
    "stt-api": "stt-api",
    "stt-web-ui": "stt-web-ui",
    "worker": "worker",
    "worker-2": "worker",
}
"""Host → service."""
TARGETS = {"stt-api": "cpu", "stt-web-ui": "stt-web-ui", "worker": "stt-web-ui"}
NEEDED = ("haproxy", "redis-server", "openssl", "curl")

WEBSOCKET = """
import json, ssl, sys, wave
from websockets.sync.client import connect
url, path = sys.argv[1:]
with wave.open(path) as file:
    audio = file.readframes(file.getnframes())
secure = ssl._create_unverified_context() if url.startswith("wss:") else None
with connect(url + "?language=en&encoding=s16le", ssl=secure) as socket:
    for start in range(0, len(audio), 32_000):
        socket.send(audio[start:start + 32_000])
    socket.send(json.dumps({"type": "end"}))
    for message in socket:
        print(message, end="" if message.endswith("\\n") else "\\n")
"""


class House:
    """All running services, and the folder of their files."""

    def __init__(self, folder: Path, net: Network, stack: ExitStack) -> None:
        self.folder = folder
        self.net = net
        self._stack = stack
        self.services = services(PRODUCTION, GIVEN)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def here(self, text: str) -> str:
        """Replace a container's paths in `text` by those on this machine."""
        for place in ("/app", "/certs"):
            text = text.replace(place, f"{self.folder}{place}")
        return text

    def run(self, host: str, command: list[str | Path], **options: Any) -> None:
        log = self.folder / f"{host}.log"
        self.processes[host] = self._stack.enter_context(
            self.net.running(host, command, log, **options)
        )

    def log(self, host: str) -> str:
        return (self.folder / f"{host}.log").read_text(encoding="utf-8", errors="replace")

    def ours(self, name: str, host: str) -> None:
        """Start a service of this project as its image and compose would."""
        image, service = images()[TARGETS[name]], self.services[name]
        own = environment(image, service, GIVEN)
        own = {key: self.here(value) for key, value in own.items() if key.startswith("STT_")}
        program, *arguments = service.get("command", image.command)
        self.run(
            host,
            [BIN / program, *arguments],
            env=without_settings(STT_API_PORT="", STT_WEB_PORT="", STT_MODEL_SOURCES="") | own,
            cwd=self.folder / "app",
        )

    def until_said(self, host: str, word: str) -> None:
        def said() -> bool:
            assert self.processes[host].poll() is None, self.log(host)[-3000:]
            return word in self.log(host)

        until(said, f"{host}: {word}")

    def ask(self, *arguments: str) -> str:
        """Run curl on the client's host; → its output."""
        return self.net.run("client", ["curl", "--silent", "--show-error", "-k", *arguments])

    def config(self, page: str) -> dict[str, Any]:
        """The page's configuration: addresses of the servers behind it, and a problem, if any."""
        found: dict[str, Any] = json.loads(self.ask(f"{page}/api/config"))
        return found


def start_postgres(house: House) -> None:
    """Do what the image of PostgreSQL does with the variables of the service."""
    programs = postgres_programs()
    assert programs is not None
    wanted = house.services["postgres"]["environment"]
    # Not below pytest's folder, which the account of PostgreSQL cannot access.
    home = Path("/tmp") / f"{house.net.prefix}postgres"
    home.mkdir()
    house._stack.callback(shutil.rmtree, home, ignore_errors=True)
    (home / "password").write_text(str(wanted["POSTGRES_PASSWORD"]))
    for path in (home, home / "password"):
        shutil.chown(path, POSTGRES_ACCOUNT)
    data = home / "data"
    options: dict[str, Any] = {"cwd": home, "user": POSTGRES_ACCOUNT, "check": True}
    subprocess.run(
        [
            *(programs / "initdb", "-D", data, "-U", wanted["POSTGRES_USER"], "-N"),
            *("-A", "scram-sha-256", "--pwfile", home / "password"),
        ],
        capture_output=True, **options,
    )  # fmt: skip
    subprocess.run(
        [programs / "postgres", "--single", "-D", data, "postgres"],
        input=f"CREATE DATABASE {wanted['POSTGRES_DB']}\n".encode(), capture_output=True, **options,
    )  # fmt: skip
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all all scram-sha-256\n")
    user = ["setpriv", "--reuid", POSTGRES_ACCOUNT, "--clear-groups"]
    house.run("postgres", [*user, programs / "postgres", "-D", data, "-h", "*", "-k", home])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if postgres_programs() is None:
        missing.append("postgresql")
    if missing:
        pytest.skip(f"the services of compose are NOT TESTED: {', '.join(missing)} missing")
    folder = tmp_path_factory.mktemp("compose")
    with ExitStack() as stack:
        net = stack.enter_context(network(folder, HOSTS))
        made = House(folder, net, stack)
        for name in ("app/models", "app/audio", "app/data", "certs"):
            (folder / name).mkdir(parents=True)
        shutil.copy(SAMPLE.path, folder / "app/audio")
        prepare(made)
        start_postgres(made)
        made.run("redis", [*made.services["redis"]["command"], "--dir", folder, "--bind", "0.0.0.0",
                           "--protected-mode", "no"])  # fmt: skip
        made.until_said("redis", "Ready to accept connections")
        made.until_said("postgres", "ready to accept connections")
        config = folder / "haproxy.cfg"
        text = made.here((DOCKER / "haproxy/haproxy.cfg").read_text())
        # There is no DNS server here; HAProxy reads the file of hosts when it starts.
        config.write_text(text.replace("127.0.0.11:53", "127.0.0.11:1053"))
        command = made.services["haproxy"]["command"]
        made.run("haproxy", [*command[:-1], config])
        made.until_said("haproxy", "Loading success")
        for host, name in OURS.items():  # all at once: none waits for another
            made.ours(name, host)
        for host in OURS:
            made.until_said(host, '"event": "ready"')
        until(lambda: "ready" in made.ask("http://haproxy:8003/ready"), made.log("haproxy"))
        until(lambda: "true" in made.ask("http://haproxy:8100/live"), made.log("haproxy"))
        # HAProxy, and the page, ask each service every other second.
        until(lambda: "ready" in made.ask("http://haproxy:8765/ready"), made.log("haproxy"))
        until(lambda: made.config("http://haproxy:8100")["problem"] == "", made.log("stt-web-ui"))
        yield made


def prepare(house: House) -> None:
    """Run the first service: it makes folders for the servers' user, and a certificate."""
    text = house.here((DOCKER / "prepare.sh").read_text())
    settings = environment(images()["cpu"], house.services["prepare"], GIVEN)
    for _ in range(2):  # the second run changes nothing
        subprocess.run(["sh", "-c", text], check=True, env=os.environ | settings)
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in (house.folder / "app").iterdir()}
    assert owners == {(1000, 0)}
    certificate = house.folder / "certs/stt.pem"
    assert (certificate.stat().st_uid, certificate.stat().st_mode & 0o777) == (99, 0o600)
    assert certificate.read_text().count("BEGIN") == 2


def heard(text: str) -> str:
    return letters(str(json.loads(text)["text"]))


@pytest.mark.slow
def test_a_stream_goes_through_to_the_live_server(house: House) -> None:
    for url in ("ws://haproxy:8765/", "ws://haproxy:8100/", "wss://haproxy:8443/"):
        said = house.net.run(
            "client", [sys.executable, "-c", WEBSOCKET, url, SAMPLE.path],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert letters(finals(said.splitlines())) == letters(SAMPLE.text), url


@pytest.mark.slow
def test_files_go_through_to_the_api(house: House) -> None:
    for url in ("http://haproxy:8003", "https://haproxy:8443", "http://stt-api:8003"):
        path = f"file_path={house.folder}/app/audio/{SAMPLE.path.name}"
        answer = house.ask("-X", "POST", f"{url}/transcribe", "-F", path, "-F", "language=en")
        assert heard(answer) == letters(SAMPLE.text)


@pytest.mark.slow
def test_a_job_goes_from_the_page_to_a_worker_and_back(house: House) -> None:
    for url in ("http://haproxy:8100/api", "https://haproxy:8443/api"):
        sent = json.loads(house.ask(f"{url}/upload/", "-F", f"file=@{SAMPLE.path}"))
        wanted = json.dumps({"file_id": sent["file_id"], "language": "en"})
        kind = "Content-Type: application/json"
        job = json.loads(house.ask(f"{url}/transcribe-async/", "-H", kind, "-d", wanted))["job_id"]

        def state(job: str = job, url: str = url) -> dict[str, Any]:
            answer: dict[str, Any] = json.loads(house.ask(f"{url}/transcribe-status/{job}"))
            return answer

        until(lambda: state()["status"] not in ("pending", "processing"), "the job")
        done = state()
        assert done["status"] == "completed", done
        assert letters(done["result"]["text"]) == letters(SAMPLE.text)
        assert job in house.log("worker") + house.log("worker-2")


@pytest.mark.slow
def test_the_page_gets_addresses_that_browsers_can_reach(house: House) -> None:
    for page, live in (
        ("http://haproxy:8100", "ws://haproxy:8100/"),
        ("https://haproxy:8443", "wss://haproxy:8443/"),
    ):
        config = house.config(page)
        assert (config["ws_url"], config["problem"]) == (live, "")
        assert "<!doctype html>" in house.ask(f"{page}/").lower()


@pytest.mark.slow
def test_forwarding_headers_of_clients_are_replaced(house: House) -> None:
    """Otherwise a web page whose host name resolves to this address would pass the host check."""
    refused = house.ask("http://haproxy:8003/backend/current", "-H", "Host: evil.example")
    tricked = house.ask(
        *("http://haproxy:8003/backend/current", "-H", "Host: evil.example"),
        *("-H", "X-Forwarded-Host: localhost"),
    )
    assert "access_denied" in refused
    assert "access_denied" in tricked


@pytest.mark.slow
def test_metrics_can_be_read_only_from_inside(house: House) -> None:
    assert "realtime_sessions_capacity" in house.ask("http://stt-api:8003/metrics")
    assert "haproxy_backend_status" in house.ask("http://haproxy:8405/metrics")
    status = house.ask("-o", "/dev/null", "-w", "%{http_code}", "https://haproxy:8443/metrics")
    assert status == "403"


@pytest.mark.slow
def test_the_start_warns_of_access_without_a_key(house: House) -> None:
    for host in ("stt-api", "stt-web-ui"):
        assert "open_to_everyone" in house.log(host)
        assert "STT_API_KEYS" in house.log(host)


@pytest.mark.slow
def test_it_ends_in_order(house: House) -> None:
    for host in OURS:
        house.processes[host].terminate()
    for host in OURS:
        assert house.processes[host].wait(60) == 0, house.log(host)[-3000:]
