"""What a corrected transcript must look like before it is kept.

Plain code in a thread instead of a model's validation on the event loop: a day's transcript with
its words has 30 MB, and nothing that holds the interpreter for a second may run beside streams.
"""

from __future__ import annotations

import math

import orjson

from realtime.errors import BadRequest

MOST_SEGMENTS, MOST_WORDS, MOST_LETTERS = 200_000, 5_000, 20_000
"""Of a transcript, of a segment, of a text."""
MOST_SPEAKERS, MOST_NAME_LETTERS = 64, 100
"""As numbers of channels or speakers; of a name."""


def checked(body: bytes) -> bytes:
    """The JSON to be kept: `{"segments": […]}` as in a result, and `speakers`, where some have
    names: `{"0": "Kim"}`. Raises BadRequest.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _wrong("body") from None
    segments = value.get("segments") if isinstance(value, dict) else None
    if not isinstance(segments, list) or len(segments) > MOST_SEGMENTS:
        raise _wrong("segments")
    kept: dict[str, object] = {"segments": [_segment(segment) for segment in segments]}
    if value.get("speakers"):
        kept["speakers"] = _names(value["speakers"])
    return orjson.dumps(kept)


def _names(value: object) -> dict[str, str]:
    """By the number of the speaker, or of the channel."""
    if not isinstance(value, dict) or len(value) > MOST_SPEAKERS:
        raise _wrong("speakers")
    for number, name in value.items():
        is_number = number.isascii() and number.isdecimal() and int(number) < MOST_SPEAKERS
        if not is_number or not isinstance(name, str) or len(name) > MOST_NAME_LETTERS:
            raise _wrong("speakers")
    return value


def _segment(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong("segments")
    kept = {**_span(value), "text": _text(value.get("text"), "text")}
    words = value.get("words")
    for whose in ("channel", "speaker"):
        number = value.get(whose)
        if isinstance(number, int) and 0 <= number < MOST_SPEAKERS:
            kept[whose] = number
    if words is not None:
        if not isinstance(words, list) or len(words) > MOST_WORDS:
            raise _wrong("words")
        kept["words"] = [_word(word) for word in words]
    return kept


def _word(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong("words")
    kept = {**_span(value), "word": _text(value.get("word"), "word")}
    if value.get("probability") is not None:
        kept["probability"] = _number(value["probability"], "probability")
    return kept


def _span(value: dict[str, object]) -> dict[str, object]:
    return {name: _number(value.get(name), name) for name in ("start", "end")}


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(field)
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or len(value) > MOST_LETTERS:
        raise _wrong(field)
    return value


def _wrong(field: str) -> BadRequest:
    return BadRequest("Send segments with start, end and text, as a result has them.", field=field)
