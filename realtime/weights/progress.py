"""A progress bar for downloads, on standard error if that is a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


def download_progress(console: Console | None = None) -> Progress:
    """A context manager that draws one line per file; silent where `console` is no terminal.

    `console`: standard error by default.
    """
    console = console or Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def bar_class(progress: Progress, name: str) -> type:
    """A class that `huggingface_hub` can use in place of tqdm: it fills a line of `progress`.

    `huggingface_hub` expects a class, not an object, hence the closure. It uses only these methods
    of tqdm; with `update_transfer` there is one bar for network and disk together.
    """

    class Bar:
        def __init__(
            self, *_: object, total: float | None = None, initial: int = 0, **_display: object
        ) -> None:
            self.total = total
            self._task = progress.add_task(name, total=total, completed=initial)

        def __enter__(self) -> Bar:
            return self

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> None:
            self.close()

        def update(self, count: float | None = 1) -> None:
            progress.update(self._task, advance=count or 0, total=self.total)

        def update_transfer(self, count: float | None = 1) -> None:
            """Ignores bytes from the network: `update` counts them when they reach the disk."""

        def set_postfix_str(self, text: str, refresh: bool = False) -> None:
            """Does nothing: the line shows its speed itself."""

        def set_transfer_postfix_str(self, text: str, refresh: bool = False) -> None:
            """Does nothing: the line shows its speed itself."""

        def refresh(self) -> None:
            """Does nothing: the line redraws itself."""

        def close(self) -> None:
            """Does nothing: the line stays until the whole download is over."""

    return Bar
