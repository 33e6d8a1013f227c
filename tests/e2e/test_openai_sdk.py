"""OpenAI's own SDKs, unmodified, against the real server: Python 3.x and 1.109, Node 6.x; and curl.

SDKs that are not among the locked versions are installed under `build/` once; if no registry is
reachable, their tests are skipped with a message.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import openai
import pytest
from pydantic import SecretStr

from realtime.backends.scripted import ScriptedBackend
from realtime.settings import Settings
from realtime.transcribe.slots import FileSlots
from tests.e2e.support import SAMPLES, environment, letters
from tests.guard import fetching
from tests.readme import ROOT
from tests.server.http.support import SPEECH, TALK, Hold, running_api
from tests.serving import Served, serving
from tests.waiting import eventually

OLD_PYTHON, NODE = "openai==1.109.1", "openai@6.30.1"
SAMPLE = SAMPLES["en-call"]
CHECKS = Path(__file__).with_name("openai_sdk.py")
NODE_CHECKS = Path(__file__).with_name("openai_sdk.mjs")


def run(command: Sequence[str | Path], **variables: str) -> str:
    """Run a command; → its standard output. Fails with its standard error."""
    done = subprocess.run(
        [str(part) for part in command],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def installed(folder: Path, command: Sequence[str]) -> Path:
    """`folder`, filled by an installer the first time. Skips where the installation fails."""
    if not (folder / "done").exists():
        fetching(command[-1])
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            shutil.rmtree(folder)
            pytest.skip(f"cannot install {command[-1]}: {done.stderr.strip()[-200:]}")
        (folder / "done").touch()
    return folder


def test_python(api: Served) -> None:
    assert openai.__version__.startswith("3.")
    command = (sys.executable, CHECKS, f"{api.api}/v1", SAMPLE.path, SAMPLE.text)
    assert run(command).endswith("good\n")


def test_the_first_generation_python_sdk(api: Served) -> None:
    folder = ROOT / "build" / OLD_PYTHON
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), OLD_PYTHON]
    path = os.pathsep.join([str(installed(folder, pip)), str(ROOT)])
    command = (sys.executable, CHECKS, f"{api.api}/v1", SAMPLE.path, SAMPLE.text)
    assert run(command, PYTHONPATH=path) == "openai 1.109.1: good\n"


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node: apt install nodejs npm")
def test_node(api: Served) -> None:
    npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", ".", NODE]
    folder = installed(ROOT / "build" / NODE.replace("@", "-node-"), npm)
    checks = shutil.copy(NODE_CHECKS, folder)
    command = ["node", checks, f"{api.api}/v1", SAMPLE.path, SAMPLE.text]
    assert run(command) == "good\n"


async def test_the_sdk_retries_at_a_full_server(tmp_path: Path) -> None:
    hold = Hold()
    backend = ScriptedBackend(TALK, before_decode=hold)
    async with running_api(tmp_path, backend, places=FileSlots(1, 0, retry_s=1.0)) as api:

        async def transcribed(retries: int) -> str:
            url = f"{api.url}/v1"
            async with openai.AsyncOpenAI(api_key="any", base_url=url, max_retries=retries) as sdk:
                answer = await sdk.audio.transcriptions.create(file=("a.wav", SPEECH), model="x")
                return answer.text

        first = asyncio.create_task(transcribed(0))
        await eventually(hold.begun.is_set)
        with pytest.raises(openai.RateLimitError) as refused:
            await transcribed(0)
        assert refused.value.response.headers["Retry-After"] == "1"
        patient = asyncio.create_task(transcribed(2))
        await eventually(lambda: api.answered.count(429) == 2)
        hold.go.set()
        assert await first == await patient == "alpha bravo charlie"


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that requires a key."""
    top = tmp_path_factory.mktemp("keyed")
    settings = Settings(
        host="127.0.0.1",
        port=0,
        api_port=0,
        model="bundled",
        api_keys=(SecretStr("right"),),
        data_dir=top,
        allowed_dir=top,
    )
    with serving(settings) as served:
        yield served


def test_the_key_is_the_sdks_key(keyed: Served) -> None:
    wrong = openai.OpenAI(api_key="wrong", base_url=f"{keyed.api}/v1", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as refused:
        wrong.audio.transcriptions.create(file=SAMPLE.path, model="x")
    assert refused.value.code == "invalid_api_key"
    right = openai.OpenAI(api_key="right", base_url=f"{keyed.api}/v1", max_retries=0)
    answer = right.audio.transcriptions.create(file=SAMPLE.path, model="x")
    assert letters(answer.text) == letters(SAMPLE.text)


@pytest.mark.parametrize(
    "how",
    [
        ["-F", "file=@{path}"],
        ["-H", "Expect: 100-continue", "-F", "file=@{path}"],
        ["-H", "Transfer-Encoding: chunked", "-F", "file=@{path}"],
        ["-F", "file=@-;filename=a.wav"],
        ["--http1.0", "-F", "file=@{path}"],
    ],
    ids=["plain", "expect", "chunked", "from-a-pipe", "http-1.0"],
)
def test_curl(how: list[str], api: Served) -> None:
    arguments = [part.replace("{path}", str(SAMPLE.path)) for part in how]
    done = subprocess.run(
        [
            *("curl", "-sS", "--fail-with-body", f"{api.api}/v1/audio/transcriptions"),
            *(*arguments, "-F", "model=whisper-1"),
        ],
        input=SAMPLE.path.read_bytes(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert letters(json.loads(done.stdout)["text"]) == letters(SAMPLE.text)
