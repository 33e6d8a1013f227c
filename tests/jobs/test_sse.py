"""Server-sent events are parsed alike, however their bytes are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.jobs.sse import Message, Messages

NAMES = st.sampled_from(["", "progress", "done"])
LINES = st.lists(st.text().map(lambda text: text.translate({10: None, 13: None})), min_size=1)
CUTS = st.lists(st.integers(1, 9), min_size=1)


def written(name: str, lines: list[str], end: str) -> bytes:
    head = [f"event: {name}"] if name else []
    return (end.join([*head, *(f"data: {line}" for line in lines)]) + end + end).encode()


@given(st.lists(st.tuples(NAMES, LINES), max_size=5), st.sampled_from(["\n", "\r\n"]), CUTS)
def test_messages_are_parsed_as_they_were_written(
    told: list[tuple[str, list[str]]], end: str, cuts: list[int]
) -> None:
    data = b"".join(written(name, lines, end) for name, lines in told)
    reader, found, at, turn = Messages(), list[Message](), 0, 0
    while at < len(data):
        step = cuts[turn % len(cuts)]
        found += reader.receive(data[at : at + step])
        at, turn = at + step, turn + 1
    assert found == [Message(name, "\n".join(lines).encode()) for name, lines in told]


def test_comments_show_life_and_unfinished_messages_wait() -> None:
    reader = Messages()
    assert reader.receive(b": still here\n\ndata:{}") == [Message()]
    assert reader.receive(b"\nid: 7\n\n") == [Message("", b"{}")]
