"""The same checks for every version of OpenAI's Python SDK, run with that version on the path.

Arguments: base URL of the API, a recording, its transcript.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import openai


def letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def check(base_url: str, path: str, said: str) -> None:
    client = openai.OpenAI(api_key="any", base_url=base_url, max_retries=0)
    audio = client.audio

    def same(text: str) -> None:
        assert letters(text) == letters(said), text

    with open(path, "rb") as file:
        plain = audio.transcriptions.create(file=file, model="whisper-1", language="en")
    same(plain.text)
    content = ("speech.wav", open(path, "rb").read())  # noqa: SIM115
    text = audio.transcriptions.create(file=content, model="x", response_format="text")
    same(str(text))
    srt = str(audio.transcriptions.create(file=content, model="x", response_format="srt"))
    assert srt.startswith("1\n00:00:"), srt
    vtt = str(audio.transcriptions.create(file=content, model="x", response_format="vtt"))
    assert vtt.startswith("WEBVTT"), vtt
    verbose = audio.transcriptions.create(
        file=content,
        model="gpt-4o-transcribe",
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        temperature=0.2,
        prompt="Hello.",
    )
    same(verbose.text)
    assert verbose.language == "english"
    assert verbose.words
    assert verbose.segments
    same(" ".join(word.word for word in verbose.words))
    same("".join(segment.text for segment in verbose.segments))
    assert all(word.start <= word.end <= verbose.duration for word in verbose.words)
    logprobs = audio.transcriptions.create(file=content, model="x", include=["logprobs"]).logprobs
    assert logprobs
    same("".join(item.token or "" for item in logprobs))
    streamed = list(audio.transcriptions.create(file=content, model="x", stream=True))
    same("".join(event.delta for event in streamed if event.type == "transcript.text.delta"))
    assert streamed[-1].type == "transcript.text.done"
    same(streamed[-1].text)
    # The bundled model is not trained to translate, so any text passes.
    assert audio.translations.create(file=content, model="whisper-1").text
    assert "whisper-1" in [model.id for model in client.models.list()]
    assert client.models.retrieve("Systran/faster-whisper-small").id.endswith("small")
    check_errors(client, content)
    asyncio.run(check_async(base_url, content, said))


def check_errors(client: openai.OpenAI, content: tuple[str, bytes]) -> None:
    create = client.audio.transcriptions.create
    wrong = refusal(lambda: create(file=content, model="x", language="the queen's"))
    assert isinstance(wrong, openai.BadRequestError)
    assert (wrong.param, wrong.type) == ("language", "invalid_request_error")
    assert (wrong.request_id or "").startswith("req_")
    junk = refusal(lambda: create(file=("a.wav", b"no audio" * 100), model="x"))
    assert (junk.status_code, junk.code) == (415, "not_audio")


def refusal(call: Callable[[], object]) -> openai.APIStatusError:
    """The error that a call raises."""
    try:
        call()
    except openai.APIStatusError as error:
        return error
    raise AssertionError("it went through")


async def check_async(base_url: str, content: tuple[str, bytes], said: str) -> None:
    async with openai.AsyncOpenAI(api_key="any", base_url=base_url) as client:
        many = [client.audio.transcriptions.create(file=content, model="x") for _ in range(3)]
        for answer in await asyncio.gather(*many):
            assert letters(answer.text) == letters(said)


if __name__ == "__main__":
    check(*sys.argv[1:4])
    sys.stdout.write(f"openai {openai.__version__}: good\n")
