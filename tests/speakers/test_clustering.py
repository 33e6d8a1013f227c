"""Embeddings → speakers, in one pass."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.speakers.clustering import FOUNDS_S, Clustering, ClusterOptions, unit
from realtime.speakers.stretches import Stretch

OPTIONS = ClusterOptions(threshold=0.5, max_speakers=3)


def stretch(direction: int, voiced_s: float = 2.0, tilt: float = 0.0) -> Stretch:
    """A voice along one axis, tilted a little towards another."""
    vector = np.zeros(8, np.float32)
    vector[direction] = 1.0
    vector[(direction + 1) % 8] += tilt
    return Stretch(0.0, voiced_s, voiced_s, unit(vector))


def speakers(clustering: Clustering, *stretches: Stretch) -> list[int | None]:
    return [turn.speaker for turn in clustering.turns(stretches)]


def test_speakers_are_numbered_as_they_appear_and_known_again() -> None:
    said = [stretch(5), stretch(2), stretch(5, tilt=0.4), stretch(2, tilt=0.4), stretch(7)]
    assert speakers(Clustering(OPTIONS), *said) == [0, 1, 0, 1, 2]


def test_what_is_too_short_to_tell_is_nobodys() -> None:
    clustering = Clustering(OPTIONS)
    assert speakers(clustering, Stretch(0.0, 0.3, 0.3, None)) == [None]


def test_a_short_stretch_joins_and_never_founds() -> None:
    clustering = Clustering(OPTIONS)
    short = FOUNDS_S / 2
    assert speakers(clustering, stretch(4, short)) == [None]
    assert speakers(clustering, stretch(0), stretch(4, short), stretch(1, short)) == [0, 0, 0]
    # It had no say in what that voice is like.
    assert speakers(clustering, stretch(1)) == [1]


def test_beyond_the_most_speakers_everybody_is_the_most_similar() -> None:
    clustering = Clustering(OPTIONS)
    assert speakers(clustering, *map(stretch, range(3))) == [0, 1, 2]
    assert speakers(clustering, stretch(7, tilt=0.3), stretch(6)) == [0, 0]


def test_a_mean_follows_a_voice_that_changes() -> None:
    clustering = Clustering(OPTIONS)
    angles = np.linspace(0, np.pi / 2, 40)
    turning = [Stretch(0.0, 4.0, 4.0, np.array([np.cos(a), np.sin(a)], np.float32)) for a in angles]
    assert set(speakers(clustering, *turning)) == {0}


def test_nothing_has_no_direction() -> None:
    assert unit(np.zeros(3, np.float32)).tolist() == [0.0, 0.0, 0.0]


voices = st.lists(
    st.tuples(st.integers(0, 7), st.floats(0.1, 5.0), st.floats(-1.0, 1.0)), max_size=30
)


@given(voices, st.integers(1, 5), st.floats(0.0, 1.0))
def test_numbers_have_no_gaps_and_a_bound(
    said: list[tuple[int, float, float]], most: int, threshold: float
) -> None:
    found = speakers(
        Clustering(ClusterOptions(threshold, most)), *(stretch(*voice) for voice in said)
    )
    seen: list[int] = []
    for speaker in found:
        if speaker is not None and speaker not in seen:
            seen.append(speaker)
    assert seen == list(range(len(seen)))
    assert len(seen) <= most


@given(voices, voices)
def test_whoever_goes_on_from_the_state_says_the_same(
    before: list[tuple[int, float, float]], after: list[tuple[int, float, float]]
) -> None:
    # Tilts in tenths: the state is rounded, so none may lie at the very threshold.
    first, second = (
        [stretch(axis, voiced_s, round(tilt, 1)) for axis, voiced_s, tilt in said]
        for said in (before, after)
    )
    options = ClusterOptions(0.5123, 4)
    whole, part = Clustering(options), Clustering(options)
    whole.turns(first)
    part.turns(first)
    resumed = Clustering(options, part.state)
    assert speakers(resumed, *second) == speakers(whole, *second)
