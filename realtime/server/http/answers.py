"""Errors and values → HTTP responses: this server's format, and OpenAI's below `/v1/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Scope

from realtime.errors import RealtimeError
from realtime.wire.texts import Language, error_detail, plain, preferred, sentence

ACCEPT_LANGUAGE = b"accept-language"
OPENAI_PREFIX = "/v1/"
_OPENAI_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_OPENAI_CODES: Mapping[str, str] = {
    "unauthorized": "invalid_api_key",
    "busy": "rate_limit_exceeded",
}
"""Codes for which OpenAI has another name, which its clients know."""
RETRY_IS_POINTLESS = frozenset({"load_failed", "provider_auth", "disk_full"})
"""Errors after which OpenAI's SDKs would retry by themselves, each time with the whole upload."""


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON response in UTF-8."""
    return Response(
        orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )


def with_language(scope: Scope, default: Language) -> Scope:
    """The scope with one language in Accept-Language: the client's preference or `default`.

    Below `/v1/` the scope stays as it is: there the language is English, as at OpenAI, unless the
    client asks for Korean.
    """
    if _is_openai(scope["path"]):
        return scope
    others = [header for header in scope["headers"] if header[0] != ACCEPT_LANGUAGE]
    header = b",".join(value for name, value in scope["headers"] if name == ACCEPT_LANGUAGE)
    language = preferred(header.decode("latin-1"), default)
    return {**scope, "headers": [*others, (ACCEPT_LANGUAGE, language.encode())]}


def language_of(headers: Mapping[str, str], path: str = "/") -> Language:
    """The language that `with_language` set; below `/v1/` English unless Korean is requested."""
    return preferred(headers.get("accept-language"), "en" if _is_openai(path) else "ko")


def error_response(error: RealtimeError, path: str, headers: Mapping[str, str]) -> Response:
    """The response for an error. `headers`: the request's, names in lower case."""
    language = language_of(headers, path)
    body = openai_error(error, language) if _is_openai(path) else own_error(error, language)
    extra: dict[str, str] = {}
    if error.retry_after_s is not None:
        extra["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if error.http_status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if error.http_status == 405:
        extra["Allow"] = ", ".join(error.details.get("allowed", ()))
    if error.code in RETRY_IS_POINTLESS:
        extra["x-should-retry"] = "false"
    # OpenAI answers 400 to an invalid field; its SDKs choose the error class by the status.
    is_field = error.http_status == 422 and _is_openai(path)
    return json_response(body, 400 if is_field else error.http_status, extra)


def own_error(error: RealtimeError, language: Language) -> dict[str, Any]:
    """`{"detail": {code, error, message, …}}`."""
    return {"detail": error_detail(error, language)}


def openai_error(error: RealtimeError, language: Language = "en") -> dict[str, Any]:
    """`{"error": {message, type, param, code}}`; all four are always there."""
    kind = _OPENAI_TYPES.get(error.http_status)
    if kind is None:
        kind = "invalid_request_error" if error.http_status < 500 else "server_error"
    return {
        "error": {
            "message": sentence(error, language),
            "type": kind,
            "param": plain(error.details.get("field")),
            "code": _OPENAI_CODES.get(error.code, error.code),
        }
    }


def _is_openai(path: str) -> bool:
    return path.startswith(OPENAI_PREFIX)
