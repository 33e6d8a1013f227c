"""A progress bar for downloads, on standard error of a terminal."""

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
    """A context manager that draws one line a file; silent where `console` is no terminal.

    `console`: by default standard error.
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
    """A class that `huggingface_hub` may use as if it were tqdm: it fills a line of `progress`.

    The hub hands over a class, not an object, hence the closure. It asks for no more of tqdm than
    these methods; `update_transfer` makes it use one bar for network and disk together.
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
            """Bytes off the network; `update` counts the same ones when they reach the disk."""

        def set_postfix_str(self, text: str, refresh: bool = False) -> None:
            """The line shows its own speed."""

        def set_transfer_postfix_str(self, text: str, refresh: bool = False) -> None:
            """The line shows its own speed."""

        def refresh(self) -> None:
            """The line draws itself."""

        def close(self) -> None:
            """The line stays until the whole download is over."""

    return Bar
