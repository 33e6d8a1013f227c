"""The page at `/docs`: the OpenAPI document for people, as plain HTML.

It replaces the framework's own page, which loads its script from a third party's server: that page
stays empty where there is no network, and reveals its readers to that server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from realtime.server.http.answers import json_response
from realtime.server.http.exchange import request_info

CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font-family:ui-monospace,monospace}pre{white-space:pre-wrap}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
td,th{border:1px solid #8886;padding:.2rem .5rem;text-align:left;vertical-align:top}
details{border:1px solid #8886;border-radius:.4rem;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}.method{font-weight:700;display:inline-block;min-width:4.5rem}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#8bf}}
"""


def described(api: FastAPI) -> Callable[[Request], Awaitable[Response]]:
    """A route for the OpenAPI document, with the prefix under which a proxy exposes this server."""

    async def document(request: Request) -> Response:
        prefix = request_info(request.scope).prefix
        servers = {"servers": [{"url": prefix}]} if prefix else {}
        return json_response(api.openapi() | servers)

    return document


def docs_page(document: Mapping[str, Any]) -> HTMLResponse:
    """The page. `document`: the content of `/openapi.json`."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<pre>{escape(info['description'])}</pre>",
        "<p>For programs: <a href='openapi.json'>openapi.json</a></p>",
    ]
    heading = None
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", ["Other"])[0]
            if tag != heading:
                heading = tag
                parts.append(f"<h2>{escape(tag)}</h2>")
            parts += _operation(path, method, operation)
    parts.append("</body></html>")
    return HTMLResponse("".join(parts), headers={"Content-Security-Policy": CSP})


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<details><summary><span class='method'>{method.upper()}</span> "
    yield f"<code>{escape(path)}</code> {escape(operation.get('description', ''))}</summary>"
    body = operation.get("requestBody", {}).get("content", {})
    for kind, content in body.items():
        properties = content["schema"].get("properties", {})
        rows = ((name, _kind(field), _about(field)) for name, field in properties.items())
        yield from _table(f"Body: {kind}", ("field", "type", "meaning"), rows)
    answers = operation["responses"].items()
    rows = ((status, _kinds(answer), answer["description"]) for status, answer in answers)
    yield from _table("Answers", ("status", "type", "meaning"), rows)
    yield "</details>"


def _table(title: str, head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"<h4>{escape(title)}</h4><table><tr>"
    yield from (f"<th>{escape(cell)}</th>" for cell in head)
    yield "</tr>"
    for row in rows:
        yield "<tr>"
        yield from (f"<td>{escape(cell)}</td>" for cell in row)
        yield "</tr>"
    yield "</table>"


def _kind(field: Mapping[str, Any]) -> str:
    """The type of a field, in a few words."""
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"] if one.get("type") != "null")
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if field.get("type") == "array":
        return f"{_kind(field.get('items', {}))}, repeated"
    return "file" if field.get("format") == "binary" else str(field.get("type", ""))


def _about(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    shown = f" Default: {default}." if default not in (None, "", []) else ""
    return f"{field.get('description', '')}{shown}".strip()


def _kinds(answer: Mapping[str, Any]) -> str:
    return ", ".join(answer.get("content", {}))
