"""The output for a person at a terminal, and for a program behind a pipe."""

from __future__ import annotations

import io
import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from realtime.client import End, Error, Event, Final, Partial, Ready, Warning
from realtime.client.screen import JsonLines, Screen, fitted


class Terminal(io.StringIO):
    """A text stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def partial(text: str) -> Partial:
    return Partial(text, "", 0, 0.0, 0.0, 0, None, {})


def final(text: str, channel: int | None = None, speaker: int | None = None) -> Final:
    raw = {"type": "final", "text": text}
    return Final(text, 0, 0.0, 1.0, "ko", 1.0, None, True, False, 0, channel, raw, speaker)


EVENTS: list[Event] = [
    Ready("s", "micro", "ko", (), False, {}),
    partial("안녕"),
    partial("안녕하세요"),
    final("안녕하세요."),
    final(""),
    partial("제품"),
    Warning("backlog", "behind by 4 s", {}),
    Error("bad_message", "not\x1b[2J known", {}),
    final("제품.", channel=1),
    End("client", 1.0, 2, {}),
]


def test_a_pipe_gets_the_transcript_and_nothing_else() -> None:
    out, notes = io.StringIO(), io.StringIO()
    screen = Screen(out, notes)
    for event in EVENTS:
        screen.show(event)
    assert out.getvalue() == "안녕하세요.\n[1] 제품.\n"
    assert notes.getvalue() == "realtime: behind by 4 s\nrealtime: not [2J known\n"


def test_a_speaker_is_shown_like_a_channel() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.show(final("네.", speaker=0))
    assert out.getvalue() == "[0] 네.\n"


def test_a_terminal_updates_partials_in_place() -> None:
    out, notes = Terminal(), io.StringIO()
    screen = Screen(out, notes)
    for event in EVENTS:
        screen.show(event)
    assert out.getvalue() == (
        "\r\x1b[K안녕\r\x1b[K안녕하세요\r\x1b[K안녕하세요.\n\r\x1b[K제품\r\x1b[K[1] 제품.\n"
    )
    assert notes.getvalue().startswith("realtime: listening with the model micro.\n")


def test_an_interrupted_partial_is_wiped() -> None:
    out = Terminal()
    screen = Screen(out, io.StringIO())
    screen.show(partial("half a"))
    screen.close()
    screen.close()
    assert out.getvalue().endswith("half a\r\x1b[K")


def test_json_lines_are_the_messages() -> None:
    out = io.StringIO()
    lines = JsonLines(out)
    lines.show(final("안녕\n"))
    lines.close()
    assert out.getvalue() == '{"type": "final", "text": "안녕\\n"}\n'
    assert json.loads(out.getvalue()) == {"type": "final", "text": "안녕\n"}


@given(
    st.text(st.characters(categories=["L", "N"]) | st.sampled_from("안녕 a")), st.integers(1, 40)
)
def test_a_partial_never_wraps_and_its_end_is_visible(text: str, columns: int) -> None:
    shown = fitted(text, columns)
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown)
    assert wide <= columns
    assert shown == text or text.endswith(shown.removeprefix("…"))
    assert shown == text or wide >= columns - 1


def test_a_repeated_note_is_shown_once() -> None:
    notes = io.StringIO()
    screen = Screen(io.StringIO(), notes)
    again = Warning("reconnecting", "Connecting again.", {})
    for event in (again, again, Warning("backlog", "behind", {}), again, final("제품."), again):
        screen.show(event)
    assert notes.getvalue().splitlines() == [
        "realtime: Connecting again.",
        "realtime: behind",
        "realtime: Connecting again.",
        "realtime: Connecting again.",
    ]
