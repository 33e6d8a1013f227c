"""Texts of errors for users: every code has them in both languages."""

from __future__ import annotations

import string
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import realtime.app.app  # noqa: F401 - defines the errors of every listener
from realtime import errors
from realtime.audio import suspicion
from realtime.errors import RealtimeError
from realtime.keys.quotas import HOURS, STREAMS
from realtime.live.configure import SHORTFALLS
from realtime.server.http.batches import Cancelled
from realtime.wire.texts import (
    KOREAN,
    KOREAN_WARNINGS,
    TITLES,
    error_detail,
    plain,
    preferred,
    sentence,
    title,
    warning_sentence,
)
from realtime.wire.values import Choice, Flag, Seconds, Whole


def every_kind(root: type[RealtimeError] = RealtimeError) -> list[type[RealtimeError]]:
    return [root, *(kind for below in root.__subclasses__() for kind in every_kind(below))]


SHOWN = [
    kind
    for kind in every_kind()
    if kind.__module__.startswith("realtime.")
    and kind.code != "setup"
    and not kind.__module__.startswith("realtime.client")
    and kind is not errors.ModelEnded
]
"""All but what only start-up raises; the last one stays inside the engine."""


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
def test_every_error_has_a_text(kind: type[RealtimeError]) -> None:
    assert kind.code in TITLES
    assert kind.code in KOREAN
    error = kind("Do this.", allowed=["GET"])
    assert sentence(error, "en") == "Do this."
    assert sentence(error, "ko").endswith(".")
    assert title(kind.code, "ko") != title(kind.code, "en")


def test_the_errors_of_both_doors_are_among_them() -> None:
    assert {Cancelled, errors.Idle, errors.OutOfMemory, errors.DiskFull} <= set(SHOWN)


def test_korean_sentences_ask_only_for_details_that_they_name() -> None:
    known = {**KOREAN, **KOREAN_WARNINGS}
    always = {"method_not_allowed": {"allowed"}, "backlog": {"lag_ms"}}
    always |= {"sample_rate_guessed": {"sample_rate"}}
    always |= {"audio_suspect+reason=sample_rate": {"sample_rate"}}
    always |= {
        key: {"field"} for key in ("bad_option+choices", "bad_option+range", "bad_request+choices")
    }
    for key, text in known.items():
        wanted = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        named = set(key.split("+")[1:]) | always.get(key, set())
        assert wanted <= named, key


def test_details_show_in_the_sentence() -> None:
    error = errors.MissingFile("There is none.", file_path="a.wav")
    assert sentence(error, "ko").startswith("a.wav ")
    listed = errors.BadOption("No such backend.", available=["a", "b"])
    assert "a, b" in sentence(listed, "ko")
    braces = errors.MissingFile("There is none.", file_path="{field}{0}")
    assert "{field}{0}" in sentence(braces, "ko")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ko"),
        ("", "ko"),
        ("*", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en", "en"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("de, en;q=0.1", "en"),
        ("de", "ko"),
        ("en;q=0, ko", "ko"),
        ("KO;q=0.5, EN;q=0.6", "en"),
        ("en;q=nonsense", "ko"),
        ("ko;q=0.2, *;q=0.8", "ko"),
    ],
)
def test_the_language_that_is_preferred(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_the_default_can_be_english() -> None:
    assert preferred(None, "en") == preferred("*", "en") == "en"
    assert preferred("ko", "en") == "ko"


@given(st.text(max_size=200))
def test_no_header_breaks_it(header: str) -> None:
    assert preferred(header) in ("ko", "en")


def test_an_unknown_code_is_its_own_title() -> None:
    assert title("unheard_of", "ko") == "unheard_of"


def test_korean_says_the_same_reason_as_english() -> None:
    """Each detail or its value has the sentence that fits it, not one of another reason."""
    hours = errors.LimitReached("…", reason="key_hours")
    guesses = errors.LimitReached("…", reason="wrong_keys")
    assert "시간을 모두 썼습니다" in sentence(hours, "ko")
    assert "잘못된 키" in sentence(guesses, "ko")
    silent = errors.NotAudio("…", reason="no_track")
    assert "소리" in sentence(silent, "ko")
    assert "변환" not in sentence(silent, "ko")
    option = errors.BadOption("…", field="known_voices")
    assert "'known_voices'" in sentence(option, "ko")
    overlap = errors.BadOption("…", field="overlap_duration")
    assert "chunk_duration보다" in sentence(overlap, "ko")
    backend = errors.BadOption("…", field="backend", available=["a", "b"])
    assert "a, b" in sentence(backend, "ko")


def test_every_reason_for_busy_has_its_own_sentence() -> None:
    for reason in (STREAMS, HOURS, "wrong_keys", "voices", "sessions"):
        assert f"busy+reason={reason}" in KOREAN


def test_every_warning_of_a_stream_has_a_korean_sentence() -> None:
    codes = {f"audio_suspect+reason={code}" for code in get_args(suspicion.SuspicionCode)}
    codes |= {*SHORTFALLS, "audio_suspect+reason=sample_rate"}
    codes |= {"backlog", "dropped_partials", "idle_soon", "sample_rate_guessed", "session_soon"}
    assert codes == set(KOREAN_WARNINGS)


def test_a_warning_is_said_in_the_language_asked_for() -> None:
    assert warning_sentence("backlog", "behind", {"lag_ms": 4200}, "en") == "behind"
    assert "4200 ms" in warning_sentence("backlog", "behind", {"lag_ms": 4200}, "ko")
    loud = warning_sentence("audio_suspect", "loud", {"reason": "too_loud"}, "ko")
    assert "32768" in loud
    assert warning_sentence("unheard_of", "As it is.", {}, "ko") == "As it is."


@pytest.mark.parametrize(
    ("kind", "value", "named"),
    [
        (Choice(("f32le", "s16le")), "mp5", "f32le, s16le"),
        (Flag(), "perhaps", "true, false"),
        (Seconds(2, 28), "99", "2 … 28"),
        (Whole(8000, 192000, "Hz"), "much", "8000 … 192000"),
    ],
)
def test_korean_says_which_values_an_option_takes(
    kind: Choice[str] | Flag | Seconds | Whole, value: str, named: str
) -> None:
    with pytest.raises(errors.BadOption) as caught:
        kind.read("key", value)
    assert named in sentence(caught.value, "ko")
    assert "'key'" in sentence(caught.value, "ko")


def test_a_code_without_its_own_sentence_is_a_fault_of_the_server() -> None:
    assert sentence(errors.SetupError("No model."), "ko") == KOREAN["internal"]


def test_details_of_any_type_become_json() -> None:
    error = errors.NotFound("…", at={"a": {1}}, size=(1, 2.5), where=string)
    detail = error_detail(error, "en")
    assert detail["at"] == {"a": [1]}
    assert detail["size"] == [1, 2.5]
    assert detail["where"] == plain(string) == str(string)
    assert detail["error"] == "not found"
