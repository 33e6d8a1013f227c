"""The published test vectors agree with the behaviour of the real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from realtime.errors import BadMessage, BadOption
from realtime.wire import messages, native
from realtime.wire.config import StreamConfig, parse_config
from tests.protocol.recording import (
    CONVERSATIONS,
    VECTORS,
    Line,
    played,
    read,
    received,
    server,
    transcript,
)
from tests.protocol.schema import validator
from tests.serving import Served

RECORDED = sorted(CONVERSATIONS.glob("*.jsonl"))
APART_S = 0.1
"""Tolerance for times compared with the recording: float arithmetic differs between processors."""


def vectors(name: str) -> list[Any]:
    found: list[Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return found


def meaning(item: Any) -> tuple[str, dict[str, Any]]:
    """How the server interprets a client's message: its kind and its values."""
    try:
        message = native.decode(item["text"] if "text" in item else bytes.fromhex(item["bytes"]))
    except BadMessage as error:
        return "error", {"code": error.code}
    match message:
        case None:
            return "audio", {}
        case messages.Start(values):
            return "start", {"values": values}
        case messages.Ping(id):
            return "ping", {"values": {"id": id}}
        case messages.Ack(seq):
            return "ack", {"values": {"seq": seq}}
    return type(message).__name__.lower(), {}


@pytest.mark.parametrize("item", vectors("client-messages.json"), ids=json.dumps)
def test_client_messages_mean_what_the_vectors_say(item: Any) -> None:
    kind, details = meaning(item)
    assert (kind, details) == (
        item["means"],
        {key: item[key] for key in ("values", "code") if key in item},
    )
    if item.get("text", "").strip().startswith("{"):
        assert validator("client_message").is_valid(json.loads(item["text"])) == (kind != "error")


def test_every_kind_of_client_message_has_a_vector() -> None:
    kinds = {item["means"] for item in vectors("client-messages.json")}
    assert kinds == {
        *("start", "flush", "end", "clear", "keepalive", "ping", "ack"),
        *("audio", "error"),
    }


@pytest.mark.parametrize("item", vectors("options.json"), ids=lambda item: item["query"])
def test_queries_mean_what_the_vectors_say(item: Any) -> None:
    values = dict(parse_qsl(item["query"], keep_blank_values=True))
    if "refused" in item:
        with pytest.raises(BadOption) as refused:
            parse_config(values, StreamConfig())
        assert refused.value.details["field"] == item["refused"]
        return
    config = parse_config(values, StreamConfig())
    read_as = {key: getattr(config, key) for key in item["means"]}
    assert json.loads(json.dumps(read_as)) == item["means"]


# Conversations.


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with server() as running:
        yield running


def steady(message: Line) -> Line:
    """The part of a message that is the same in every run: no random ids, nothing that depends on
    speed."""
    kept = {
        key: value
        for key, value in message.items()
        if key not in ("session", "lag_ms", "seq", "confidence", "words")
    }
    for key in ("start", "end", "t"):
        if key in kept:
            kept[key] = pytest.approx(kept[key], abs=APART_S)
    return kept


def by_type(lines: list[Line]) -> dict[str, list[Line]]:
    """Messages by type, in order; without partials and warnings, whose number depends on speed.

    Types are compared separately because a pong can overtake finals, and speech events can come
    before the finals of earlier speech.
    """
    found: dict[str, list[Line]] = {}
    for message in received(lines):
        if message["type"] not in ("partial", "warning"):
            found.setdefault(message["type"], []).append(steady(message))
    return found


def outcome(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "closed" in line or "refused" in line]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_the_server_says_what_was_recorded(path: Path, served: Served) -> None:
    recorded = read(path)
    now = played(recorded, served.url)
    for message in received(now):
        validator("server_message", strict=True).validate(message)
    assert outcome(now) == outcome(recorded)
    assert by_type(now) == by_type(recorded)


def stable_prefixes(lines: list[Line]) -> Iterator[tuple[str, str]]:
    """Yield each stable text with the text that later replaced it."""
    stable: dict[int, str] = {}
    for message in received(lines):
        if message["type"] in ("partial", "final") and message["id"] in stable:
            yield stable[message["id"]], message["text"]
        if message["type"] == "partial":
            assert message["text"].startswith(message["stable"])
            stable[message["id"]] = message["stable"]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recordings_keep_the_promises_of_the_protocol(path: Path) -> None:
    lines = read(path)
    for message in received(lines):
        validator("server_message", strict=True).validate(message)
    for before, after in stable_prefixes(lines):
        assert after.lower().startswith(before.lower())
    said = [line["transcript"] for line in lines if "transcript" in line]
    assert "".join(said) == transcript(lines)


def test_the_recordings_show_every_message_that_a_plain_client_meets() -> None:
    kinds = {message["type"] for path in RECORDED for message in received(read(path))}
    assert kinds >= {"ready", "partial", "final", "speech_start", "speech_end", "error", "pong"}
    assert "end" in kinds
