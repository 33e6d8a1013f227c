"""Synthetic speech is audible, and every word sounds at its time."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import SetupError
from realtime.load_test.synthetic.corpus import sessions
from realtime.load_test.synthetic.grammar import LANGUAGES, Language, sentence_of
from realtime.load_test.synthetic.speech import (
    HELD_OUT_FLITE,
    HELD_OUT_VARIANTS,
    TRAINING_FLITE,
    TRAINING_VARIANTS,
    Voice,
    draw_voice,
    speak,
)
from realtime.types import SAMPLE_RATE
from recipes.micro_whisper.dataset import Clip, Shares, load_clips, make_clips, save_clips

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("synthesisers")]


def test_no_voice_is_both_for_training_and_held_out() -> None:
    held_out = {*HELD_OUT_VARIANTS, *HELD_OUT_FLITE}
    assert not held_out & {*TRAINING_VARIANTS, *TRAINING_FLITE}
    rng = random.Random(0)
    for language in LANGUAGES:
        for _ in range(300):
            assert draw_voice(language, "training", rng).speaker not in held_out
            assert draw_voice(language, "held-out", rng).speaker in held_out


@pytest.mark.parametrize("variant", [*TRAINING_VARIANTS, *HELD_OUT_VARIANTS])
def test_every_voice_is_installed_and_speaks(variant: str) -> None:
    assert speak(sentence_of("en", "One moment please."), Voice("espeak", f"en-us+{variant}"))


def test_an_unknown_voice_is_named() -> None:
    with pytest.raises(SetupError, match="no voice nobody"):
        speak(sentence_of("en", "Hello."), Voice("espeak", "nobody"))
    with pytest.raises(SetupError, match="flite has no voice nobody"):
        speak(sentence_of("en", "Hello."), Voice("flite", "nobody"))


def test_an_empty_sentence_is_no_utterance() -> None:
    assert speak(sentence_of("en", ""), Voice("espeak", "en-us")) is None


def test_a_number_is_one_word_from_its_first_digit_to_its_last() -> None:
    said = speak(sentence_of("en", "Please call 555-0142."), Voice("espeak", "en-us+f2"))
    assert said is not None
    assert [word.text for word in said.words] == ["Please", "call", "555-0142."]
    number = said.words[-1]
    assert number.exact
    assert number.end_s - number.start_s > said.duration_s / 2


def test_a_pause_behind_a_comma_belongs_to_no_word() -> None:
    said = speak(sentence_of("en", "Yes, that is correct."), Voice("espeak", "en-us+f2"))
    assert said is not None
    yes, that = said.words[:2]
    assert that.start_s - yes.end_s > 0.1
    gap = said.samples[round(yes.end_s * SAMPLE_RATE) : round(that.start_s * SAMPLE_RATE)]
    assert np.abs(gap).max() <= 0.02


def test_words_that_are_run_together_share_their_time() -> None:
    said = speak(sentence_of("en", "Turn it on in the kitchen."), Voice("espeak", "en-us+f2"))
    assert said is not None
    shared = [word for word in said.words if not word.exact]
    assert [word.text for word in shared] == ["in", "the"]
    assert shared[0].start_s == shared[1].start_s
    assert shared[0].end_s == shared[1].end_s


def test_clips_have_a_word_for_each_written_word_in_order(clips: list[Clip]) -> None:
    for clip in clips:
        assert np.abs(clip.pcm).max() == pytest.approx(0.7 * 32767, abs=1)
        if clip.voice.synthesiser == "flite":
            assert clip.words == ()
            continue
        assert [word.text for word in clip.words] == clip.sentence.written.split()
        duration_s = len(clip.pcm) / SAMPLE_RATE
        assert all(0 <= word.start_s < word.end_s <= duration_s for word in clip.words)
        assert all(
            a.end_s <= b.start_s or (a.start_s, a.end_s) == (b.start_s, b.end_s)
            for a, b in pairwise(clip.words)
        )


def test_clips_come_back_from_the_disk(
    clips: list[Clip], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("clips") / "clips.npz"
    save_clips(clips, path)
    for saved, clip in zip(load_clips(path), clips, strict=True):
        assert (saved.sentence, saved.voice, saved.words) == (clip.sentence, clip.voice, clip.words)
        np.testing.assert_array_equal(saved.pcm, clip.pcm)


def test_a_file_without_clips_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clips.npz").write_bytes(b"no")
    for name in ("clips.npz", "missing.npz"):
        with pytest.raises(SetupError, match="make it with the command `speak`"):
            load_clips(tmp_path / name)


def test_equal_arguments_make_equal_clips(clips: list[Clip]) -> None:
    again = make_clips("en", 30, 1)
    for a, b in zip(again, clips[:30], strict=True):
        assert a.sentence == b.sentence
        np.testing.assert_array_equal(a.pcm, b.pcm)


def test_hard_clips_have_numbers_codecs_and_other_voices(clips: list[Clip]) -> None:
    hard = make_clips("en", 30, 1, shares=Shares(numbers=0.5, flite=0.5, coded=0.5))
    numbers = [clip for clip in hard if any(c.isdigit() for c in clip.sentence.written)]
    assert 8 <= len(numbers) <= 24
    assert 8 <= sum(clip.voice.synthesiser == "flite" for clip in hard) <= 22
    peaks = [np.abs(clip.pcm).max() / 32767 for clip in hard]
    assert 8 <= sum(abs(peak - 0.7) > 1e-3 for peak in peaks) <= 22, "codecs change the peak"


@pytest.mark.parametrize(("language", "speakers"), [("en", 5), ("ko", 4)])
def test_sessions_use_each_held_out_voice_in_turn(language: Language, speakers: int) -> None:
    made = sessions(language, 5, seed=3, count=speakers + 1)
    heard = [session.voice.speaker for session in made]
    assert len(set(heard)) == speakers
    assert heard[-1] == heard[0]
    assert set(heard) <= {*HELD_OUT_VARIANTS, *HELD_OUT_FLITE}


def test_sessions_are_labelled_and_reproducible() -> None:
    first, second = (sessions("en", 8, seed=5, count=2) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.samples, b.samples)
        assert a.sentences == b.sentences
    for session in first:
        assert session.duration_s >= 8
        assert session.text.split() == [w for s in session.sentences for w in s.text.split()]
        for sentence in session.sentences:
            span = slice(*(round(t * SAMPLE_RATE) for t in (sentence.start_s, sentence.end_s)))
            assert np.abs(session.samples[span]).max() == pytest.approx(0.7, abs=1e-3)
            if sentence.words:
                assert " ".join(word.text for word in sentence.words) == sentence.text
        for before, after in pairwise(session.sentences):
            gap = slice(*(round(t * SAMPLE_RATE) for t in (before.end_s, after.start_s)))
            assert not session.samples[gap].any()
            assert 0.6 <= after.start_s - before.end_s <= 1.5
