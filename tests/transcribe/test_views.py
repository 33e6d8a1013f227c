"""The masked view: of a result, of the output of later steps, and of people's corrections."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.postprocess.base import PrivacyIncomplete, PrivacyResult, StepError
from realtime.postprocess.by_rules import RulePrivacy
from realtime.transcribe.views import MaskedView, corrected, masked_spans, transcript_of
from realtime.types import Segment, Transcript, Word
from tests.server.jobs_client import Client, Gate, gated

RESULT = {
    "text": "전화번호는 010-1234-5678이에요 네",
    "language": "ko",
    "duration": 4.0,
    "processing_steps": {"stt": True, "privacy_removal": False},
    "segments": [
        {
            "start": 0.0,
            "end": 2.0,
            "text": "전화번호는 010-1234-5678이에요",
            "channel": 1,
            "words": [
                {"word": "전화번호는", "start": 0.0, "end": 1.0, "probability": 0.5},
                {"word": " 010-1234-5678이에요", "start": 1.0, "end": 2.0},
            ],
        },
        {"start": 2.0, "end": 4.0, "text": "네", "speaker": 0},
    ],
}


async def test_a_masked_result_is_as_if_masking_had_been_requested() -> None:
    agent = {
        "summary": "전화번호 010-1234-5678",
        "intent": "",
        "suggested_reply": "네",
        "next_actions": ["010-1234-5678로 전화"],
    }
    result = {**RESULT, "ai_agent": agent, "classification": {"code": "X", "reason": "문의"}}
    view = await MaskedView(RulePrivacy()).result(result)
    assert "1234" not in str(view)
    assert view["segments"][0]["words"][1]["word"] == " 010-****-5678이에요"
    assert (view["segments"][0]["channel"], view["segments"][1]["speaker"]) == (1, 0)
    assert view["privacy_removal"]["privacy_types"] == ["PHONE"]
    assert view["processing_steps"]["privacy_removal"]
    assert view["ai_agent"]["next_actions"] == ["010-****-5678로 전화"]
    assert view["classification"] == {"code": "X", "reason": "문의"}
    assert "1234" in str(result)


async def test_a_summary_is_masked_and_keeps_its_links() -> None:
    summary = {
        "points": [{"text": "번호는 010-1234-5678", "segments": [0], "starts": [0.0]}],
        "chapters": [{"title": "010-1234-5678", "segment": 0, "start": 0.0, "text": "네"}],
        "dropped": 1,
        "left_out": 0,
    }
    view = await MaskedView(RulePrivacy()).result({**RESULT, "summary": summary})
    assert view["summary"] == {
        "points": [{"text": "번호는 010-****-5678", "segments": [0], "starts": [0.0]}],
        "chapters": [{"title": "010-****-5678", "segment": 0, "start": 0.0, "text": "네"}],
        "dropped": 1,
        "left_out": 0,
    }


async def test_masked_text_stays_as_it_is() -> None:
    result = {**RESULT, "privacy_removal": {"privacy_exist": "Y"}}
    assert await MaskedView(RulePrivacy()).result(result) == result


async def test_rules_mask_where_the_language_model_returns_nothing() -> None:
    class Broken:
        async def remove(self, transcript: Transcript) -> PrivacyResult:
            found = await RulePrivacy().remove(transcript)
            raise PrivacyIncomplete(StepError("timeout", "late"), found)

    view = await MaskedView(Broken()).result(RESULT)
    assert "1234" not in str(view["segments"])


def test_a_correction_replaces_the_segments() -> None:
    said = transcript_of(RESULT["segments"], "ko", 4.0)  # type: ignore[arg-type]
    edit = {"segments": [{"start": 0.0, "end": 2.0, "text": "네 네"}]}
    assert corrected(said, edit).text == "네 네"


def test_views_and_exports_of_a_job(tmp_path: Path) -> None:
    with gated(tmp_path, Gate()) as served, Client(served) as client:
        job_id = str(client.submit(language="en")["job_id"])
        said = client.ended(job_id)["result"]
        edit = {
            "segments": [{"start": 0.0, "end": 1.0, "text": "Mail jo.ann@example.com, please."}],
            "speakers": {"0": "Jo Ann"},
        }
        assert client.http.put(f"/edits/{job_id}", json=edit).status_code == 200
        for format in ("json", "txt", "srt", "vtt", "tsv"):
            path = f"/transcript/{job_id}?format={format}"
            original, masked = client.http.get(path), client.http.get(f"{path}&view=masked")
            assert original.status_code == masked.status_code == 200
            assert "jo.ann" in original.text
            assert "jo.ann" not in masked.text
            assert "Jo Ann" not in masked.text
        body = client.http.get(f"/transcript/{job_id}?view=masked").json()
        assert body["edited"]
        assert body["privacy_removal"]["privacy_types"] == ["EMAIL"]
        view = client.http.get(f"/transcribe-status/{job_id}?view=masked").json()["result"]
        assert view["text"] == said["text"]
        assert view["privacy_removal"]["privacy_exist"] == "N"
        assert client.http.get(f"/transcript/{job_id}?view=other").status_code == 422
        waiting = str(client.submit(language="en", prompt="slow")["job_id"])
        assert client.http.get(f"/transcript/{waiting}").status_code == 404
        client.http.post(f"/transcribe-cancel/{waiting}")


def test_the_times_of_masked_words() -> None:
    """By words; a tag covers the words that it replaced; without words, the whole segment."""
    words = (
        Word("call", 0.0, 0.5),
        Word(" 010", 1.0, 1.5),
        Word(" ****", 1.5, 2.0),
        Word(" thanks", 3.0, 3.5),
    )
    tagged = (Word("call", 4.0, 4.5), Word(" [PHONE]", 5.0, 5.2), Word(" thanks", 7.0, 7.5))
    masked = Transcript(
        (
            Segment(0.0, 4.0, "call 010 **** thanks", words),
            Segment(4.0, 8.0, "call [PHONE] thanks", tagged),
            Segment(8.0, 9.0, "my name is J***"),
            Segment(9.0, 9.5, "J***"),
            Segment(9.5, 10.0, "thanks", (Word("thanks", 9.5, 10.0),)),
        ),
        "en",
        10.0,
    )
    near = pytest.approx
    assert masked_spans(masked) == [near((1.42, 2.08)), near((4.92, 7.08)), near((8.0, 9.5))]


def test_the_masked_recording_of_a_job(tmp_path: Path) -> None:
    with gated(tmp_path, Gate()) as served, Client(served) as client:
        job_id = str(client.submit(language="en")["job_id"])
        client.ended(job_id)
        file_id = client.status(job_id)["file_id"]
        heard = client.http.get(f"/sound/{job_id}").content
        edit = {"segments": [{"start": 0.2, "end": 0.6, "text": "jo.ann@example.com"}]}
        assert client.http.put(f"/edits/{job_id}", json=edit).status_code == 200
        beeped = client.http.get(f"/sound/{job_id}", headers={"Range": "bytes=0-99999"})
        assert beeped.status_code == 206
        first, last = 44 + 2 * 3200, 44 + 2 * 9600  # 0.2 … 0.6 s after the header
        assert beeped.content[:first] == heard[:first]
        assert beeped.content[first:last] != heard[first:last]
        assert len(list((tmp_path / "page" / "sounds").iterdir())) == 1
        answer = client.http.put(f"/sound/{job_id}", json={"original": "remove"})
        assert answer.json()["original"] == "removed"
        stored = client.http.get(f"/audio/{file_id}")
        assert stored.content[: len(beeped.content)] == beeped.content[: len(stored.content)]
        assert stored.headers["content-type"] == "audio/x-wav"
        assert client.http.put(f"/sound/{job_id}", json={"original": "x"}).status_code == 422
        client.http.delete(f"/transcribe-jobs/{job_id}")
        assert client.http.get(f"/sound/{job_id}").status_code == 404
