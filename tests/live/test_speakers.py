"""Finals with speakers: the real server, the real model, the bundled network."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from realtime.app.speakers import make_voices
from realtime.live.speakers import MAX_SESSIONS, SpeakerService
from realtime.settings import Settings
from realtime.speakers.voices import Voices
from realtime.types import SAMPLE_RATE, Hypothesis, Samples, Window
from tests.serving import Served, serving
from tests.voices import HIGHER, TEXTS, as_wav, recorded, two_voices

HELLO, TIMER = TEXTS


async def finals_of(url: str) -> list[dict[str, Any]]:
    """All finals of the two voices."""
    async with connect(url) as socket:
        await socket.send(two_voices().astype("<f4").tobytes())
        await socket.send('{"type":"end"}')
        messages = [json.loads(message) async for message in socket]
    return [message for message in messages if message["type"] == "final"]


async def test_live_finals_and_their_words_say_who_speaks(server: Served) -> None:
    finals = await finals_of(f"{server.url}/?language=en&words=true&diarize=true")
    assert [final["text"] for final in finals] == [HELLO, TIMER, TIMER, HELLO]
    assert [final["speaker"] for final in finals] == [0, 1, 0, 1]
    for final in finals:
        assert {word["speaker"] for word in final["words"]} == {final["speaker"]}


async def test_the_synthetic_network_alone_identifies_no_speakers(
    tmp_path: Path,
) -> None:
    """Streams, files and the page get the reason, and transcripts are unaffected."""
    settings = Settings(
        port=0,
        api_port=0,
        web_port=0,
        model="bundled",
        speaker_model="auto",
        models_dir=tmp_path / "models",
        data_dir=tmp_path / "data",
    )
    with serving(settings) as served:
        address, english = f"{served.url}/?language=en&diarize=true", {"Accept-Language": "en"}
        async with connect(address, additional_headers=english) as socket:
            await socket.send(recorded("en-timer").astype("<f4").tobytes())
            await socket.send('{"type":"end"}')
            messages = [json.loads(message) async for message in socket]
        assert messages[0]["ignored"] == ["diarize"]
        (warning,) = [one for one in messages if one["type"] == "warning"]
        assert warning["code"] == "speakers_off"
        assert "trained on synthetic voices only" in warning["message"]
        finals = [one for one in messages if one["type"] == "final"]
        assert [final["text"] for final in finals] == [TIMER]
        assert "speaker" not in finals[0]

        upload = {"file": ("call.wav", as_wav(recorded("en-timer")))}
        async with httpx2.AsyncClient(timeout=60) as http:
            said = []
            for language in ("en", "ko"):
                answer = await http.post(
                    f"{served.api}/transcribe",
                    data={"language": "en", "diarize": "true"},
                    files=upload,
                    headers={"Accept-Language": language},
                )
                assert answer.status_code == 400
                said.append(answer.json()["detail"]["message"])
            config = (await http.get(f"{served.page}/api/config")).json()
        assert warning["message"] in said[0]
        assert "합성 음성" in said[1]
        assert config["speakers_off"] == warning["message"]


async def test_speakers_keep_their_numbers_in_the_next_session(server: Served) -> None:
    """The second speaker is Speaker 2 again, although that voice now comes first."""

    async def session(query: str, audio: Samples) -> tuple[dict[str, Any], list[int | None]]:
        async with connect(f"{server.url}/?language=en&diarize=true{query}") as socket:
            await socket.send(audio.astype("<f4").tobytes())
            await socket.send('{"type":"end"}')
            messages = [json.loads(message) async for message in socket]
        finals = [one for one in messages if one["type"] == "final"]
        return messages[0], [final["speaker"] for final in finals]

    first, spoken = await session("", two_voices())
    assert (spoken, "voices_known" in first) == ([0, 1, 0, 1], False)
    higher = recorded("en-timer", HIGHER)
    again, spoken = await session(f"&voices_from={first['session']}", higher)
    assert (again["voices_known"], spoken) == (2, [1])
    other, spoken = await session("&voices_from=unknown", higher)
    assert ("voices_known" in other, spoken) == (False, [0])


def test_a_limited_number_of_sessions_keeps_speakers() -> None:
    desk = SpeakerService(make_voices(Settings(speaker_model="bundled")))
    for number in range(MAX_SESSIONS + 1):
        speakers = desk.new(str(number))
    speakers.identify(Window(recorded("en-hello"), 0, True), 0.0, Hypothesis("hello"))
    assert desk.new("next", str(MAX_SESSIONS)).known == 1
    assert desk.new("other", "0").known == 0
    desk.close()


async def test_speakers_are_sent_only_if_requested(server: Served) -> None:
    for final in await finals_of(f"{server.url}/?language=en&words=true"):
        assert "speaker" not in final
        assert all("speaker" not in word for word in final["words"])


async def test_files_name_the_speaker_of_every_segment_and_subtitles_write_him(
    api: Served,
) -> None:
    upload = {"file": ("call.wav", as_wav(two_voices()))}
    fields = {"language": "en", "diarize": "true"}
    async with httpx2.AsyncClient(base_url=api.api, timeout=60) as http:
        body = (await http.post("/transcribe", data=fields, files=upload)).json()
        said = [(segment["speaker"], segment["text"]) for segment in body["segments"]]
        assert said == [(0, HELLO), (1, TIMER), (0, TIMER), (1, HELLO)]

        asked = {**fields, "output": "vtt"}
        vtt = (await http.post("/transcribe", data=asked, files=upload)).text
        assert f"<v Speaker 2>{TIMER}</v>" in vtt

        asked = {**fields, "response_format": "verbose_json"}
        openai = await http.post("/v1/audio/transcriptions", data=asked, files=upload)
        assert [segment["speaker"] for segment in openai.json()["segments"]] == [0, 1, 0, 1]

        asked = {"language": "en", "response_format": "diarized_json", "stream": "true"}
        events = (await http.post("/v1/audio/transcriptions", data=asked, files=upload)).text
        said = re.findall(r'"transcript.text.segment".*"text":"(.*?)","speaker":"(.*?)"', events)
        assert said == [(HELLO, "A"), (TIMER, "B"), (TIMER, "A"), (HELLO, "B")]

        both = {**fields, "multichannel": "true"}
        refused = await http.post("/transcribe", data=both, files=upload)
        assert refused.status_code == 422
        assert refused.json()["detail"]["field"] == "diarize"


def hypothesis_of(desk: SpeakerService, text: str) -> Hypothesis:
    """Identify the speakers of a final that begins 2 s into the stream; → its hypothesis."""
    window = Window(recorded("en-hello"), SAMPLE_RATE, True)
    answered, known_voices = threading.Event(), list[Hypothesis]()

    def answer(hypothesis: Hypothesis) -> None:
        known_voices.append(hypothesis)
        answered.set()

    desk.new("").submit(window, 2.0, Hypothesis(text), answer)
    assert answered.wait(60)
    return known_voices[0]


def test_only_new_audio_is_analysed_for_speakers() -> None:
    desk = SpeakerService(make_voices(Settings(speaker_model="bundled")))
    turns = hypothesis_of(desk, "help you").turns
    desk.close()
    assert turns is not None
    assert [turn.speaker for turn in turns] == [0]
    assert turns[0].start_s >= 2.0
    assert turns[0].end_s <= 1.0 + len(recorded("en-hello")) / SAMPLE_RATE


def test_an_empty_final_has_no_speaker() -> None:
    desk = SpeakerService(make_voices(Settings(speaker_model="bundled")))
    assert hypothesis_of(desk, "") == Hypothesis("", turns=())
    desk.close()


def test_a_failing_speaker_network_leaves_the_words() -> None:
    # The first call is for the rules, the second for the network.
    looks = iter([make_voices(Settings(speaker_model="bundled")).find()])
    desk = SpeakerService(Voices(lambda: next(looks)))
    assert hypothesis_of(desk, "help you") == Hypothesis("help you", turns=())
    desk.close()
