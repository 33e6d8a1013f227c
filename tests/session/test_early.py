"""Finals decoded during the hangover: the same words, earlier or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import DecodeFailed
from realtime.session.chunker import ChunkOptions, samples
from realtime.session.endpoint import EndpointOptions
from realtime.session.events import Final
from realtime.session.options import SessionOptions
from realtime.types import Urgency
from tests.session.driver import Driver
from tests.session.speaking import WORDS, audio, check_promises, make, said, utterances

PACKET = 512
"""One frame of the detector."""


def early(early_ms: int = 200, **others: object) -> SessionOptions:
    return SessionOptions(endpoint=EndpointOptions(early_ms=early_ms), **others)  # type: ignore[arg-type]


def finals(driver: Driver) -> list[tuple[int, str, float, float, bool]]:
    return [(f.id, f.text, f.start, f.end, f.endpoint) for f in driver.finals]


def test_an_early_final_is_ready_when_the_hangover_ends() -> None:
    """The model takes 0.15 s; without early decoding, the final comes 0.15 s later."""
    came: dict[int, int] = {}
    for early_ms in (0, 200):
        driver = make(utterances(1.0), early(early_ms, partials=False), delay=5)
        while not driver.finals:
            driver.play(audio(0.032), PACKET)
        came[early_ms] = driver.session.samples_received
        assert driver.finals[0].text == said(utterances(1.0))
    assert came[0] - came[200] == 5 * PACKET
    ended = utterances(1.0).words[-1].end_s
    assert came[200] / 16_000 - ended == pytest.approx(0.5, abs=0.05)


def test_an_early_final_decodes_the_same_audio() -> None:
    windows = []
    for early_ms in (0, 200):
        driver = make(utterances(1.0), early(early_ms, partials=False))
        noise = np.random.default_rng(1).normal(0, 0.01, samples(4)).astype(np.float32)
        driver.play(noise)
        windows.append(driver.windows)
    (due,), (ahead,) = windows
    assert (due.start, due.options, due.final) == (ahead.start, ahead.options, ahead.final)
    assert np.array_equal(due.samples, ahead.samples)


def test_an_early_final_has_its_own_urgency_until_it_is_due() -> None:
    driver = make(utterances(1.0), early(partials=False))
    session, end_s = driver.session, utterances(1.0).words[-1].end_s
    session.receive_audio(audio(end_s + 0.4))
    next_request = session.next_request()
    assert next_request is not None
    assert (next_request.urgency, next_request.shape.final, next_request.missed) == (
        Urgency.EARLY_FINAL,
        True,
        0,
    )
    session.receive_audio(audio(0.2))
    next_request = session.next_request()
    assert next_request is not None
    assert next_request.urgency is Urgency.FINAL


@pytest.mark.parametrize("decode_ms", [0, 150])
def test_no_partial_delays_the_early_final_of_its_own_stream(decode_ms: int) -> None:
    options = SessionOptions(endpoint=EndpointOptions(early_ms=200, decode_ms=decode_ms))
    session, end_s = make(utterances(1.0), options).session, utterances(1.0).words[-1].end_s
    at_s, wanted = 0.0, {}
    for silence_s in (0.1, 0.25, 0.4):
        session.receive_audio(audio(end_s + silence_s - at_s))
        at_s = end_s + silence_s
        request = session.next_request()
        wanted[silence_s] = None if request is None else request.urgency
    late = None if decode_ms else Urgency.FIRST_PARTIAL
    assert wanted == {0.1: Urgency.FIRST_PARTIAL, 0.25: late, 0.4: Urgency.EARLY_FINAL}


def test_an_early_final_is_dropped_if_speech_continues() -> None:
    script = utterances(1.0, 3.3)  # 0.4 s between them
    driver = make(script, early(words=True), delay=1)
    driver.play(audio(8), PACKET)
    (final,) = driver.finals
    assert final.text == said(script)
    assert driver.session.ahead.dropped
    assert driver.session.ahead.sent
    # Its result serves as a partial.
    assert any(partial.text == " ".join(WORDS[:5]) for partial in driver.partials)
    check_promises(driver)


def test_words_of_an_early_final_are_shown_and_stable_before_it() -> None:
    driver = make(utterances(1.0), early())
    driver.play(audio(utterances(1.0).words[-1].end_s + 0.4), PACKET)
    assert driver.finals == []
    shown = driver.partials[-1]
    assert (shown.text, shown.stable) == (said(utterances(1.0)), " ".join(WORDS[:4]))
    driver.play(audio(1.0), PACKET)
    assert driver.text == said(utterances(1.0))
    check_promises(driver)


def test_without_partials_a_dropped_early_final_shows_nothing() -> None:
    driver = make(utterances(1.0, 3.3), early(words=True, partials=False))
    driver.play(audio(8), PACKET)
    assert driver.session.ahead.dropped
    assert driver.partials == []
    assert driver.text == said(utterances(1.0, 3.3))


def test_a_flush_in_the_hangover_is_answered_by_all_that_was_received() -> None:
    driver = make(utterances(1.0), early(partials=False))
    driver.play(audio(utterances(1.0).words[-1].end_s + 0.4), PACKET)
    driver.session.flush()
    driver.settle()
    (final,) = driver.finals
    assert (final.text, final.flush, final.endpoint) == (said(utterances(1.0)), True, False)
    assert driver.session.ahead.dropped


def test_a_flush_during_an_early_final_is_answered_by_it() -> None:
    driver = make(utterances(1.0), early(partials=False), delay=10_000)
    driver.play(audio(4), PACKET)
    driver.session.flush()
    driver.settle()
    assert [(f.text, f.flush) for f in driver.finals] == [(said(utterances(1.0)), True)]


def test_clear_drops_the_early_final() -> None:
    driver = make(utterances(1.0), early(partials=False))
    driver.play(audio(utterances(1.0).words[-1].end_s + 0.4), PACKET)
    assert driver.windows
    driver.session.clear()
    driver.play(audio(3), PACKET)
    assert driver.finals == []


def test_a_failed_early_final_is_decoded_again_when_it_is_due() -> None:
    driver = make(utterances(1.0), early(partials=False), delay=10_000)
    driver.play(audio(utterances(1.0).words[-1].end_s + 0.4), PACKET)
    driver.session.receive_failure(DecodeFailed("broken"))
    driver._out, driver.delay = None, 0
    assert driver.session.next_request() is None
    driver.play(audio(3), PACKET)
    assert driver.text == said(utterances(1.0))
    assert all(isinstance(event, Final) for event in driver.events if hasattr(event, "id"))


def test_audio_beyond_the_limit_is_cut_before_an_early_final() -> None:
    """The silence begins just after the limit, so the audio before it must be cut off first."""
    script = utterances(1.0, words=8)
    chunk = ChunkOptions(chunk=samples(script.words[-1].end_s - 0.75))
    driver = make(script, early(partials=False, chunk=chunk))
    driver.play(audio(8), PACKET)
    assert driver.text == said(script)
    assert len(driver.finals) == 2


@given(
    st.lists(st.floats(0.15, 0.9), min_size=1, max_size=4),
    st.integers(1, 900),
    st.integers(0, 25),
    st.booleans(),
)
def test_early_decoding_changes_no_final(
    gaps_s: list[float], early_ms: int, delay: int, partials: bool
) -> None:
    starts, at = [1.0], 1.0
    for gap_s in gaps_s:
        at += 5 * 0.4 - 0.1 + gap_s
        starts.append(at)
    script, heard = utterances(*starts), []
    for wait_ms in (0, early_ms):
        driver = make(script, early(wait_ms, partials=partials), delay=delay)
        driver.play(audio(at + 4), PACKET)
        driver.end()
        check_promises(driver)
        heard.append(finals(driver))
    assert heard[0] == heard[1]
