"""The progress bar implements what the hub's client expects of it."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from realtime.weights.progress import bar_class, download_progress


def test_a_bar_counts_bytes_written_to_the_disk() -> None:
    shown = io.StringIO()
    with Progress(console=Console(file=shown, force_terminal=True, width=80)) as progress:
        with bar_class(progress, "model.bin")(total=100, initial=10, desc="x", unit="B") as bar:
            bar.update(40)
            bar.update_transfer(40)
            bar.set_postfix_str("1 MB/s", refresh=False)
            bar.set_transfer_postfix_str("1 MB/s", refresh=False)
            bar.refresh()
        (task,) = progress.tasks
        assert (task.completed, task.total) == (50, 100)
        bar.total = 200  # the hub's client raises it when it learns the size
        bar.update(150)
        assert progress.tasks[0].finished
    assert "model.bin" in shown.getvalue()


def test_no_bar_is_drawn_without_a_terminal() -> None:
    assert download_progress(Console(file=io.StringIO())).disable
    assert not download_progress(Console(file=io.StringIO(), force_terminal=True)).disable
