"""Subtitles can be parsed again, and people can read them."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.files.cues import (
    BY_LANGUAGE,
    GAP_S,
    LATIN,
    MAX_CUE_S,
    MIN_CUE_S,
    Cue,
    cues,
    width,
)
from realtime.files.formats import render
from realtime.types import Segment, Transcript, Word

TIMING = re.compile(r"(\d\d+):(\d\d):(\d\d)[.,](\d\d\d) --> (\d\d+):(\d\d):(\d\d)[.,](\d\d\d)")


def parse(text: str, *, webvtt: bool) -> list[tuple[int, int, str]]:
    """(start ms, end ms, text) of every cue, as a player reads them."""
    found = []
    for block in text.split("\n\n"):
        lines = block.strip("\n").split("\n")
        at = next((i for i, line in enumerate(lines) if TIMING.fullmatch(line)), None)
        if at is None:
            assert lines == ["WEBVTT"] or lines == [""]
            continue
        match = TIMING.fullmatch(lines[at])
        assert match
        values = [int(v) for v in match.groups()]
        start, end = (
            ((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (values[:4], values[4:])
        )
        said = "\n".join(lines[at + 1 :])
        if webvtt:
            said = html.unescape(re.sub(r"^<v [^>]*>|</v>$", "", said))
        found.append((start, end, said))
    return found


def spoken(*segments: tuple[float, float, str], language: str = "en") -> Transcript:
    made = tuple(Segment(start, end, text) for start, end, text in segments)
    return Transcript(made, language, made[-1].end_s if made else 0.0)


TEXTS = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from("<>&-가나다"),
        min_size=1,
        max_size=30,
    ),
    min_size=1,
    max_size=30,
).map(" ".join)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    at, made = 0.0, []
    multichannel, timed = draw(st.booleans()), draw(st.booleans())
    for text in draw(st.lists(TEXTS, max_size=6)):
        start = at + draw(st.floats(0, 3))
        end = start + draw(st.floats(0.05, 20))
        words: tuple[Word, ...] = ()
        if timed:
            parts = text.split()
            step = (end - start) / len(parts)
            words = tuple(
                Word(f" {part}", start + i * step, start + (i + 1) * step)
                for i, part in enumerate(parts)
            )
        channel = draw(st.integers(0, 2)) if multichannel else None
        made.append(Segment(start, end, text, words, channel))
        at = end
    return Transcript(tuple(made), draw(st.sampled_from(["en", "ko", "ja"])), at)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@settings(max_examples=40)
@given(transcripts())
def test_srt_and_vtt_hold_every_word_in_order(transcript: Transcript) -> None:
    for webvtt in (False, True):
        read = parse(render(transcript, "vtt" if webvtt else "srt"), webvtt=webvtt)
        written = cues(transcript, named=not webvtt)
        assert [text for _, _, text in read] == ["\n".join(cue.lines) for cue in written]
        for (start, end, _), cue in zip(read, written, strict=True):
            assert start == round(cue.start_s * 1000)
            assert end > start
    for channel in {s.channel for s in transcript.segments}:
        own = [
            c for c in cues(transcript, named=False) if c.speaker == _speaker(transcript, channel)
        ]
        said = "".join(bare(s.text) for s in transcript.segments if s.channel == channel)
        assert "".join(bare(cue.text) for cue in own) == said


def _speaker(transcript: Transcript, channel: int | None) -> str:
    name = "화자" if transcript.language == "ko" else "Speaker"
    return "" if channel is None else f"{name} {channel + 1}"


def test_speakers_are_named_like_channels() -> None:
    said = [Segment(0.0, 2.0, "How much is it?", speaker=0), Segment(2.0, 3.0, "Ten.", speaker=1)]
    transcript = Transcript((*said, Segment(3.0, 3.4, "Mm.")), "en", 4.0)
    assert render(transcript, "txt") == "Speaker 1: How much is it?\nSpeaker 2: Ten.\nMm.\n"
    assert "<v Speaker 2>Ten.</v>" in render(transcript, "vtt")
    shown = json.loads(render(transcript, "json"))["segments"]
    assert [segment.get("speaker") for segment in shown] == [0, 1, None]


@settings(max_examples=40)
@given(transcripts(), st.booleans())
def test_cues_keep_to_the_conventions(transcript: Transcript, named: bool) -> None:
    conventions = BY_LANGUAGE.get(transcript.language, LATIN)
    made = cues(transcript, named=named)
    assert [c.start_s for c in made] == sorted(c.start_s for c in made)
    for cue in made:
        assert len(cue.lines) <= 2
        assert all(line and width(line, conventions) <= conventions.line for line in cue.lines)
    by_speaker: dict[str, list[Cue]] = {}
    for cue in made:
        by_speaker.setdefault(cue.speaker, []).append(cue)
    for own in by_speaker.values():
        for cue, following in pairwise(own):
            assert cue.end_s <= following.start_s


@settings(max_examples=40)
@given(transcripts(), st.floats(0, 0.002))
def test_no_cue_ends_after_the_recording(transcript: Transcript, cut_s: float) -> None:
    transcript = replace(transcript, duration_s=max(transcript.duration_s - cut_s, 0.001))
    tsv = [row.split("\t") for row in render(transcript, "tsv").splitlines()[1:]]
    shown = [
        *parse(render(transcript, "srt"), webvtt=False),
        *parse(render(transcript, "vtt"), webvtt=True),
        *((int(start), int(end), text) for start, end, text in tsv),
    ]
    for start_ms, end_ms, _ in shown:
        assert 0 <= start_ms < end_ms <= transcript.duration_s * 1000 + 1e-6


def test_the_last_cue_ends_with_the_sound() -> None:
    late = Transcript((Segment(1.0, 1.1, "Yes."),), "en", 1.3)
    assert "00:00:01,000 --> 00:00:01,300" in render(late, "srt")
    assert "00:00:01.000 --> 00:00:01.300" in render(late, "vtt")
    at_the_end = Transcript((Segment(1.3, 1.3, "Yes."),), "en", 1.3)
    for form in ("srt", "vtt"):
        assert re.search(r"00:00:01[,.]299 --> 00:00:01[,.]300", render(at_the_end, form))
    assert "1299\t1300\tYes." in render(at_the_end, "tsv")


def test_a_short_word_stays_long_enough_to_be_read() -> None:
    (cue,) = cues(replace(spoken((1.0, 1.1, "Yes.")), duration_s=9.0), named=False)
    assert cue.end_s == pytest.approx(1.0 + MIN_CUE_S)


def test_a_cue_makes_room_for_the_next_one() -> None:
    first, second = cues(spoken((1.0, 1.1, "Yes."), (1.5, 2.5, "But why?")), named=False)
    assert first.end_s == pytest.approx(1.5 - GAP_S)
    assert second.start_s == 1.5


def test_reading_speed_lengthens_a_fast_line() -> None:
    line = "a" * 17 + " " + "b" * 16
    (cue,) = cues(replace(spoken((0.0, 1.0, line)), duration_s=9.0), named=False)
    assert cue.end_s == pytest.approx(2.0)


def test_a_long_segment_breaks_where_a_sentence_ends() -> None:
    text = (
        "We went to the market on Monday morning. It was closed, so we walked back along the "
        "river and talked about everything that had happened since then."
    )
    made = cues(spoken((0.0, 9.0, text)), named=False)
    assert made[0].text == "We went to the market on Monday morning."
    assert all(cue.end_s - cue.start_s <= MAX_CUE_S for cue in made)
    assert all(len(line) <= 42 for cue in made for line in cue.lines)


def test_korean_lines_break_between_words_and_count_by_syllables() -> None:
    text = "안녕하세요 오늘 회의는 세 시에 시작해서 다섯 시에 끝날 예정입니다"
    made = cues(spoken((0.0, 6.0, text), language="ko"), named=False)
    words = text.split()
    for cue in made:
        for line in cue.lines:
            assert sum("가" <= c <= "힣" for c in line) <= 16
            assert all(word in words for word in line.split())


def test_every_format_of_a_call() -> None:
    call = Transcript(
        (
            Segment(0.0, 1.2, "여보세요?", channel=0),
            Segment(1.0, 2.5, "네, A&B <안내> 입니다.", channel=1),
        ),
        "ko",
        3.0,
    )
    assert render(call, "srt") == (
        "1\n00:00:00,000 --> 00:00:01,200\n화자 1: 여보세요?\n\n"
        "2\n00:00:01,000 --> 00:00:02,500\n화자 2: 네, A&B <안내> 입니다.\n"
    )
    assert render(call, "vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.200\n<v 화자 1>여보세요?</v>\n\n"
        "00:00:01.000 --> 00:00:02.500\n<v 화자 2>네, A&amp;B &lt;안내&gt; 입니다.</v>\n"
    )
    assert render(call, "txt") == "화자 1: 여보세요?\n화자 2: 네, A&B <안내> 입니다.\n"
    assert render(call, "tsv") == (
        "start\tend\ttext\n0\t1200\t화자 1: 여보세요?\n1000\t2500\t화자 2: 네, A&B <안내> 입니다.\n"
    )
    assert json.loads(render(call, "json"))["segments"][1] == {
        "start": 1.0,
        "end": 2.5,
        "text": "네, A&B <안내> 입니다.",
        "channel": 1,
    }


def test_words_are_written_if_there_are_any() -> None:
    segment = Segment(0.0, 1.0, "Hi.", (Word(" Hi.", 0.0, 0.5, 0.91),))
    shown = json.loads(render(Transcript((segment,), "en", 1.0), "json"))
    assert shown["segments"][0]["words"] == [
        {"word": " Hi.", "start": 0.0, "end": 0.5, "probability": 0.91}
    ]


def test_silence_is_an_empty_file() -> None:
    silent = Transcript((), "en", 5.0)
    assert render(silent, "srt") == ""
    assert render(silent, "vtt") == "WEBVTT\n"
    assert render(silent, "txt") == ""


def test_more_than_99_hours_are_written() -> None:
    assert "100:00:00,000 --> " in render(spoken((360_000.0, 360_001.0, "Late.")), "srt")
