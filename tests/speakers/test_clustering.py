"""From embeddings to speakers, in one pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from realtime.speakers.clustering import FULL_S, SURE_S, Clustering, ClusterOptions, unit
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


def test_speakers_are_numbered_as_they_appear_and_recognised() -> None:
    said = [stretch(5), stretch(2), stretch(5, tilt=0.4), stretch(2, tilt=0.4), stretch(7)]
    assert speakers(Clustering(OPTIONS), *said) == [0, 1, 0, 1, 2]


def test_a_stretch_too_short_to_tell_has_no_speaker() -> None:
    clustering = Clustering(OPTIONS)
    assert speakers(clustering, Stretch(0.0, 0.3, 0.3, None)) == [None]


def test_a_short_stretch_joins_a_speaker_and_makes_no_new_one() -> None:
    clustering = Clustering(OPTIONS)
    short = OPTIONS.founds_s / 2
    assert speakers(clustering, stretch(4, short)) == [None]
    assert speakers(clustering, stretch(0), stretch(4, short), stretch(2, short)) == [0, 0, 0]
    # It did not change that speaker's mean.
    assert speakers(clustering, stretch(1)) == [1]


def test_beyond_the_most_speakers_the_most_similar_is_chosen() -> None:
    clustering = Clustering(OPTIONS)
    assert speakers(clustering, *map(stretch, range(3))) == [0, 1, 2]
    assert speakers(clustering, stretch(7, tilt=0.3)) == [0]
    assert speakers(clustering, stretch(6)) == [0]


def test_a_mean_follows_a_changing_voice() -> None:
    clustering = Clustering(OPTIONS)
    for angle in np.linspace(0, np.pi / 2, 40):
        heard = np.array([np.cos(angle), np.sin(angle)], np.float32)
        assert speakers(clustering, Stretch(0.0, 4.0, 4.0, heard)) == [0]
    assert clustering.state[0][0] == FULL_S


def seen(stretch: Stretch, voice: int) -> Stretch:
    """The segmentation network assigned it to that voice of the window."""
    return replace(stretch, voice=(0, voice))


def test_stretches_of_one_voice_in_a_window_are_judged_together() -> None:
    # Too short to make a new speaker, each alone.
    short = OPTIONS.founds_s / 2
    assert speakers(Clustering(OPTIONS), stretch(3, short), stretch(3, short)) == [0, 0]


def test_numbers_follow_who_speaks_first_not_who_speaks_longest() -> None:
    clustering = Clustering(OPTIONS)
    assert speakers(clustering, stretch(3, 1.0), stretch(5, 9.0), stretch(6, 4.0)) == [0, 1, 2]
    assert speakers(clustering, stretch(6), stretch(3), stretch(5)) == [2, 0, 1]


def test_with_an_eased_threshold_little_similarity_is_enough() -> None:
    eased = replace(OPTIONS, threshold=0.8, easing=((1.0, 0.3), (2.0, 0.0)))
    for voiced_s, speaker in ((1.0, 0), (2.0, 1)):
        clustering = Clustering(eased)
        assert speakers(clustering, stretch(0)) == [0]
        assert speakers(clustering, stretch(0, voiced_s, tilt=1.0)) == [speaker]


def cosine(one: Stretch, other: Stretch) -> float:
    assert one.embedding is not None
    assert other.embedding is not None
    return float(one.embedding @ other.embedding)


def test_the_segmentation_network_decides_close_cases() -> None:
    # As similar as voices that are barely one, and barely two.
    just_one, just_two = stretch(0, tilt=1.6), stretch(0, tilt=1.8)
    assert 0.5 < cosine(stretch(0), just_one) < 0.6
    assert 0.45 < cosine(stretch(0), just_two) < 0.5
    for other, voice, said in (
        (just_one, None, [0, 0]),
        (just_one, 1, [0, 1]),
        (just_two, None, [0, 1]),
        (just_two, 0, [0, 0]),
    ):
        heard = other if voice is None else seen(other, voice)
        assert speakers(Clustering(OPTIONS), seen(stretch(0), 0), heard) == said
    # In another window, its numbers mean other voices.
    clustering = Clustering(OPTIONS)
    assert speakers(clustering, seen(stretch(0), 0)) == [0]
    assert speakers(clustering, seen(just_one, 1)) == [0]


def test_the_segmentation_network_may_know_where_there_is_too_little_audio() -> None:
    little = Stretch(3.0, 3.2, 0.2, None)
    window = [stretch(1), stretch(4), little, seen(little, 1)]
    window[1] = seen(window[1], 1)
    turns = Clustering(OPTIONS).turns(window)
    assert [turn.speaker for turn in turns] == [0, 1, None, 1]
    assert [turn.sure for turn in turns] == [True, True, False, False]


def test_a_speaker_with_little_speech_is_not_sure() -> None:
    turns = Clustering(OPTIONS).turns([stretch(1), stretch(1, SURE_S / 2)])
    assert [(turn.speaker, turn.sure) for turn in turns] == [(0, True), (0, False)]
    assert not Clustering(replace(OPTIONS, max_speakers=1)).turns([stretch(1), stretch(4)])[1].sure


def test_a_zero_vector_has_no_direction() -> None:
    assert unit(np.zeros(3, np.float32)).tolist() == [0.0, 0.0, 0.0]


voices = st.lists(
    st.tuples(st.integers(0, 7), st.floats(0.1, 5.0), st.floats(-1.0, 1.0)), max_size=30
)


@given(voices, st.integers(1, 5), st.floats(0.0, 1.0))
def test_numbers_have_no_gaps_and_a_limit(
    said: list[tuple[int, float, float]], most: int, threshold: float
) -> None:
    clustering = Clustering(ClusterOptions(threshold, most))
    found = [speakers(clustering, stretch(*voice))[0] for voice in said]
    seen: list[int] = []
    for speaker in found:
        if speaker is not None and speaker not in seen:
            seen.append(speaker)
    assert seen == list(range(len(seen)))
    assert len(seen) <= most


@given(voices, voices)
def test_a_restored_state_gives_the_same(
    before: list[tuple[int, float, float]], after: list[tuple[int, float, float]]
) -> None:
    # Tilts in tenths: the state is rounded, so none may lie exactly at the threshold.
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
