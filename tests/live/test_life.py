"""A stream's life: whatever the order of events, each step is in the table, no accepted audio is
lost, and the stream ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.live.life import CLOSING, TABLE, Action, Event, IllegalEvent, Life, LifeState

HEARING = (LifeState.OPEN, LifeState.STREAMING, LifeState.HELD_BACK)
RESTS = (LifeState.RESUMABLE, LifeState.CLOSED)
SERVER = (Event.FINISH, Event.DISPLACE)
"""Events that can come at any time while there is a connection."""
GOODBYE = (Event.CLOSE, Event.BREAK)
CLIENT = (
    *(Event.AUDIO, Event.CLEARED, Event.END, Event.FAIL, Event.SHUT_OUT, Event.REFUSE),
    *GOODBYE,
)
"""Events that input from the connection can cause."""


@dataclass
class World:
    """A model, independent of the table, of a server's surroundings: client, model, connections."""

    life: Life = field(default_factory=Life)
    heard: bool = False
    """Whether audio was accepted."""
    ungiven: bool = False
    """Whether some audio has not been given to the model yet."""
    unanswered: bool = False
    """Whether finals for some of the audio have not been sent yet."""
    expired: bool = False
    closings: int = 0
    """How often this connection was closed."""
    client_was_first: bool = False
    mute: bool = False
    """Whether the client can send nothing more except its close."""
    gone: bool = False
    farewell: bool = False
    doing: frozenset[Action] = frozenset()
    """Running actions, whose end will be an event."""

    @property
    def state(self) -> LifeState:
        return self.life.state

    @property
    def key(self) -> tuple[object, ...]:
        """Identity for the search: worlds with the same key have the same future."""
        others = [value for name, value in vars(self).items() if name != "life"]
        return (self.state, *others)

    def after(self, event: Event) -> World:
        """The world after the event."""
        world = replace(self, life=Life())
        world.life.state = self.state
        world.happens(event)
        return world

    def possible(self) -> list[Event]:
        """Events that may happen next."""
        if self.state is LifeState.CLOSED:
            return []
        if self.state is LifeState.RESUMABLE:
            return [Event.RESUME, Event.IDLE, Event.EXPIRE]
        ever = [*SERVER, Event.RELEASE]
        if Action.FINALISE in self.doing:
            return [*ever, Event.FAIL, Event.FINALISED]
        if self.state is LifeState.HELD_BACK:
            return [*ever, Event.HOLD, Event.GO_ON, Event.REFUSE]
        if self.state is LifeState.OVER:
            return ever
        return [*ever, *self._from_the_client(), *self._from_the_server()]

    def _from_the_client(self) -> list[Event]:
        if self.gone:
            return []
        if self.mute:
            return list(GOODBYE)
        if self.state in (LifeState.LAST_FINALS, LifeState.PARTING):
            return [*GOODBYE, Event.SHUT_OUT]
        return [*CLIENT, *((Event.SWITCH,) if not self.heard else ())]

    def _from_the_server(self) -> list[Event]:
        found = {
            LifeState.STREAMING: [Event.HOLD, Event.SLOW],
            LifeState.OPEN: [Event.SLOW],
            LifeState.LEAVING: [Event.TAKEN_IN, Event.SLOW],
            LifeState.LAST_FINALS: [Event.SLOW],
        }.get(self.state, [])
        if Action.SAY_GOODBYE in self.doing and self.state is LifeState.LAST_FINALS:
            found.append(Event.SAID)
        if Action.CLOSE in self.doing and self.state is LifeState.PARTING:
            found += [Event.ANSWERED, Event.UNANSWERED]
        return found

    def happens(self, event: Event) -> None:
        before = self.state
        self._meet(event)
        for action in self.life.on(event):
            self._do(action)
        if event is Event.RELEASE:
            ended = self.closings + self.client_was_first
            assert ended == 1 or (before not in (LifeState.GONE, LifeState.OVER) and ended <= 1)
        if event is Event.RESUME:
            self.closings, self.doing = 0, frozenset()
            self.client_was_first = self.mute = self.gone = self.farewell = False
            if self.heard:
                self.life.on(Event.AUDIO)

    def _meet(self, event: Event) -> None:
        match event:
            case Event.AUDIO:
                self.heard = self.ungiven = self.unanswered = True
            case Event.CLEARED:
                self.heard = self.ungiven = self.unanswered = False
            case Event.SHUT_OUT | Event.END:
                self.mute = True
            case Event.CLOSE | Event.BREAK:
                self.gone = True
                self.client_was_first = not self.closings
            case Event.FINALISED:
                self.doing -= {Action.FINALISE}
                self.ungiven = False
            case Event.SAID:
                self.unanswered = self.ungiven
            case Event.EXPIRE:
                self.expired = True

    def _do(self, action: Action) -> None:
        self.closings += action in CLOSING
        assert self.closings <= 1, "a connection is closed once"
        match action:
            case Action.SET_FAREWELL:
                self.farewell = True
            case Action.SAY_GOODBYE:
                assert self.farewell, "it is known what to say"
                self.doing |= {action}
            case Action.FINALISE | Action.CLOSE:
                self.doing |= {action}
            case Action.FORGET:
                assert self.expired or not self.unanswered, "what was accepted is answered, or kept"


@cache
def worlds() -> tuple[World, ...]:
    """All worlds that any order of events can reach."""
    found = {World().key: World()}
    waiting = [World()]
    while waiting:
        world = waiting.pop()
        for event in world.possible():
            following = world.after(event)
            if following.key not in found:
                found[following.key] = following
                waiting.append(following)
    return tuple(found.values())


def test_every_possible_event_is_in_the_table_and_no_accepted_audio_is_lost() -> None:
    assert {world.state for world in worlds()} == set(LifeState)


@pytest.mark.parametrize("answer", [Event.ANSWERED, Event.UNANSWERED])
def test_a_drain_ends_from_everywhere(answer: Event) -> None:
    # Events from the server's own work, in order of priority.
    work = (Event.FINALISED, Event.TAKEN_IN, Event.SAID, answer, Event.GO_ON, Event.RELEASE)
    for world in worlds():
        if world.state in RESTS:
            continue
        world = world.after(Event.FINISH)
        for _ in range(6):
            if world.state not in RESTS:
                world = world.after(next(event for event in work if event in world.possible()))
        assert world.state in RESTS


@given(st.lists(st.integers(0, 99), max_size=100))
def test_any_order_of_events_ends_closed_or_resumable(steps: list[int]) -> None:
    world = World()
    for step in steps:
        if possible := world.possible():
            world.happens(possible[step % len(possible)])
    if world.state not in RESTS:
        world.happens(Event.RELEASE)
    assert world.state in RESTS


@given(st.sampled_from(LifeState), st.sampled_from(Event))
def test_an_event_that_is_not_in_the_table_is_an_error_without_effect(
    state: LifeState, event: Event
) -> None:
    life = Life()
    life.state = state
    if event in TABLE[state]:
        assert life.on(event) == TABLE[state][event][1]
        return
    with pytest.raises(IllegalEvent, match=f"{event.name} cannot .* {state.name}"):
        life.on(event)
    assert life.state is state


def test_every_state_event_and_action_is_used() -> None:
    steps = [step for row in TABLE.values() for step in row.values()]
    assert set(TABLE) == set(LifeState)
    assert {event for row in TABLE.values() for event in row} == set(Event)
    assert {following for following, _ in steps} == set(LifeState)
    assert {action for _, actions in steps for action in actions} == set(Action)
    assert TABLE[LifeState.CLOSED] == {}, "nothing is done after the end"


def test_every_connected_state_handles_events_that_can_always_come() -> None:
    for state in set(LifeState) - set(RESTS):
        assert {*SERVER, Event.RELEASE} <= set(TABLE[state])


DONE_BY: Mapping[frozenset[Event], frozenset[Action]] = {
    frozenset({Event.END, Event.FINISH, Event.FAIL, Event.SHUT_OUT}): frozenset(
        {Action.DROP_UNTAKEN, Action.SET_FAREWELL}
    ),
    frozenset({Event.REFUSE, Event.SLOW}): frozenset({Action.SAY_WHY}),
    frozenset({Event.SWITCH}): frozenset({Action.HAND_OVER}),
    frozenset({Event.DISPLACE}): frozenset({Action.ABORT}),
    frozenset({Event.AUDIO, Event.CLEARED, Event.HOLD, Event.GO_ON}): frozenset(),
    frozenset({Event.TAKEN_IN, Event.FINALISED, Event.SAID, *GOODBYE}): frozenset(
        {Action.FINALISE, Action.SAY_GOODBYE, Action.CLOSE}
    ),
    frozenset({Event.ANSWERED, Event.UNANSWERED}): frozenset(),
    frozenset({Event.RELEASE, Event.RESUME, Event.IDLE, Event.EXPIRE}): frozenset(
        {Action.KEEP, Action.FLUSH, Action.TAKE_UP, Action.FORGET}
    ),
}
"""Events → the actions of the code that reports them: `Connection` and `SessionStore` handle only
these."""


def test_the_reporter_of_an_event_performs_its_actions() -> None:
    found = {
        events: frozenset(
            action
            for row in TABLE.values()
            for event in events & set(row)
            for action in row[event][1]
        )
        for events in DONE_BY
    }
    assert found == DONE_BY
    assert frozenset().union(*DONE_BY) == frozenset(Event)


@pytest.mark.parametrize("state", list(LifeState))
def test_only_three_states_accept_audio(state: LifeState) -> None:
    life = Life()
    life.state = state
    assert life.accepts_audio is (state in HEARING)
