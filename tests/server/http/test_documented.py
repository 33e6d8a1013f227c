"""`docs/http-api.md` names exactly the existing routes."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

from realtime.settings import Settings
from tests.readme import DOCS
from tests.serving import serving


def routes(address: str) -> set[str]:
    """The routes of an OpenAPI document, as `METHOD /path`."""
    with urllib.request.urlopen(address) as answer:
        paths = json.load(answer)["paths"]
    return {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
        if "." not in path and path != "/"
    }


def test_every_route_is_described(tmp_path: Path) -> None:
    settings = Settings(port=0, api_port=0, web_port=0, model="bundled", data_dir=tmp_path / "data")
    with serving(settings) as served:
        real = routes(f"{served.api}/openapi.json") | routes(f"{served.page}/api/openapi.json")
    for page in (DOCS / "http-api.md", DOCS / "http-api.ko.md"):
        told = set(
            re.findall(
                r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", page.read_text(encoding="utf-8")
            )
        )
        assert told == real, page.name
