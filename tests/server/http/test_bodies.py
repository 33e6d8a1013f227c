"""JSON that is too large or too deep is refused before parsing."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from realtime.errors import BadRequest, MessageTooBig
from realtime.server.http.bodies import (
    MOST_CONTAINERS,
    MOST_DEPTH,
    MOST_JSON_BYTES,
    SmallBodies,
    check_shape,
    small_body,
)

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}


def arriving(chunks: Sequence[bytes]) -> Receive:
    """A `receive` that delivers these chunks and then a disconnect."""
    waiting = list(chunks)

    async def receive() -> Message:
        if waiting:
            chunk = waiting.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}
        return {"type": "http.disconnect"}

    return receive


async def unsent(message: Message) -> None:
    raise AssertionError(message)


texts = st.text('a"\\[]{}', max_size=4)


@settings(max_examples=50)
@given(
    st.recursive(
        texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    )
)
def test_ordinary_nesting_is_accepted(value: object) -> None:
    deepest = max((_depth(value), 0))
    if deepest <= MOST_DEPTH:
        check_shape(orjson.dumps(value))
    else:
        with pytest.raises(BadRequest):
            check_shape(orjson.dumps(value))


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def test_brackets_within_texts_do_not_count() -> None:
    check_shape(orjson.dumps(["[" * 1000 + '\\"{', {"{" * 1000: 1}]))


@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_one_more_level_is_too_deep(opened: bytes, closed: bytes) -> None:
    check_shape(opened * MOST_DEPTH + b"1" + closed * MOST_DEPTH)
    with pytest.raises(BadRequest) as refused:
        check_shape(opened * (MOST_DEPTH + 1) + b"1" + closed * (MOST_DEPTH + 1))
    assert refused.value.details == {"field": "body"}


def test_one_more_value_is_too_many() -> None:
    check_shape(b"[" + b"[]," * (MOST_CONTAINERS - 1) + b"1]")
    with pytest.raises(BadRequest) as refused:
        check_shape(b"[" + b"[]," * MOST_CONTAINERS + b"1]")
    assert refused.value.details == {"field": "body"}


@pytest.mark.parametrize("body", [b"[", b"]", b"[}", b'{"a": [}]', b'["]'])
def test_brackets_that_do_not_match_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        check_shape(body)


@pytest.mark.parametrize("body", [b'"', b'"\\', b'"\\"' * 30_000, b'"\\"', b"", b"1"])
def test_texts_without_an_end_are_texts(body: bytes) -> None:
    check_shape(body)


async def test_a_body_beyond_the_limit_is_not_read_to_its_end() -> None:
    receive = arriving([b" " * MOST_JSON_BYTES, b" ", b"more"])
    with pytest.raises(MessageTooBig):
        await small_body(SCOPE, receive)
    assert (await receive())["body"] == b"more"


async def test_a_body_declared_too_long_is_not_read() -> None:
    length = str(MOST_JSON_BYTES + 1).encode()
    receive = arriving([b"first"])
    with pytest.raises(MessageTooBig):
        await small_body({**SCOPE, "headers": [(b"content-length", length)]}, receive)
    assert (await receive())["body"] == b"first"


async def test_an_incomplete_body_is_not_passed_on() -> None:
    with pytest.raises(ClientDisconnect):
        await small_body(SCOPE, arriving([]))


async def test_the_application_finds_the_body_and_then_the_end() -> None:
    seen: list[Message] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([await receive(), await receive()])

    bounded = SmallBodies(application, lambda method, path: path == "/large")
    await bounded(SCOPE, arriving([b'{"a"', b": 1}"]), unsent)
    assert seen == [
        {"type": "http.request", "body": b'{"a": 1}', "more_body": False},
        {"type": "http.disconnect"},
    ]
    seen.clear()
    await bounded({**SCOPE, "path": "/large"}, arriving([b"1", b"2"]), unsent)
    assert [message["body"] for message in seen] == [b"1", b"2"]
