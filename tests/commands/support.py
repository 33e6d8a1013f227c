"""Commands run in this process: what they print, and how they end."""

from __future__ import annotations

from typing import Protocol

import pytest

from realtime.cli import main


class Command(Protocol):
    """→ exit code, standard output, standard error."""

    def __call__(
        self, capsys: pytest.CaptureFixture[str], *arguments: object
    ) -> tuple[int, str, str]: ...


def command_of(*name: str) -> Command:
    """`realtime`, or one of its commands."""

    def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*name, *map(str, arguments)])
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run
