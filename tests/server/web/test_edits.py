"""Corrected transcripts are checked, and kept as they are."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import BadRequest
from realtime.server.web.edits import MOST_LETTERS, checked

times = st.floats(0, 1e6, allow_nan=False)
words = st.fixed_dictionaries(
    {"start": times, "end": times, "word": st.text(max_size=20)},
    optional={"probability": st.floats(0, 1)},
)
segments = st.fixed_dictionaries(
    {"start": times, "end": times, "text": st.text(max_size=50)},
    optional={
        "channel": st.integers(0, 7),
        "speaker": st.integers(0, 7),
        "words": st.lists(words, max_size=5),
    },
)
names = st.dictionaries(st.integers(0, 63).map(str), st.text(max_size=20), min_size=1, max_size=3)


@given(
    st.fixed_dictionaries(
        {"segments": st.lists(segments, max_size=5)}, optional={"speakers": names}
    )
)
def test_what_a_result_has_comes_back(transcript: dict[str, Any]) -> None:
    try:
        body = orjson.dumps(transcript)
    except orjson.JSONEncodeError:  # half a surrogate: no JSON can say it
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
def test_anything_else_is_refused_and_named(body: bytes, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        checked(body)
    assert refused.value.details["field"] == field
