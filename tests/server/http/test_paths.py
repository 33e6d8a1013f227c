"""Names that lead outside the allowed folder, sent over HTTP in every kind of body."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote_plus

from tests.server.http.support import SPEECH, running_api
from tests.server.test_allowed_folder import TRICKS, make_place


async def test_every_malicious_name_gets_403_or_404(tmp_path: Path) -> None:
    make_place(tmp_path)
    names = [name.replace("{top}", str(tmp_path)) for name in TRICKS if name.isprintable()]
    names = [name for name in names if name.strip()]  # an empty name means no file
    assert len(names) >= 40
    async with running_api(tmp_path) as api, api.client() as http:
        answers = {}
        for name in [*names, "\0", "a.wav\0.txt"]:
            answers[name, "form"] = await http.post("/transcribe", data={"file_path": name})
            answers[name, "parts"] = await http.post(
                "/transcribe", files={"file_path": (None, name)}
            )
            body = f"file_path={quote_plus(quote_plus(name))}"  # encoded twice
            answers[name, "twice"] = await http.post(
                "/transcribe",
                content=body,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
        batch = await http.post("/transcribe_batch", data={"file_paths": names})
        for file in batch.json()["files"]:
            assert file["error"]["code"] in ("access_denied", "file_not_found"), file
        (api.allowed / "a.wav").write_bytes(SPEECH)
        good = await http.post("/transcribe", data={"file_path": "a.wav"})
        assert good.status_code == 200
    for (name, how), answer in answers.items():
        detail = answer.json()["detail"]
        if answer.status_code == 403:
            assert detail["code"] == "access_denied", (name, how)
            assert detail["allowed_directory"] == str(api.allowed)
        else:
            assert (answer.status_code, detail["code"]) == (404, "file_not_found"), (name, how)
            assert "file_path" in detail
