"""The life cycle of a stream across its connections: states, events, actions as a table. Pure.

             audio              behind
    ──▶ OPEN ─────▶ STREAMING ◀────────▶ HELD_BACK      From any of these three, and from LEAVING:
     ▲   │              │                   │           connection broken, displaced, error said
     │   └──────────────┼───────────────────┘           at once ──▶ GONE;
     │                  │                               closed by the client ──▶ LEFT ──▶ GONE,
     │      end, limit of time, drain, fatal            or OVER where nothing was said.
     │                  ▼
     │       LEAVING ──▶ LAST_FINALS ──▶ PARTING
     │                        │            │  └──answered──▶ OVER ──released──▶ CLOSED
     │                        ▼            ▼                                      ▲
     │                       GONE ◀──unanswered                                expired
     │                        └───────────released──▶ RESUMABLE ──────────────────┘
     └──────────────────────────resumed──────────────────┘

`TABLE` is the whole state machine: for a step that it does not have, `Life.on` raises IllegalEvent.
The connection, or the session store while there is none, reports every event to the stream's `Life`
and executes the actions that it returns, in order. All of this runs on the event loop.

A connection's events come in the order in which the client sent: that it closed, or may send
nothing more, is reported only after everything before it was taken in. The server's own events
(`FINISH`, `DISPLACE`) come at any time, so every state of a connection accepts them, even if it
does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique


@unique
class LifeState(Enum):
    OPEN = "connected, and `ready` was sent; no audio has arrived"
    STREAMING = "audio is accepted as it arrives"
    HELD_BACK = "audio waits until the model catches up"
    LEAVING = "the end is decided: audio that has arrived is still used, later audio is not"
    LAST_FINALS = "all audio was given to the model; its last finals are being sent"
    PARTING = "the last message was sent; the connection is being closed"
    LEFT = "the client has closed: the audio it sent is given to the model"
    GONE = "the connection has ended, the stream has not"
    OVER = "the connection has ended, and the stream has nothing left to send"
    RESUMABLE = "no connection; another one may resume the stream"
    CLOSED = "all resources are released"


@unique
class Event(Enum):
    AUDIO = "bytes of audio were accepted"
    CLEARED = "the client discarded all audio that had arrived (`clear`)"
    HOLD = "the model is too far behind"
    GO_ON = "audio need not wait any longer"
    END = "the client sent `end`"
    FINISH = "a limit of time or of the key is reached, or the server drains"
    FAIL = "the audio cannot be read, or never came"
    SHUT_OUT = "the client may send nothing more: a message too big, too many small ones"
    REFUSE = "an error ends the stream at once, such as a bad option"
    SLOW = "the client does not read"
    SWITCH = "a `start` names another session, to resume on this connection"
    TAKEN_IN = "all audio that arrived was accepted"
    FINALISED = "all audio was given to the model"
    SAID = "everything was sent, including the last message"
    ANSWERED = "the client answered the close"
    UNANSWERED = "it did not"
    CLOSE = "the client closed the connection properly"
    BREAK = "the connection broke"
    DISPLACE = "another connection resumes the stream"
    RELEASE = "the connection's work is done, or failed"
    RESUME = "another connection is there"
    IDLE = "nobody came back within `idle_flush_ms`"
    EXPIRE = "nobody came back in time, or too many streams wait"


@unique
class Action(Enum):
    DROP_UNTAKEN = "discard audio that arrived and was not accepted yet"
    SET_FAREWELL = "store the last message and the code of the close"
    FINALISE = "give the model all audio; `FINALISED` follows"
    SAY_GOODBYE = "send the last message after the last final; `SAID` follows"
    CLOSE = "close; `ANSWERED` or `UNANSWERED` follows"
    SAY_WHY = "send the error and close, at once"
    ABORT = "cut the connection"
    HAND_OVER = "leave the connection to another stream"
    KEEP = "wait for another connection: `IDLE`, then `EXPIRE`, or `RESUME`"
    FLUSH = "finalise the audio so far"
    TAKE_UP = "stop waiting"
    FORGET = "release all resources"


CLOSING = frozenset({Action.CLOSE, Action.SAY_WHY, Action.ABORT, Action.HAND_OVER})
"""Actions that detach the connection from the stream; each connection executes one of them, or none
where the client closed first."""

Row = Mapping[Event, tuple[LifeState, tuple[Action, ...]]]

_PREPARED = (Action.DROP_UNTAKEN, Action.SET_FAREWELL)

TABLE: Mapping[LifeState, Row] = {
    LifeState.OPEN: {
        Event.AUDIO: (LifeState.STREAMING, ()),
        Event.CLEARED: (LifeState.OPEN, ()),
        Event.END: (LifeState.LEAVING, _PREPARED),
        Event.FINISH: (LifeState.LEAVING, (Action.SET_FAREWELL,)),
        Event.FAIL: (LifeState.LEAVING, _PREPARED),
        Event.SHUT_OUT: (LifeState.LEAVING, _PREPARED),
        Event.REFUSE: (LifeState.OVER, (Action.SAY_WHY,)),
        Event.SLOW: (LifeState.GONE, (Action.SAY_WHY,)),
        Event.SWITCH: (LifeState.OVER, (Action.HAND_OVER,)),
        Event.CLOSE: (LifeState.OVER, ()),
        Event.BREAK: (LifeState.GONE, ()),
        Event.DISPLACE: (LifeState.GONE, (Action.ABORT,)),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    LifeState.STREAMING: {
        Event.AUDIO: (LifeState.STREAMING, ()),
        Event.CLEARED: (LifeState.OPEN, ()),
        Event.HOLD: (LifeState.HELD_BACK, ()),
        Event.END: (LifeState.LEAVING, _PREPARED),
        Event.FINISH: (LifeState.LEAVING, (Action.SET_FAREWELL,)),
        Event.FAIL: (LifeState.LEAVING, _PREPARED),
        Event.SHUT_OUT: (LifeState.LEAVING, _PREPARED),
        Event.REFUSE: (LifeState.GONE, (Action.SAY_WHY,)),
        Event.SLOW: (LifeState.GONE, (Action.SAY_WHY,)),
        Event.CLOSE: (LifeState.LEFT, (Action.FINALISE,)),
        Event.BREAK: (LifeState.GONE, ()),
        Event.DISPLACE: (LifeState.GONE, (Action.ABORT,)),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    LifeState.HELD_BACK: {
        Event.HOLD: (LifeState.HELD_BACK, ()),
        Event.GO_ON: (LifeState.STREAMING, ()),
        Event.FINISH: (LifeState.LEAVING, (Action.SET_FAREWELL,)),
        Event.REFUSE: (LifeState.GONE, (Action.SAY_WHY,)),
        Event.DISPLACE: (LifeState.GONE, (Action.ABORT,)),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    LifeState.LEAVING: {
        Event.AUDIO: (LifeState.LEAVING, ()),
        Event.CLEARED: (LifeState.LEAVING, ()),
        Event.END: (LifeState.LEAVING, (Action.DROP_UNTAKEN,)),
        Event.FINISH: (LifeState.LEAVING, ()),
        Event.FAIL: (LifeState.LEAVING, _PREPARED),
        Event.SHUT_OUT: (LifeState.LEAVING, ()),
        Event.REFUSE: (LifeState.GONE, (Action.SAY_WHY,)),
        Event.SLOW: (LifeState.GONE, (Action.SAY_WHY,)),
        Event.SWITCH: (LifeState.OVER, (Action.HAND_OVER,)),
        Event.TAKEN_IN: (LifeState.LEAVING, (Action.FINALISE,)),
        Event.FINALISED: (LifeState.LAST_FINALS, (Action.SAY_GOODBYE,)),
        Event.CLOSE: (LifeState.LEFT, (Action.FINALISE,)),
        Event.BREAK: (LifeState.LEFT, (Action.FINALISE,)),
        Event.DISPLACE: (LifeState.GONE, (Action.ABORT,)),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    LifeState.LAST_FINALS: {
        Event.FINISH: (LifeState.LAST_FINALS, ()),
        Event.SHUT_OUT: (LifeState.LAST_FINALS, ()),
        Event.SLOW: (LifeState.GONE, (Action.SAY_WHY,)),
        Event.SAID: (LifeState.PARTING, (Action.CLOSE,)),
        Event.CLOSE: (LifeState.GONE, ()),
        Event.BREAK: (LifeState.GONE, ()),
        Event.DISPLACE: (LifeState.GONE, (Action.ABORT,)),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    LifeState.PARTING: {
        Event.FINISH: (LifeState.PARTING, ()),
        Event.SHUT_OUT: (LifeState.PARTING, ()),
        Event.ANSWERED: (LifeState.OVER, ()),
        Event.UNANSWERED: (LifeState.GONE, ()),
        Event.CLOSE: (LifeState.PARTING, ()),
        Event.BREAK: (LifeState.PARTING, ()),
        Event.DISPLACE: (LifeState.GONE, ()),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    LifeState.LEFT: {
        Event.FINISH: (LifeState.LEFT, ()),
        Event.FAIL: (LifeState.LEFT, ()),
        Event.FINALISED: (LifeState.GONE, ()),
        Event.DISPLACE: (LifeState.LEFT, ()),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    # A displaced connection still takes in what arrived before.
    LifeState.GONE: {
        Event.AUDIO: (LifeState.GONE, ()),
        Event.CLEARED: (LifeState.GONE, ()),
        Event.END: (LifeState.GONE, ()),
        Event.FINISH: (LifeState.GONE, ()),
        Event.FAIL: (LifeState.GONE, ()),
        Event.SHUT_OUT: (LifeState.GONE, ()),
        Event.REFUSE: (LifeState.GONE, ()),
        Event.SLOW: (LifeState.GONE, ()),
        Event.SWITCH: (LifeState.GONE, ()),
        Event.FINALISED: (LifeState.GONE, ()),
        Event.CLOSE: (LifeState.GONE, ()),
        Event.BREAK: (LifeState.GONE, ()),
        Event.DISPLACE: (LifeState.GONE, ()),
        Event.RELEASE: (LifeState.RESUMABLE, (Action.KEEP,)),
    },
    LifeState.OVER: {
        Event.FINISH: (LifeState.OVER, ()),
        Event.DISPLACE: (LifeState.OVER, ()),
        Event.RELEASE: (LifeState.CLOSED, (Action.FORGET,)),
    },
    LifeState.RESUMABLE: {
        Event.RESUME: (LifeState.OPEN, (Action.TAKE_UP,)),
        Event.IDLE: (LifeState.RESUMABLE, (Action.FLUSH,)),
        Event.EXPIRE: (LifeState.CLOSED, (Action.FORGET,)),
    },
    LifeState.CLOSED: {},
}


class IllegalEvent(RuntimeError):
    """An event that the state does not allow: a bug in the server, not in its client."""


class Life:
    """The state of one stream, beginning with its first connection."""

    def __init__(self) -> None:
        self.state = LifeState.OPEN

    def on(self, event: Event) -> tuple[Action, ...]:
        """Change the state; → the actions to execute, in order. Raises IllegalEvent and keeps the
        state where the table has no such step."""
        step = TABLE[self.state].get(event)
        if step is None:
            raise IllegalEvent(f"{event.name} cannot happen to a stream that is {self.state.name}")
        self.state, actions = step
        return actions

    @property
    def accepts_audio(self) -> bool:
        """Whether audio and messages of the client still count."""
        state = self.state
        return (
            state is LifeState.STREAMING or state is LifeState.OPEN or state is LifeState.HELD_BACK
        )


def life_table() -> str:
    """`TABLE` in Markdown, as `docs/architecture.md` shows it: one row for all events with the same
    result."""
    rows = ["| State | Event | Next | Actions |", "|---|---|---|---|"]
    for state, row in TABLE.items():
        events: dict[tuple[LifeState, tuple[Action, ...]], list[str]] = {}
        for event, step in row.items():
            events.setdefault(step, []).append(event.name)
        for (following, actions), names in events.items():
            done = ", ".join(action.name for action in actions) or "–"
            rows.append(f"| {state.name} | {', '.join(names)} | {following.name} | {done} |")
    return "\n".join(rows)


def life_words() -> str:
    """What the names of `TABLE` mean, in Markdown."""
    rows = ["| | Name | Meaning |", "|---|---|---|"]
    for noun, kind in (("state", LifeState), ("event", Event), ("action", Action)):
        rows += [f"| {noun} | {item.name} | {item.value} |" for item in kind]
    return "\n".join(rows)
