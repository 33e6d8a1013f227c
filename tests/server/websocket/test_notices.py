"""Equal warnings are sent at intervals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.server.websocket.notices import REPEAT_S, Notices


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 15)), max_size=50))
def test_a_warning_is_sent_at_once_and_repeated_every_ten_seconds_at_most(
    steps: list[tuple[str, float]],
) -> None:
    notices, now = Notices(), 0.0
    said: dict[str, list[float]] = {}
    for key, step in steps:
        now += step
        before = said.setdefault(key, [])
        expected = not before or now - before[-1] >= REPEAT_S
        assert notices.due(key, now) == expected
        if expected:
            before.append(now)
