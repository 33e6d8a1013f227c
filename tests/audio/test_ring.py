import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from realtime.audio.ring import RingBuffer
from realtime.types import Samples

SECOND = 16_000


def sound(words: list[int]) -> Samples:
    return np.array(words, np.float32) / np.float32(32768)


class RingAgainstList(RuleBasedStateMachine):
    """Compares the buffer with a plain list that keeps everything."""

    @initialize(start=st.integers(0, 10**12))
    def begin(self, start: int) -> None:
        self.ring = RingBuffer(start)
        self.words: list[int] = []
        self.offset = start
        self.trimmed = start

    @rule(length=st.integers(0, 3 * SECOND), seed=st.integers(0, 10**6))
    def append(self, length: int, seed: int) -> None:
        words = np.random.default_rng(seed).integers(-32768, 32768, length).tolist()
        self.ring.append(sound(words))
        self.words += words

    @rule(share=st.floats(0, 1))
    def trim(self, share: float) -> None:
        before = self.offset + int(share * len(self.words))
        self.ring.trim(before)
        self.trimmed = max(self.trimmed, before)

    @rule(a=st.floats(0, 1), b=st.floats(0, 1))
    def read(self, a: float, b: float) -> None:
        held = self.ring.end - self.trimmed
        start, end = sorted((self.trimmed + int(a * held), self.trimmed + int(b * held)))
        expected = self.words[start - self.offset : end - self.offset]
        assert np.array_equal(self.ring.read(start, end), sound(expected))

    @rule(gap=st.integers(1, 5))
    def read_outside(self, gap: int) -> None:
        with pytest.raises(IndexError, match="not held"):
            self.ring.read(self.trimmed - gap, self.trimmed)
        with pytest.raises(IndexError, match="not held"):
            self.ring.read(self.ring.end, self.ring.end + gap)
        with pytest.raises(IndexError, match="ends at"):
            self.ring.trim(self.ring.end + gap)

    @invariant()
    def bounds_agree(self) -> None:
        assert self.ring.start == self.trimmed
        assert self.ring.end == self.offset + len(self.words)
        assert len(self.ring) == self.ring.end - self.ring.start

    @invariant()
    def storage_follows_use(self) -> None:
        assert self.ring.capacity <= max(SECOND, 4 * len(self.ring))


RingAgainstList.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestRingAgainstList = RingAgainstList.TestCase


def test_nothing_is_held_before_the_first_sample() -> None:
    assert RingBuffer().capacity == 0


def test_it_grows_by_doubling_and_shrinks_again() -> None:
    ring = RingBuffer()
    packet = np.zeros(1600, np.float32)
    sizes = set()
    for _ in range(300):
        ring.append(packet)
        sizes.add(ring.capacity)
    assert sorted(sizes) == [SECOND * 2**k for k in range(6)]
    ring.trim(ring.end)
    assert ring.capacity == SECOND


def test_a_reader_that_keeps_up_never_grows_it() -> None:
    ring = RingBuffer()
    for at in range(0, 100 * SECOND, 512):
        ring.append(np.full(512, 0.25, np.float32))
        ring.trim(at)
    assert ring.capacity == SECOND
    assert np.all(ring.read(ring.start, ring.end) == 0.25)


def test_values_beyond_full_scale_are_clipped() -> None:
    ring = RingBuffer()
    ring.append(np.array([-2.0, 2.0, 1.0, -1.0], np.float32))
    top = 32767 / 32768
    assert ring.read(0, 4).tolist() == [-1.0, top, top, -1.0]


def test_trimming_to_an_earlier_index_does_nothing() -> None:
    ring = RingBuffer(start=100)
    ring.append(np.zeros(10, np.float32))
    ring.trim(5)
    assert ring.start == 100
