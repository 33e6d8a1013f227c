"""Errors of an API elsewhere become errors here, with the same fault."""

from __future__ import annotations

import orjson
import pytest

from realtime.errors import MessageTooBig, NotAudio, OutOfMemory
from realtime.jobs.refusals import failed, refused


def test_a_file_that_is_no_audio_for_the_api_is_none_for_the_job() -> None:
    error = failed({"code": "not_audio", "message": "Convert it."})
    assert (type(error), error.message, error.fault) == (NotAudio, "Convert it.", "client")
    assert type(failed({"code": "out_of_memory", "message": "Later."})) is OutOfMemory


@pytest.mark.parametrize(
    "told", [{}, {"code": "cancelled", "message": "x"}, {"code": "of a newer server"}]
)
def test_errors_that_are_not_the_files_fault_are_retried(told: dict[str, str]) -> None:
    error = failed(told)
    assert error.fault == "server"
    assert told.get("code", "") in error.message


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"detail": "no"}'])
def test_an_unknown_response_is_judged_by_its_status(body: bytes) -> None:
    assert "answered 502" in refused(502, body).message


def test_refusals_tell_the_operator_what_to_correct() -> None:
    body = orjson.dumps({"detail": {"code": "too_large", "limit_bytes": 1}})
    error = refused(413, body)
    assert isinstance(error, MessageTooBig)
    assert "413, too_large" in error.message
    key = refused(401, orjson.dumps({"detail": {"code": "unauthorized"}}))
    assert key.fault == "server"
    assert "STT_API_KEYS" in key.message
