"""The server's side of one stream, without a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.app.detectors import make_detector
from realtime.app.speakers import make_voices
from realtime.backends.scripted import TRAITS, Script, ScriptedBackend
from realtime.engine.engine import Engine
from realtime.errors import NotAudio
from realtime.live.options import EARLIEST_MS, StreamOptions, early_ms, endpoint_options
from realtime.live.speakers import SpeakerService
from realtime.live.stream import Stream, StreamFactory
from realtime.metrics import Metrics
from realtime.postprocess.privacy.live import LiveMask
from realtime.settings import Settings
from realtime.wire.config import StreamConfig, parse_config
from tests.server.support import script, tones
from tests.waiting import eventually

TALK = script("alpha bravo charlie/delta echo foxtrot", 0.3, 2.5)
SAID = ["alpha bravo charlie", "delta echo foxtrot"]
AUDIO = tones(TALK, 4.0)


@contextmanager
def factory(talk: Script = TALK) -> Iterator[StreamFactory]:
    metrics = Metrics()
    engine = Engine(lambda: ScriptedBackend(talk), metrics=metrics)
    engine.start()
    try:
        desk = SpeakerService(make_voices(Settings(speaker_model="bundled")))
        yield StreamFactory(
            engine, metrics, make_detector, lambda: StreamOptions(TRAITS), desk, LiveMask
        )
    finally:
        engine.stop()


def config(**values: object) -> StreamConfig:
    return parse_config(values, StreamConfig(vad="energy"))


def give(stream: Stream, data: bytes) -> None:
    while stream.receive(data):
        data = b""


def heard(stream: Stream) -> list[dict[str, Any]]:
    messages = []
    while (message := stream.outbox.take()) is not None:
        messages.append(json.loads(message))
    return messages


async def ended(stream: Stream) -> list[dict[str, Any]]:
    stream.end()
    await eventually(lambda: stream.ended)
    return heard(stream)


def finals(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages if message["type"] == "final"]


async def test_a_long_message_is_processed_in_pieces() -> None:
    with factory() as made:
        stream = made.new(config())
        data, turns = np.concatenate([AUDIO, np.zeros(60 * 16_000, np.float32)]).tobytes(), 0
        while stream.receive(data):
            data, turns = b"", turns + 1
        assert turns == 6  # of 10 s each, with other streams between them
        assert stream.audio_s == 64
        assert finals(await ended(stream)) == SAID
        assert made.metrics.registry.get_sample_value("realtime_audio_seconds_total") == 64
        stream.close()


@settings(max_examples=20)
@given(cut=st.integers(0, 30_000), channels=st.integers(1, 3), width=st.sampled_from([2, 4]))
def test_a_resumed_stream_reports_its_position(cut: int, channels: int, width: int) -> None:
    with factory() as made:
        encoding = {2: "s16le", 4: "f32le"}[width]
        stream = made.new(config(encoding=encoding, channels=channels))
        give(stream, bytes(cut))
        resumed = stream.resume()
        assert resumed.samples_received == cut // (channels * width)
        assert resumed.bytes_received == resumed.samples_received * channels * width
        give(stream, bytes(channels * width))
        assert stream.resume().samples_received == resumed.samples_received + 1
        stream.close()


async def test_options_before_audio_replace_all_others_and_keep_messages() -> None:
    with factory() as made:
        stream = made.new(config())
        stream.outbox.put_messages(['{"type":"ready","text":""}\n'])
        assert not stream.has_audio
        stream.restart(config(encoding="s16le", channels=2, multichannel=True))
        give(stream, (AUDIO.repeat(2) * 32767).astype("<i2").tobytes())
        assert stream.has_audio
        messages = await ended(stream)
        assert messages[0]["type"] == "ready"
        for channel in (0, 1):
            assert finals([m for m in messages if m.get("channel") == channel]) == SAID
        stream.close()


async def test_no_personal_data_is_queued_with_privacy() -> None:
    """A number spoken with a pause is in no partial, no stable text, no final and no word."""
    said = "my number is zero one zero five five/four two seven eight three six okay thanks"
    talk = script(said, 0.3, 4.5)
    with factory(talk) as made:
        for privacy in (False, True):
            stream = made.new(config(privacy=privacy, words=True))
            give(stream, tones(talk, 9.0).tobytes())
            messages = await ended(stream)
            told = json.dumps(messages)
            assert all((word in told) != privacy for word in ("zero", "five", "four", "two"))
            assert finals(messages)[0].startswith("my number is")
            assert finals(messages)[1].endswith("okay thanks")
            stream.close()


async def test_a_detected_rate_is_kept_for_later() -> None:
    with factory() as made:
        stream = made.new(config())
        stream.set_rate(48_000)
        assert stream.config.sample_rate_given
        give(
            stream,
            np.interp(np.arange(192_000) / 3, np.arange(64_000), AUDIO).astype("<f4").tobytes(),
        )
        assert finals(await ended(stream)) == SAID
        stream.close()


async def test_bytes_that_are_not_audio_end_the_stream() -> None:
    with factory() as made:
        stream = made.new(config(encoding="auto"))
        with pytest.raises(NotAudio):
            give(stream, b"this is a letter, and no recording at all" * 500)
        messages = await ended(stream)  # there is no second attempt
        assert messages == []
        stream.close()


async def test_a_stream_may_end_twice_with_audio_between() -> None:
    with factory() as made:
        stream = made.new(config())
        half = 2 * 16_000
        give(stream, AUDIO[:half].tobytes())
        first = await ended(stream)
        give(stream, AUDIO[half:].tobytes())
        assert finals(first) + finals(await ended(stream)) == SAID
        stream.close()


async def test_suspicions_are_reported_once() -> None:
    with factory() as made:
        stream = made.new(config())
        loud = np.full(16_000, 5.0, np.float32).tobytes()
        give(stream, loud)
        assert [found.code for found in stream.take_suspicions()] == ["too_loud"]
        give(stream, loud)
        assert stream.take_suspicions() == []
        stream.close()


async def test_ids_are_long_and_different() -> None:
    with factory() as made:
        streams = [made.new(config()) for _ in range(20)]
        assert len({stream.id for stream in streams}) == 20
        assert all(len(stream.id) >= 22 for stream in streams)  # 128 bits and more
        for stream in streams:
            stream.close()


def test_closing_twice_is_harmless() -> None:
    with factory() as made:
        stream = made.new(config(encoding="auto"))
        stream.close()
        stream.close()


@pytest.mark.parametrize(
    ("said", "final_s", "expected"),
    [
        ({}, 0.0, 0),  # not allowed, or the duration is unknown
        ({}, 0.05, 400),
        ({}, 1.0, EARLIEST_MS),
        ({"endpoint_ms": 2_000}, 0.5, 1_000),
        ({"diarize": True}, 0.1, 0),
    ],
)
def test_an_early_final_begins_so_that_it_is_ready_in_time(
    said: dict[str, object], final_s: float, expected: int
) -> None:
    assert early_ms(config(**said), final_s) == expected


@pytest.mark.parametrize(
    ("said", "partials", "expected"),
    [
        ({}, True, (0, 500)),
        ({"endpoint": "smart"}, True, (250, 1_000)),
        ({"endpoint": "smart"}, False, (0, 500)),  # the model must not be used before the deadline
        ({"endpoint": "smart", "diarize": True}, True, (0, 300)),
        ({"endpoint": "smart", "endpoint_ms": 700}, True, (0, 700)),
    ],
)
def test_the_text_decides_the_endpoint_if_partials_are_fast_enough(
    said: dict[str, object], partials: bool, expected: tuple[int, int]
) -> None:
    options = endpoint_options(config(**said), StreamOptions(replace(TRAITS, partials=partials)))
    most_ms = options.latest_ms if options.soonest_ms else options.endpoint_ms
    assert (options.soonest_ms, most_ms) == expected
    assert options.trailing_ms <= (options.soonest_ms or options.trailing_ms)


def test_the_limits_of_smart_endpointing_include_the_configured_silence() -> None:
    for silence_ms in (100, 2_000):
        defaults = StreamConfig(endpoint="smart", endpoint_ms=silence_ms)
        options = endpoint_options(parse_config({}, defaults), StreamOptions(TRAITS))
        assert options.soonest_ms <= options.endpoint_ms == silence_ms <= options.latest_ms
