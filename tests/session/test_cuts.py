"""Long speech: no cut doubles or loses a word, and no packet size changes a word."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from realtime.backends.scripted import Edge, Hearing, Script, ScriptedBackend, ScriptedWord
from realtime.backends.whisper.traits import WhisperTraits
from realtime.session.chunker import ChunkOptions, samples
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, DecodeOptions
from tests.session.driver import Driver, SpanDetector
from tests.session.speaking import WORDS, audio, check_promises, make, utterances


@given(
    packet=st.sampled_from([1, 7, 160, 801, 1600, 4096, 16000, 200_000]),
    seconds=st.floats(2.0, 6.0),
)
@settings(max_examples=30, deadline=None)
def test_the_split_into_packets_changes_no_final(packet: int, seconds: float) -> None:
    script = utterances(1.0, 4.5)
    options = SessionOptions(partials=False, words=True)
    whole, split = make(script, options), make(script, options)
    whole.play(audio(6 + seconds), packet=1_000_000)
    split.play(audio(6 + seconds), packet=max(packet, 100))
    whole.end()
    split.end()
    assert [(f.text, f.start, f.end, f.words) for f in whole.finals] == [
        (f.text, f.start, f.end, f.words) for f in split.finals
    ]


@given(
    chunk_s=st.floats(2.0, 6.0),
    overlap_s=st.floats(0.0, 2.0),
    word_s=st.floats(0.12, 0.7),
    gap_s=st.floats(0.0, 0.12),
    edge=st.sampled_from(["drop", "keep", "garble"]),
    keep=st.floats(0.3, 0.9),
    jitter_s=st.floats(0.0, 0.08),
    seed=st.integers(0, 1000),
    delay=st.integers(0, 30),
    repeat=st.booleans(),
    lead_s=st.floats(0.3, 1.3),
)
@settings(max_examples=150, deadline=None)
def test_no_position_of_a_cut_doubles_or_loses_a_word(
    chunk_s: float,
    overlap_s: float,
    word_s: float,
    gap_s: float,
    edge: str,
    keep: float,
    jitter_s: float,
    seed: int,
    delay: int,
    repeat: bool,
    lead_s: float,
) -> None:
    """Speech without pauses is cut wherever the chunk ends."""
    pool = ["five", "five", "nine", "five", "oh", "nine", "nine"] if repeat else WORDS
    texts = [pool[i % len(pool)] + ("" if repeat else str(i // len(pool))) for i in range(30)]
    step = word_s + gap_s
    script = Script(
        tuple(
            ScriptedWord(text, lead_s + i * step, lead_s + i * step + word_s)
            for i, text in enumerate(texts)
        )
    )
    options = SessionOptions(chunk=ChunkOptions(chunk=samples(chunk_s), overlap=samples(overlap_s)))
    driver = make(
        script,
        options,
        delay,
        edge=edge,
        keep_fraction=keep,
        jitter_s=min(jitter_s, word_s / 4),
        seed=seed,
    )
    driver.play(audio(script.words[-1].end_s + 2))
    driver.end()
    assert driver.text.split() == texts
    check_promises(driver)
    for final in driver.finals:
        assert final.end - final.start <= chunk_s + 1e-3 or len(final.text.split()) == 1
    assert all(len(w.samples) <= 30 * SAMPLE_RATE for w in driver.windows)


@pytest.mark.parametrize("given", ["my", None])
def test_windows_are_short_where_the_language_takes_many_tokens(given: str | None) -> None:
    """In Burmese, 224 tokens are the text of five seconds, whatever chunks the client requests."""
    texts = [f"{WORDS[i % len(WORDS)]}{i}" for i in range(60)]
    words = [ScriptedWord(text, 0.5 + 0.5 * i, 0.9 + 0.5 * i) for i, text in enumerate(texts)]
    script = Script(tuple(words), language="my")
    traits = WhisperTraits()
    chunk = ChunkOptions(chunk=samples(28), overlap=samples(5), longest_s=traits.longest_s)
    driver = make(script, SessionOptions(DecodeOptions(language=given), chunk), delay=3)
    driver.play(audio(32))
    driver.end()
    assert driver.text.split() == texts
    longest = max(len(window.samples) for window in driver.windows)
    assert longest <= samples(traits.longest_s("my", "transcribe")) < samples(5)


@given(
    chunk_s=st.floats(3.0, 8.0),
    overlap_s=st.floats(0.2, 2.0),
    word_s=st.floats(0.2, 0.5),
    jitter_s=st.floats(0.0, 0.4),
    missed_s=st.sampled_from([0.0, 0.2, 0.4]),
    seed=st.integers(0, 1000),
)
@example(
    chunk_s=4.676780172714815,
    overlap_s=1.4961024785801875,
    word_s=0.4885825939091225,
    jitter_s=0.4,
    missed_s=0.8,
    seed=242,
)
@example(
    chunk_s=5.755279059239867,
    overlap_s=1.188988943866006,
    word_s=0.27798291183239165,
    jitter_s=0.4,
    missed_s=0.8,
    seed=310,
)
@example(
    chunk_s=7.393479277522598,
    overlap_s=1.1056897844850657,
    word_s=0.44299613510965447,
    jitter_s=0.2,
    missed_s=0.8,
    seed=530,
)
@example(
    chunk_s=3.5076593891356502,
    overlap_s=1.1553539727384705,
    word_s=0.3278830319624403,
    jitter_s=0.2,
    missed_s=0.8,
    seed=597,
)
@settings(max_examples=150, deadline=None)
def test_no_inexact_time_or_missed_word_doubles_or_loses_a_word(
    chunk_s: float, overlap_s: float, word_s: float, jitter_s: float, missed_s: float, seed: int
) -> None:
    """Stock weights behave like this: times are off by up to 0.4 s, differently in each window, and
    a word near a window's edge is in only one of two results. A model that misses more than the
    audio after a cut may lose a word on the wrong side of it; the examples lose one only if times
    alone decide."""
    texts = [f"{WORDS[i % len(WORDS)]}{i}" for i in range(40)]
    script = Script(
        tuple(
            ScriptedWord(text, 0.6 + i * word_s, 0.6 + (i + 1) * word_s)
            for i, text in enumerate(texts)
        )
    )
    options = SessionOptions(
        chunk=ChunkOptions(chunk=samples(chunk_s), overlap=samples(overlap_s)), partials=False
    )
    driver = make(script, options, jitter_s=jitter_s, seed=seed, missed_s=missed_s)
    driver.play(audio(script.words[-1].end_s + 2))
    driver.end()
    assert driver.text.split() == texts
    check_promises(driver)


@given(
    chunk_s=st.floats(3.0, 8.0),
    overlap_s=st.floats(0.2, 2.0),
    word_s=st.floats(0.2, 0.4),
    jitter_s=st.floats(0.0, 0.1),
    missed_s=st.floats(1.3, 1.7),
    seed=st.integers(0, 1000),
)
@settings(max_examples=100, deadline=None)
def test_no_word_missed_before_a_cut_is_lost(
    chunk_s: float, overlap_s: float, word_s: float, jitter_s: float, missed_s: float, seed: int
) -> None:
    """The word behind it is unlikely: the final ends before it, and the next window has both."""
    texts = [f"{WORDS[i % len(WORDS)]}{i}" for i in range(40)]
    step = range(len(texts))
    words = [ScriptedWord(texts[i], 0.6 + i * word_s, 0.6 + (i + 1) * word_s) for i in step]
    options = SessionOptions(
        chunk=ChunkOptions(chunk=samples(chunk_s), overlap=samples(overlap_s)), partials=False
    )
    script = Script(tuple(words))
    driver = make(script, options, jitter_s=jitter_s, seed=seed, missed_late_s=missed_s)
    driver.play(audio(words[-1].end_s + 2))
    driver.end()
    assert driver.text.split() == texts
    check_promises(driver)


@given(
    chunk_s=st.floats(3.0, 8.0),
    overlap_s=st.floats(0.2, 2.0),
    word_s=st.floats(0.2, 0.4),
    jitter_s=st.floats(0.0, 0.1),
    misplaced=st.integers(1, 2),
    partials=st.booleans(),
    seed=st.integers(0, 1000),
)
@settings(max_examples=100, deadline=None)
def test_no_first_word_timed_too_early_doubles_or_loses_a_word(
    chunk_s: float,
    overlap_s: float,
    word_s: float,
    jitter_s: float,
    misplaced: int,
    partials: bool,
    seed: int,
) -> None:
    """So it does where the model skips what it heard before the cut, and stretches the word after
    them."""
    texts = [f"{WORDS[i % len(WORDS)]}{i}" for i in range(40)]
    script = Script(
        tuple(
            ScriptedWord(text, 0.6 + i * word_s, 0.6 + (i + 1) * word_s)
            for i, text in enumerate(texts)
        )
    )
    options = SessionOptions(
        chunk=ChunkOptions(chunk=samples(chunk_s), overlap=samples(overlap_s)), partials=partials
    )
    driver = make(
        script,
        options,
        jitter_s=jitter_s,
        seed=seed,
        skipped_s=options.chunk.overlap / SAMPLE_RATE - 3 * jitter_s - 0.05,
        misplaced=misplaced,
    )
    driver.play(audio(script.words[-1].end_s + 2))
    driver.end()
    assert driver.text.split() == texts
    check_promises(driver)


@given(
    chunk_s=st.floats(2.0, 6.0),
    word_s=st.floats(0.3, 0.7),
    pause_s=st.floats(0.1, 0.16),
    edge=st.sampled_from(["drop", "keep", "garble"]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=100, deadline=None)
def test_a_silence_that_the_detector_finds_within_a_word_cuts_no_word(
    chunk_s: float, word_s: float, pause_s: float, edge: Edge, seed: int
) -> None:
    """For instance the closure of a plosive: the rest of the word alone is not a known word."""
    texts = [f"{WORDS[i % len(WORDS)]}{i}" for i in range(30)]
    words = [ScriptedWord(t, 0.5 + i * word_s, 0.5 + (i + 1) * word_s) for i, t in enumerate(texts)]
    script, end_s = Script(tuple(words)), words[-1].end_s
    at = [0.5 + (i + 0.5) * word_s for i in range(len(words)) if i % 3 == seed % 3]
    edges = [0.5, *(t for m in at for t in (m - pause_s / 2, m + pause_s / 2)), end_s]
    voiced = list(zip(edges[::2], edges[1::2], strict=True))
    options = SessionOptions(chunk=ChunkOptions(chunk=samples(chunk_s)), partials=False)
    backend = ScriptedBackend(script, Hearing(edge=edge))
    driver = Driver(Session(options, SpanDetector(voiced)), backend)
    driver.play(audio(end_s + 2))
    driver.end()
    assert driver.text.split() == texts
    check_promises(driver)
