"""Decoder processes: ended, killed, slow, used again, confined."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from realtime.audio.files import Decoders, FileReader
from realtime.errors import DecodeFailed, NotAudio
from realtime.weights.bundled import samples
from tests.audio.encode import read_all
from tests.audio.test_wav import wav


def test_closing_ends_a_waiting_reader_and_its_process(decoders: Decoders) -> None:
    reader = decoders.open(wav(bytes(2 * 16_000 * 600)))
    assert isinstance(reader, FileReader)
    os.kill(reader.pid, signal.SIGSTOP)  # so that the next block never comes
    begun, ended = threading.Event(), threading.Event()

    def read_on() -> None:
        begun.set()
        with contextlib.suppress(DecodeFailed):
            while reader.read() is not None:
                pass
        ended.set()

    threading.Thread(target=read_on, daemon=True).start()
    assert begun.wait(20)
    reader.close()
    assert ended.wait(10)
    assert reader.read() is None
    assert not Path(f"/proc/{reader.pid}").exists()
    reader.close()


def test_a_decoder_that_crashes_fails_only_its_own_file(decoders: Decoders) -> None:
    reader = decoders.open(wav(bytes(2 * 16_000 * 600)))
    assert isinstance(reader, FileReader)
    os.kill(reader.pid, signal.SIGSEGV)
    with pytest.raises(NotAudio, match="damaged"):
        read_all(reader)
    assert len(read_all(decoders.open(samples()[0].path))) > 16_000


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_decoder_that_was_killed_is_not_the_files_fault(
    decoders: Decoders, number: signal.Signals
) -> None:
    reader = decoders.open(wav(bytes(2 * 16_000 * 600)))
    assert isinstance(reader, FileReader)
    os.kill(reader.pid, number)
    with pytest.raises(DecodeFailed, match="again"):
        read_all(reader)


def test_a_decoder_that_gives_no_answer_in_time_is_not_the_files_fault() -> None:
    decoders = Decoders(timeout_s=0.001)  # a process takes longer than that to start
    try:
        with pytest.raises(DecodeFailed, match="busy"):
            decoders.open(samples()[0].path)
    finally:
        decoders.close()


def test_a_decoder_that_ended_while_idle_leaves_no_zombie(decoders: Decoders) -> None:
    reader = decoders.open(samples()[0].path)
    assert isinstance(reader, FileReader)
    read_all(reader)
    (waiting,) = (t for t in threading.enumerate() if t.name == f"decoder-{reader.pid}")
    os.kill(reader.pid, signal.SIGTERM)
    waiting.join(20)
    assert not Path(f"/proc/{reader.pid}").exists()
    assert len(read_all(decoders.open(samples()[0].path))) > 16_000


def test_one_process_decodes_file_after_file() -> None:
    pool = Decoders()
    pids = set()
    for _ in range(3):
        reader = pool.open(samples()[0].path)
        assert isinstance(reader, FileReader)
        pids.add(reader.pid)
        read_all(reader)
    assert len(pids) == 1
    pool.close()
    assert not Path(f"/proc/{pids.pop()}").exists()
    last = pool.open(samples()[0].path)  # after the end, none is kept
    read_all(last)
    assert isinstance(last, FileReader)
    assert not Path(f"/proc/{last.pid}").exists()


def test_the_decoder_can_open_and_start_nothing() -> None:
    """With the limits in force and all descriptors in use."""
    tries = (
        "import os, socket, sys\n"
        "from realtime.audio.decoder import confine\n"
        "os.dup2(0, 3); os.dup2(0, 4); os.closerange(5, 256)\n"
        "confine()\n"
        "failed = 0\n"
        "for attempt in (lambda: open('/etc/passwd'), lambda: socket.socket(), os.pipe,\n"
        "                lambda: os.open('/tmp', os.O_RDONLY), lambda: os.dup(1)):\n"
        "    try:\n"
        "        attempt()\n"
        "    except OSError:\n"
        "        failed += 1\n"
        "try:\n"
        "    bytearray(2 << 30)\n"
        "except MemoryError:\n"
        "    failed += 1\n"
        "sys.stdout.write(str(failed))\n"
    )
    out = subprocess.run([sys.executable, "-c", tries], capture_output=True, text=True, timeout=60)
    assert out.stdout == "6", out.stderr


def test_a_decoding_process_holds_only_its_two_files(decoders: Decoders) -> None:
    reader = decoders.open(wav(bytes(2 * 16_000 * 600)))
    assert isinstance(reader, FileReader)
    folder = Path(f"/proc/{reader.pid}")
    assert sorted(os.listdir(folder / "fd")) == ["0", "1", "2", "3", "4"]
    assert "Max open files            5                    5" in (folder / "limits").read_text()
    assert "STT_" not in (folder / "environ").read_text()
    reader.close()
