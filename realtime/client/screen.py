"""Writes events to a terminal for people, or to a pipe for programs."""

from __future__ import annotations

import json
import shutil
import unicodedata
from typing import Protocol, TextIO

from realtime.client.events import End, Error, Event, Final, Partial, Ready, Warning

_CLEAR_LINE = "\r\x1b[K"


class Display(Protocol):
    """Shows events in the order of the calls."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None:
        """Clear the terminal's unfinished line."""
        ...


class JsonLines:
    """Writes the server's messages unchanged, one per line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        self._out.write(json.dumps(event.raw, ensure_ascii=False) + "\n")
        self._out.flush()

    def close(self) -> None:
        return


class Screen:
    """Writes finals as lines to `out`, with the newest partial below them if `out` is a terminal.

    Warnings and errors go to `notes`, so that `out` has only the transcript. A message that repeats
    the last one, as in repeated tries to connect, is not shown again.
    """

    def __init__(self, out: TextIO, notes: TextIO) -> None:
        self._out = out
        self._notes = notes
        self._live = out.isatty()
        self._partial = False
        self._noted = ""

    def show(self, event: Event) -> None:
        match event:
            case Partial() if self._live:
                self._show_partial(event.text)
            case Final() if event.text:
                self._noted = ""
                number = event.speaker if event.channel is None else event.channel
                side = "" if number is None else f"[{number}] "
                self._line(self._out, side + _printable(event.text))
            case Warning() | Error():
                self._note(_printable(event.message))
            case Ready() if self._live and not event.resumed:
                self._line(self._notes, f"realtime: listening with the model {event.model}.")
            case End():
                self.close()

    def close(self) -> None:
        if self._partial:
            self._out.write(_CLEAR_LINE)
            self._out.flush()
            self._partial = False

    def _show_partial(self, text: str) -> None:
        columns = shutil.get_terminal_size().columns
        self._out.write(_CLEAR_LINE + fitted(_printable(text), columns - 1))
        self._out.flush()
        self._partial = True

    def _note(self, message: str) -> None:
        if message != self._noted:
            self._line(self._notes, f"realtime: {message}")
        self._noted = message

    def _line(self, file: TextIO, text: str) -> None:
        self.close()
        file.write(text + "\n")
        file.flush()


def fitted(text: str, columns: int) -> str:
    """The end of `text` that fits into `columns`; a wide character takes two."""
    if sum(map(_width, text)) <= columns:
        return text
    visible: list[str] = []
    left = columns - 1  # for the ellipsis
    for character in reversed(text):
        left -= _width(character)
        if left < 0:
            break
        visible.append(character)
    return "…" + "".join(reversed(visible)) if columns > 0 else ""


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _printable(text: str) -> str:
    """`text` without control characters, so that a server cannot control the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
