"""Targets of a run: an OpenAI-compatible server, or a Python callable."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx2

from realtime.errors import SetupError
from realtime.load_test.options import Options

MESSAGE_CHARS = 300
"""Longest error message in the results."""


class Target(Protocol):
    """Transcribes the bytes of a WAV file; answers with a dict whose `text` is the transcript."""

    async def __call__(self, wav: bytes, /) -> Mapping[str, Any]: ...


class RequestFailed(Exception):
    """A request that failed. Failures are counted by `kind`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@asynccontextmanager
async def opened(options: Options, named: str | None) -> AsyncIterator[Target]:
    """The callable `module:function`, or the HTTP server of the options.

    Raises SetupError where there is no such function.
    """
    if named is not None:
        yield find(named)
        return
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    timeout = httpx2.Timeout(options.timeout)
    async with httpx2.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client:
        yield HttpTarget(client, options)


def find(named: str) -> Target:
    """The callable named `module:function`; modules of the working directory are found too."""
    module_name, _, function_name = named.partition(":")
    if not module_name or not function_name:
        raise SetupError(f"The target {named!r} must be written as module:function.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        target = getattr(importlib.import_module(module_name), function_name)
    except ImportError as error:
        raise SetupError(f"The target {named} cannot be imported: {error}.") from None
    except AttributeError:
        raise SetupError(f"The module {module_name} has no {function_name}.") from None
    if not inspect.iscoroutinefunction(target):
        raise SetupError(f"The target {named} must be an async function: async (wav_bytes) -> dict")
    found: Target = target
    return found


class HttpTarget:
    """POSTs the file to the endpoint of the options. Raises `RequestFailed`."""

    def __init__(self, client: httpx2.AsyncClient, options: Options) -> None:
        self._client = client
        self._url = options.api.url
        self._fields = {"language": options.language}
        if "/v1/" in self._url:
            self._fields |= {"model": options.api.model, "response_format": "json"}
        key = options.api.api_key
        self._headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}

    async def __call__(self, wav: bytes, /) -> Mapping[str, Any]:
        try:
            answer = await self._client.post(
                self._url,
                files={"file": ("speech.wav", wav, "audio/wav")},
                data=self._fields,
                headers=self._headers,
            )
        except httpx2.TimeoutException as error:
            raise RequestFailed("timeout", type(error).__name__) from error
        except httpx2.HTTPError as error:
            raise RequestFailed("connection", str(error) or type(error).__name__) from error
        if not answer.is_success:
            raise RequestFailed(*_refusal(answer))
        try:
            body = answer.json()
        except ValueError as error:
            raise RequestFailed("not_json", answer.text[:MESSAGE_CHARS]) from error
        if not isinstance(body, dict):
            raise RequestFailed("no_text", f"The answer is {type(body).__name__}, no object.")
        return body


def checked(answer: object) -> str:
    """The transcript of an answer. Raises `RequestFailed` if it has none or failed."""
    text = answer.get("text") if isinstance(answer, Mapping) else None
    if not isinstance(text, str):
        raise RequestFailed("no_text", "The answer has no text.")
    if isinstance(answer, Mapping) and answer.get("success") is False:
        raise RequestFailed("not_successful", str(answer.get("error", ""))[:MESSAGE_CHARS])
    return text


def _refusal(answer: httpx2.Response) -> tuple[str, str]:
    """Kind and message of an error answer; the kind is `429 busy` where the body has a code."""
    kind, message = str(answer.status_code), answer.text
    try:
        body = answer.json()
    except ValueError:
        return kind, message[:MESSAGE_CHARS]
    for key in ("detail", "error"):
        inner = body.get(key) if isinstance(body, dict) else None
        if isinstance(inner, dict):
            code, words = inner.get("code") or inner.get("type"), inner.get("message")
            kind = f"{kind} {code}" if code else kind
            message = str(words) if words else message
            break
    return kind, message[:MESSAGE_CHARS]
