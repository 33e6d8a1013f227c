"""Types finals into the window that has the focus, through the desktop's own program for it.

X11 has xdotool, Wayland wtype; any other program that types what it reads from standard input can
be named. The library pynput was left aside: on Linux it needs a compiler (evdev), and it cannot
type into Wayland's windows.
"""

from __future__ import annotations

import os
import queue
import shlex
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TextIO

from realtime.client import events
from realtime.client.errors import NoKeyboard
from realtime.scripts import joint

XDOTOOL: Final = ("xdotool", "type", "--clearmodifiers", "--file", "-")
XDOTOOL_UNMAPPED: Final = ("xdotool", "type", "--clearmodifiers", "--delay", "100", "--file", "-")
"""For letters that the keyboard's layout may lack, such as Hangul: xdotool puts each on a spare key
for a moment, and a window that is busy reads the key too late. With its usual 12 ms one letter of a
Korean sentence was lost on a loaded machine; nobody speaks ten syllables a second."""
WTYPE: Final = ("wtype", "-")
PATIENCE_S: Final = 60.0
"""For one final; xdotool types 80 characters a second, so that slow windows can follow."""
WAITING_FINALS: Final = 1000
"""Finals that wait to be typed; nobody speaks so much faster than a program types."""


class Keyboard(Protocol):
    """Where dictated text goes."""

    def type(self, text: str) -> None:
        """Blocks until it is typed. Raises NoKeyboard."""
        ...


@dataclass(frozen=True, slots=True)
class Printed:
    """Standard output, for pipes and tests."""

    out: TextIO

    def type(self, text: str) -> None:
        """Write it as it is typed: without a line break."""
        self.out.write(text)
        self.out.flush()


@dataclass(frozen=True, slots=True)
class Typing:
    """A program that types its standard input."""

    command: Sequence[str]
    unmapped: Sequence[str] = ()
    """The command for text beyond ASCII, if it is another one."""

    def type(self, text: str) -> None:
        """Run it. Raises NoKeyboard, with what the program said."""
        try:
            subprocess.run(
                self.command if text.isascii() or not self.unmapped else self.unmapped,
                input=text.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=PATIENCE_S,
                check=True,
            )
        except subprocess.CalledProcessError as failure:
            said = failure.stderr.decode(errors="replace").strip() or f"exit {failure.returncode}"
            raise NoKeyboard(f"{self.command[0]} could not type: {said}") from None
        except subprocess.TimeoutExpired:
            raise NoKeyboard(f"{self.command[0]} did not end within {PATIENCE_S:.0f} s.") from None
        except OSError as failure:
            raise NoKeyboard(f"{self.command[0]} cannot be run: {failure.strerror}.") from None


def keyboard(command: str = "", variables: Mapping[str, str] = os.environ) -> Typing:
    """The program for this desktop, or `command`, as in a shell. Raises NoKeyboard, which says
    what to do."""
    if command:
        named = shlex.split(command)
        if not named or shutil.which(named[0]) is None:
            raise NoKeyboard(f"{command!r} is not a program: correct --type-with.")
        return Typing(named)
    for variable, typing in (
        ("WAYLAND_DISPLAY", Typing(WTYPE)),
        ("DISPLAY", Typing(XDOTOOL, XDOTOOL_UNMAPPED)),
    ):
        if not variables.get(variable):
            continue
        program = typing.command[0]
        if shutil.which(program) is None:
            raise NoKeyboard(f"Typing into windows needs {program}: apt install {program}")
        return typing
    raise NoKeyboard(
        "There is no X11 or Wayland desktop to type into: name a program that types its standard "
        "input with --type-with, or print the text with --to stdout."
    )


def typed(text: str, before: str) -> str:
    """What is typed for a final after the text `before`: on one line, without control characters,
    so that no server can press Enter in somebody's terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return joint(before, line) + line


class Dictation:
    """A display that types finals, in a thread of its own, so that audio is sent meanwhile."""

    def __init__(self, keys: Keyboard, notes: TextIO) -> None:
        self._keys = keys
        self._notes = notes
        self._before = ""
        self._noted = ""
        self._waiting: queue.Queue[str] = queue.Queue(WAITING_FINALS)
        self._failure: NoKeyboard | None = None
        self._thread = threading.Thread(target=self._type_all, daemon=True)
        self._thread.start()

    def show(self, event: events.Event) -> None:
        """Queue a final; write warnings and errors as lines. Raises NoKeyboard, once typing has
        failed."""
        if self._failure is not None:
            raise self._failure
        match event:
            case events.Final() if text := typed(event.text, self._before):
                self._waiting.put(text)
                self._before = text
            case events.Warning() | events.Error() if event.message != self._noted:
                self._noted = event.message
                self._note(event.message)
            case events.Ready() if not event.resumed:
                self._note("listening; Ctrl-C ends.")

    def close(self) -> None:
        """Type what waits. Raises NoKeyboard."""
        self._waiting.put("")
        self._thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _type_all(self) -> None:
        while text := self._waiting.get():
            if self._failure is None:
                try:
                    self._keys.type(text)
                except NoKeyboard as failure:
                    self._failure = failure

    def _note(self, message: str) -> None:
        plain = "".join(c if c.isprintable() else " " for c in message)
        self._notes.write(f"realtime: {plain}\n")
        self._notes.flush()
