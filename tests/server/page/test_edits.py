"""Corrected transcripts are checked and stored unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import BadRequest
from realtime.server.page.edits import (
    MOST_EDIT_BYTES,
    MOST_LETTERS,
    checked,
    checked_apart,
    version_of,
    with_version,
)

times = st.floats(0, 1e6, allow_nan=False)
words = st.fixed_dictionaries(
    {"start": times, "end": times, "word": st.text(max_size=20)},
    optional={"probability": st.floats(0, 1)},
)
comments = st.fixed_dictionaries(
    {"text": st.text(max_size=20)}, optional={"name": st.text(min_size=1, max_size=20)}
)
segments = st.fixed_dictionaries(
    {"start": times, "end": times, "text": st.text(max_size=50)},
    optional={
        "channel": st.integers(0, 7),
        "speaker": st.integers(0, 7),
        "words": st.lists(words, max_size=5),
        "comments": st.lists(comments, min_size=1, max_size=3),
    },
)
names = st.dictionaries(st.integers(0, 63).map(str), st.text(max_size=20), min_size=1, max_size=3)


@given(
    st.fixed_dictionaries(
        {"segments": st.lists(segments, max_size=5)}, optional={"speakers": names}
    )
)
def test_a_valid_transcript_is_returned_unchanged(transcript: dict[str, Any]) -> None:
    try:
        body = orjson.dumps(transcript)
    except orjson.JSONEncodeError:  # JSON cannot represent a lone surrogate
        return
    assert orjson.loads(checked(body)) == transcript


def test_unknown_keys_are_left_out() -> None:
    segment = {"start": 0, "end": 1, "text": "a"}
    body = orjson.dumps({"segments": [{**segment, "more": [1]}], "more": 2})
    assert orjson.loads(checked(body)) == {"segments": [segment]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"[]", "segments"),
        (b'{"segments": 1}', "segments"),
        (b'{"segments": [], "speakers": ["Kim"]}', "speakers"),
        (b'{"segments": [], "speakers": {"64": "Kim"}}', "speakers"),
        (b'{"segments": [], "speakers": {"first": "Kim"}}', "speakers"),
        (b'{"segments": [], "speakers": {"0": 1}}', "speakers"),
        (b'{"segments": [1]}', "segments"),
        (b'{"segments": [{"start": 0, "end": 1}]}', "text"),
        (b'{"segments": [{"start": "0", "end": 1, "text": ""}]}', "start"),
        (b'{"segments": [{"start": 0, "end": true, "text": ""}]}', "end"),
        (b'{"segments": [{"start": 0, "end": 1, "text": "", "words": 1}]}', "words"),
        (b'{"segments": [{"start": 0, "end": 1, "text": "", "comments": 1}]}', "comments"),
        (b'{"segments": [{"start": 0, "end": 1, "text": "", "comments": [1]}]}', "comments"),
        (b'{"segments": [{"start": 0, "end": 1, "text": "", "comments": [{}]}]}', "comments"),
        (b'{"segments": [{"start": 0, "end": 1, "text": "", "words": [1]}]}', "words"),
        (
            b'{"segments": [{"start": 0, "end": 1, "text": "", "words": '
            b'[{"start": 0, "end": 1, "word": "a", "probability": "x"}]}]}',
            "probability",
        ),
        (
            orjson.dumps({"segments": [{"start": 0, "end": 1, "text": "a" * (MOST_LETTERS + 1)}]}),
            "text",
        ),
    ],
)
def test_invalid_fields_are_refused_and_named(body: bytes, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        checked(body)
    assert refused.value.details["field"] == field


def test_versions_count_how_often_it_was_corrected() -> None:
    body = checked(b'{"segments": []}')
    assert version_of(None) == 0
    assert version_of(body) == 1, "kept before versions were counted"
    assert version_of(with_version(body, 12)) == 12
    assert orjson.loads(with_version(body, 12)) == {"version": 12, "segments": []}


HOUR_S = 3600.0
WORDS_A_SECOND = 3.0
"""More than people say without a pause; news readers say 2.5."""


def an_hour() -> bytes:
    """An hour of transcript in the page's format."""
    words = [
        {
            "start": round(at / WORDS_A_SECOND, 3),
            "end": round((at + 1) / WORDS_A_SECOND, 3),
            "word": " 안녕하십니까",
            "probability": 0.9876,
        }
        for at in range(int(HOUR_S * WORDS_A_SECOND))
    ]
    lines = [words[at : at + 20] for at in range(0, len(words), 20)]
    segments = [
        {
            "start": line[0]["start"],
            "end": line[-1]["end"],
            "text": " 안녕하십니까" * len(line),
            "words": line,
        }
        for line in lines
    ]
    return orjson.dumps({"segments": segments, "speakers": {"0": "Kim"}})


def test_an_hour_is_checked_in_another_process(tmp_path: Path) -> None:
    body = an_hour()
    assert len(body) < MOST_EDIT_BYTES / 4
    path = tmp_path / "edit"
    path.write_bytes(body)
    with path.open("rb") as file:
        assert orjson.loads(checked_apart(file)[0]) == orjson.loads(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"segments": 1}', "segments"),
        (b"[" * 100_000, "body"),
        (b'{"segments": [' + b"[[],[],[]]," * (MOST_EDIT_BYTES // 11) + b"1]}", "segments"),
        (b"[" + b"{}," * (MOST_EDIT_BYTES // 3) + b"1]", "segments"),
    ],
    ids=["wrong", "deep", "many lists", "many objects"],
)
def test_invalid_bodies_are_refused_in_the_other_process(
    tmp_path: Path, body: bytes, field: str
) -> None:
    path = tmp_path / "edit"
    path.write_bytes(body)
    with path.open("rb") as file, pytest.raises(BadRequest) as refused:
        checked_apart(file)
    assert refused.value.details["field"] in (field, "body"), "the process may also end before"
