"""The language of error messages for clients."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from realtime.app.languages import ui_language
from realtime.settings import Settings
from tests.serving import serving


@pytest.mark.parametrize(
    ("locale", "settings", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, {}, "ko"),
        ({"LANG": "en_US.UTF-8"}, {}, "en"),
        ({"LANG": "de_DE"}, {}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "en_GB"}, {}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": ""}, {"language": "en"}, "ko"),
        ({"LANG": "C.UTF-8"}, {}, "ko"),
        ({"LANG": "C.UTF-8"}, {"language": "en"}, "en"),
        ({"LANG": "POSIX"}, {"language": "auto"}, "ko"),
        ({}, {}, "ko"),
        ({"LANG": "ko_KR.UTF-8"}, {"ui_language": "en"}, "en"),
        ({"LANG": "en_US.UTF-8"}, {"ui_language": "ko"}, "ko"),
    ],
)
def test_the_language_of_errors(
    locale: dict[str, str], settings: dict[str, str], language: str
) -> None:
    assert ui_language(Settings.model_validate(settings), locale) == language


def test_a_client_that_requests_no_language_gets_the_servers(tmp_path: Path) -> None:
    settings = Settings(
        port=0, api_port=0, web_port=0, model="bundled", data_dir=tmp_path, ui_language="en"
    )
    with serving(settings) as served, httpx2.Client() as http:
        missing = f"{served.page}/api/transcribe-status/nothing"
        for method, url in (("POST", f"{served.api}/transcribe"), ("GET", missing)):
            answer = http.request(method, url, data={"file_path": "none.wav"})
            assert answer.json()["detail"]["message"].isascii()
            for wanted in ("ko", "fr, ko;q=0.5"):
                headers = {"Accept-Language": wanted}
                answer = http.request(method, url, data={"file_path": "none.wav"}, headers=headers)
                assert not answer.json()["detail"]["message"].isascii()
