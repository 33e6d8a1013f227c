"""One stream, with a scripted backend and a scripted detector."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from realtime.backends.scripted import Script, ScriptedBackend, ScriptedWord
from realtime.errors import DecodeFailed
from realtime.session.chunker import ChunkOptions, samples
from realtime.session.events import Failed, Final, SpeechEnded, SpeechStarted
from realtime.session.options import SessionOptions
from realtime.session.session import Session
from realtime.types import SAMPLE_RATE, DecodeOptions, Hypothesis, Samples
from realtime.vad.base import Probabilities
from tests.session.driver import Driver, SpanDetector
from tests.session.speaking import WORDS, audio, check_promises, make, said, spans, utterances


def test_one_utterance_becomes_partials_and_one_final() -> None:
    script = utterances(1.0)
    driver = make(script)
    driver.play(audio(5))
    (final,) = driver.finals
    assert final.text == said(script)
    assert final.endpoint
    assert not final.flush
    assert final.start == pytest.approx(1.0, abs=0.04)
    assert final.end == pytest.approx(script.words[-1].end_s, abs=0.04)
    assert len(driver.partials) >= 3
    assert driver.partials[-1].stable
    check_promises(driver)


def test_silence_costs_no_pass() -> None:
    driver = make(Script(()))
    driver.play(audio(120))
    driver.end()
    assert driver.windows == []
    assert driver.finals == []
    assert driver.ended


def test_speech_events_come_in_order() -> None:
    driver = make(utterances(1.0, 5.0))
    driver.play(audio(9))
    marks = [e for e in driver.events if isinstance(e, SpeechStarted | SpeechEnded)]
    assert [type(m) for m in marks] == [SpeechStarted, SpeechEnded] * 2
    assert [m.t for m in marks] == sorted(m.t for m in marks)


def test_padding_before_the_onset_is_heard() -> None:
    driver = make(utterances(1.0))
    driver.play(audio(4))
    assert driver.windows[0].start <= samples(0.7)


def test_words_are_sent_only_if_requested() -> None:
    for wanted in (False, True):
        driver = make(utterances(1.0), SessionOptions(words=wanted))
        driver.play(audio(5))
        words = driver.finals[0].words
        assert (words is not None) == wanted
        if words:
            assert [w.text.strip() for w in words] == WORDS[:5]
            assert words[0].start_s == pytest.approx(1.0, abs=0.05)


def test_without_partials_only_finals_are_decoded() -> None:
    driver = make(utterances(1.0), SessionOptions(partials=False))
    driver.play(audio(5))
    assert driver.partials == []
    assert len(driver.windows) == 1
    assert driver.finals[0].text == said(utterances(1.0))


def test_flush_finalises_in_mid_speech_and_stays_open() -> None:
    script = utterances(1.0, words=10)
    driver = make(script)
    driver.play(audio(script.words[4].end_s + 0.05))
    driver.session.flush()
    driver.settle()
    assert driver.finals[0].flush
    assert not driver.finals[0].endpoint
    assert driver.finals[0].text == " ".join(WORDS[:5])
    driver.play(audio(5))
    assert driver.text == said(script)
    check_promises(driver)


def test_flush_in_silence_is_answered_by_an_empty_final() -> None:
    driver = make(Script(()))
    driver.play(audio(2))
    driver.session.flush()
    driver.settle()
    (final,) = driver.finals
    assert final.flush
    assert final.text == ""


def test_every_flush_has_its_answer() -> None:
    driver = make(utterances(1.0), delay=10_000)
    driver.play(audio(4))
    driver.session.flush()
    driver.session.flush()
    driver.settle()
    driver.session.flush()
    driver.settle()
    assert [(f.id, f.flush, bool(f.text)) for f in driver.finals] == [
        (0, True, True),
        (1, True, False),
        (2, True, False),
    ]


def test_flush_waits_for_earlier_utterances() -> None:
    script = utterances(1.0, 4.0)
    driver = make(script, delay=10_000)
    driver.play(audio(8))
    driver.session.flush()
    driver.settle()
    assert [f.flush for f in driver.finals] == [False, True]
    assert driver.text == said(script)


def test_end_gives_the_last_words() -> None:
    script = utterances(1.0, words=8)
    driver = make(script)
    driver.play(audio(script.words[-1].end_s))
    driver.end()
    assert driver.text == said(script)
    assert driver.ended


def test_clear_drops_what_is_not_final() -> None:
    script = utterances(1.0, 6.0)
    driver = make(script)
    driver.play(audio(2.5))
    shown = driver.partials[-1].stable
    driver.session.clear()
    driver.play(audio(7))
    assert driver.finals[0].text == shown
    assert driver.finals[-1].text == " ".join(WORDS[5:10])
    check_promises(driver)


def test_a_failed_final_leaves_the_stable_words_and_the_stream_goes_on() -> None:
    script = utterances(1.0, 6.0)
    driver = make(script)
    driver.play(audio(3.0))
    stable = driver.partials[-1].stable
    driver.session.flush(answer=False)
    assert driver.session.take_window() is not None
    driver.session.receive_failure(DecodeFailed("broken"))
    driver.play(audio(6.5))
    driver.end()
    assert driver.finals[0].text.startswith(stable)
    assert driver.finals[-1].text == " ".join(WORDS[5:10])
    check_promises(driver)


def test_nothing_is_due_while_a_window_is_out() -> None:
    driver = make(utterances(1.0), delay=10_000)
    driver.play(audio(3))
    assert driver.session.next_request() is None
    # A caller whose worker hung on the window gets the same one again.
    assert driver.session.take_window() is driver.windows[-1]


def test_nothing_can_be_taken_in_silence() -> None:
    assert make(Script(())).session.take_window() is None


def test_a_lost_partial_has_no_effect() -> None:
    script = utterances(1.0)
    driver = make(script, delay=10_000)
    driver.play(audio(2))
    assert driver.windows
    driver.session.receive_failure(DecodeFailed("broken"))
    assert driver.session.events_to_send() == []
    driver._out = None
    driver.delay = 0
    driver.play(audio(3))
    assert driver.text == said(script)


def test_a_failed_cut_moves_on() -> None:
    script = utterances(1.0, words=30)
    options = SessionOptions(chunk=ChunkOptions(chunk=samples(4)), partials=False)
    driver = make(script, options, delay=10_000)
    driver.play(audio(6.5))
    assert driver.windows[-1].final
    driver.session.receive_failure(DecodeFailed("broken"))
    failed, final = [e for e in driver.session.events_to_send() if hasattr(e, "id")]
    assert isinstance(failed, Failed)
    assert isinstance(final, Final)
    assert (failed.id, final.id, final.text) == (0, 0, "")
    driver._out, driver.delay = None, 0
    driver.play(audio(10))
    driver.end()
    assert driver.text.split()[-20:] == [w.text for w in script.words][-20:]


def test_an_answer_after_clear_is_dropped() -> None:
    driver = make(utterances(1.0), delay=10_000)
    driver.play(audio(2))
    driver.session.clear()
    driver.session.receive_hypothesis(Hypothesis("too late"))
    driver.session.clear()
    driver.session.receive_failure(DecodeFailed("too late"))
    assert driver.session.events_to_send() == []


def test_clear_answers_a_flush_that_waits() -> None:
    driver = make(utterances(1.0), delay=10_000)
    driver.play(audio(2))
    driver.session.flush()
    driver.session.flush()
    driver.session.clear()
    driver.step()
    assert [f.flush for f in driver.finals] == [True, True]


def test_changed_options_apply_from_the_next_utterance() -> None:
    driver = make(utterances(1.0, 5.0), SessionOptions(partials=False))
    driver.play(audio(2))
    driver.session.update(DecodeOptions(language="ko"), words=True)
    driver.play(audio(6))
    assert [w.options.language for w in driver.windows] == [None, "ko"]
    assert [f.words is not None for f in driver.finals] == [False, True]


def test_partials_become_rarer_while_no_word_is_recognised() -> None:
    silent = ScriptedBackend(Script(()))
    driver = Driver(Session(SessionOptions(), SpanDetector([(1.0, 14.0)])), silent)
    driver.play(audio(13))
    driver.end()
    assert driver.finals == []
    ends = [window.end / SAMPLE_RATE for window in driver.windows if not window.final]
    assert len(ends) <= 6
    first, second, third = (after - before for before, after in pairwise(ends[:4]))
    assert first < 0.7, "the first one may have come before the first word"
    assert first < second < third


def test_a_word_longer_than_the_chunk_is_waited_for() -> None:
    script = Script((ScriptedWord("looooong", 1.0, 4.5), ScriptedWord("short", 4.6, 5.0)))
    options = SessionOptions(chunk=ChunkOptions(chunk=samples(2)))
    driver = make(script, options, edge="keep", keep_fraction=0.2)
    driver.play(audio(8))
    driver.end()
    assert driver.text == "looooong short"


def test_an_endless_sound_is_cut() -> None:
    script = Script((ScriptedWord("aaaa", 1.0, 70.0),))
    driver = make(script, SessionOptions(partials=False), edge="keep", keep_fraction=0.01)
    driver.play(audio(75))
    driver.end()
    assert driver.ended
    assert all(len(w.samples) <= 30 * SAMPLE_RATE for w in driver.windows)
    check_promises(driver)


def test_the_last_incomplete_frame_is_decoded() -> None:
    script = Script((ScriptedWord("yes", 0.0, 0.02),))
    driver = make(script)
    driver.session.receive_audio(audio(0.02))
    driver.end()
    assert driver.text == "yes"


def test_an_unconfirmed_onset_is_decoded_at_the_end() -> None:
    script = Script((ScriptedWord("hm", 1.0, 1.06),))
    driver = make(script)
    driver.play(audio(1.06))
    assert driver.session.speaking
    driver.end()
    assert driver.text == "hm"


def test_audio_of_an_onset_is_kept_until_it_is_confirmed() -> None:
    script = Script((ScriptedWord("yes", 1.0, 1.3),))
    driver = make(script)
    driver.play(audio(1.05), packet=512)
    ring = driver.session._tracker._ring
    assert ring.start <= samples(0.72)
    driver.play(audio(3))
    assert driver.text == "yes"


def test_long_speech_is_cut_at_a_pause_where_there_is_one() -> None:
    script = utterances(1.0, 4.5, 8.0, words=8)
    options = SessionOptions(chunk=ChunkOptions(chunk=samples(5)))
    driver = make(script, options)
    driver.play(audio(14))
    driver.end()
    assert [final.text for final in driver.finals] == [
        " ".join(word.text for word in script.words[at : at + 8]) for at in (0, 8, 16)
    ]
    assert [final.endpoint for final in driver.finals] == [False, False, True]


def test_lag_is_the_audio_that_was_not_decoded_yet() -> None:
    driver = make(utterances(1.0, words=40), delay=10_000)
    assert driver.session.lag_s == 0.0
    driver.play(audio(10))
    assert driver.session.lag_s > 7


def test_a_long_silence_leaves_only_the_padding_in_memory() -> None:
    driver = make(utterances(1.0))
    driver.play(audio(60))
    ring = driver.session._tracker._ring
    assert ring.end - ring.start <= samples(0.4)


def test_ids_continue_after_those_of_an_earlier_session() -> None:
    session = Session(SessionOptions(), SpanDetector([]), first_id=7)
    assert session.next_id == 7
    session.flush()
    [final] = session.events_to_send()
    assert isinstance(final, Final)
    assert (final.id, session.next_id) == (7, 8)


def test_without_a_detector_windows_have_no_speech_ranges() -> None:
    driver = make(utterances(1.0), SessionOptions(judged=False))
    driver.play(audio(5))
    driver.end()
    assert driver.windows
    assert all(window.speech is None for window in driver.windows)


def test_windows_have_the_probability_of_the_detector() -> None:
    class Soft(SpanDetector):
        def probabilities(self, samples: Samples) -> Probabilities:
            return super().probabilities(samples) * np.float32(0.75)

    script = utterances(1.0)
    for judged in (True, False):
        options = SessionOptions(judged=judged)
        backend = ScriptedBackend(script)
        driver = Driver(Session(options, Soft(spans(script))), backend)
        driver.play(audio(5))
        assert driver.finals
        assert {window.voice for window in driver.windows} == {0.75 if judged else None}
