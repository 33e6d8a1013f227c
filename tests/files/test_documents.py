"""Transcripts in paragraphs, and exported as documents."""

from __future__ import annotations

import io
import json
import lzma
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.files.documents.export import KINDS, Exported, Kind, archive, stem, write
from realtime.files.documents.layout import Block, DocumentChoice, clock, lay_out
from realtime.files.documents.paragraphs import LONG_CHARS, PAUSE_S, paragraphs
from realtime.files.documents.pdf import FONT, SMALL_PT, TEXT_PT, blank, broken, pdf
from realtime.types import Comment, Segment, Transcript

SAID = Transcript(
    (
        Segment(0.0, 2.0, "Good morning.", speaker=0),
        Segment(2.1, 3.0, " How can I help?", speaker=0),
        Segment(3.2, 5.0, "주문을 취소하고 싶어요.", speaker=1),
        Segment(8.0, 9.0, "<b>Now</b>\x07", speaker=1),
        Segment(9.1, 9.2, "  ", speaker=0),
    ),
    "ko",
    3700.0,
)
NAMES = {"0": "Kim <i>"}


def text_of(kind: Kind, choice: DocumentChoice | None = None) -> str:
    return write(Exported("call.wav", SAID, NAMES), kind, choice or DocumentChoice()).decode()


def test_a_paragraph_is_the_speech_of_one_speaker_without_a_pause() -> None:
    made = paragraphs(SAID.segments)
    assert [(one.start_s, one.end_s, one.speaker) for one in made] == [
        (0.0, 3.0, 0), (3.2, 5.0, 1), (8.0, 9.0, 1),
    ]  # fmt: skip
    assert made[0].text == "Good morning. How can I help?"
    channels = [Segment(0, 1, "a", channel=0, speaker=3), Segment(1, 2, "b", channel=1)]
    assert [one.speaker for one in paragraphs(channels)] == [0, 1]


def test_a_long_paragraph_ends_with_its_sentence() -> None:
    half = "word " * (LONG_CHARS // 10)
    said = [Segment(at, at + 1, text) for at, text in enumerate([half, half, "on", "end.", "New"])]
    assert [one.start_s for one in paragraphs(said)] == [0, 4]


@given(
    st.lists(
        st.tuples(st.floats(0, 4), st.text("a .。가", max_size=9), st.integers(0, 2)), max_size=30
    )
)
def test_no_word_is_lost_between_paragraphs(told: list[tuple[float, str, int]]) -> None:
    at, said = 0.0, []
    for pause, text, speaker in told:
        said.append(Segment(at + pause, at + pause + 1, text, speaker=speaker))
        at += pause + 1
    made = paragraphs(said)
    kept = "".join(one.text for one in made)
    assert kept.replace(" ", "") == "".join(one.text for one in said).replace(" ", "")
    for before, after in pairwise(made):
        gap = after.start_s - before.end_s
        assert before.speaker != after.speaker or gap >= PAUSE_S or len(before.text) >= LONG_CHARS


def test_the_contents_of_a_document_are_chosen() -> None:
    laid = lay_out("call", SAID, NAMES, DocumentChoice())
    assert laid.about == "1:01:40 · ko"
    assert laid.blocks == (
        Block("Kim <i>", "0:00", "Good morning. How can I help?"),
        Block("화자 2", "0:03", "주문을 취소하고 싶어요."),
        Block("", "0:08", "<b>Now</b>\x07"),
    )
    plain = lay_out("call", SAID, NAMES, DocumentChoice(speakers=False, times=False)).blocks
    assert [(block.speaker, block.time) for block in plain] == [("", ""), ("", "")]
    assert clock(-1) == "0:00"


def test_text_is_for_reading_and_subtitles_have_names() -> None:
    assert text_of("txt").startswith(
        "Kim <i>  0:00\nGood morning. How can I help?\n\n화자 2  0:03\n"
    )
    assert text_of("txt", DocumentChoice(False, False)).startswith(
        "Good morning. How can I help? 주문을"
    )
    assert "\nKim <i>: Good morning.\n" in text_of("srt")
    assert "<v Kim &lt;i&gt;>Good morning.</v>" in text_of("vtt")
    assert "\tKim <i>: Good morning.\n" in text_of("tsv")
    assert json.loads(text_of("json"))["speakers"] == NAMES
    assert "Kim" not in text_of("srt", DocumentChoice(speakers=False))


def test_a_word_processor_reads_every_word() -> None:
    document = Document(
        io.BytesIO(write(Exported("call.wav", SAID, NAMES), "docx", DocumentChoice()))
    )
    assert [paragraph.text for paragraph in document.paragraphs] == [
        "call", "1:01:40 · ko", "Kim <i>", "0:00  Good morning. How can I help?", "화자 2",
        "0:03  주문을 취소하고 싶어요.", "0:08  <b>Now</b>",
    ]  # fmt: skip


def test_without_speakers_and_times_there_are_only_words() -> None:
    made = write(
        Exported("call.wav", SAID, NAMES), "docx", DocumentChoice(speakers=False, times=False)
    )
    texts = [paragraph.text for paragraph in Document(io.BytesIO(made)).paragraphs]
    assert texts[2] == "Good morning. How can I help? 주문을 취소하고 싶어요."


NOTES = (
    Comment(0.0, "Who?"),
    Comment(2.1, "Check\x07 this.", "Lee"),
    Comment(8.0, "The end"),
)


def test_chosen_comments_are_below_their_paragraphs() -> None:
    noted = Exported("call.wav", SAID, NAMES, NOTES)
    laid = lay_out("call", SAID, NAMES, DocumentChoice(), NOTES)
    assert [block.comments for block in laid.blocks] == [
        ("[0:00] Who?", "[0:02 Lee] Check\x07 this."), (), ("[0:08] The end",),
    ]  # fmt: skip
    plain = lay_out("call", SAID, NAMES, DocumentChoice(times=False), NOTES).blocks
    assert plain[-1].comments == ("[*] The end",)
    assert "[0:02 Lee] Check" in write(noted, "txt", DocumentChoice()).decode()
    document = Document(io.BytesIO(write(noted, "docx", DocumentChoice())))
    assert "[0:02 Lee] Check this." in [paragraph.text for paragraph in document.paragraphs]
    assert len(write(noted, "pdf", DocumentChoice())) > len(text_of_pdf())
    assert "<blockquote>[0:02 Lee] Check this.</" in write(noted, "html", DocumentChoice()).decode()
    assert r"> \[0:02 Lee\] Check this." in write(noted, "md", DocumentChoice()).decode()
    told = json.loads(write(noted, "json", DocumentChoice()))
    assert told["comments"][1] == {"start": 2.1, "text": "Check\x07 this.", "name": "Lee"}
    assert "Who?" not in write(noted, "srt", DocumentChoice()).decode()
    assert "comments" not in json.loads(text_of("json"))


def text_of_pdf() -> bytes:
    return write(Exported("call.wav", SAID, NAMES), "pdf", DocumentChoice())


def test_a_pdf_is_one_of_the_formats() -> None:
    made = write(Exported("call.wav", SAID, NAMES), "pdf", DocumentChoice())
    assert made.startswith(b"%PDF-")


def test_a_pdf_uses_the_available_fonts(tmp_path: Path) -> None:
    other = tmp_path / "other.ttf"
    other.write_bytes(lzma.decompress(FONT.read_bytes()))
    laid = lay_out("회의", SAID, NAMES, DocumentChoice(times=False))
    for fallbacks in ((), (str(tmp_path / "missing.ttf"), str(other))):
        assert pdf(laid, fallbacks).startswith(b"%PDF")


def test_the_width_of_a_text_is_that_of_its_letters() -> None:
    """The width computed here equals the one that the PDF library measures for every text."""
    pages = blank(())
    for size in (TEXT_PT, SMALL_PT, TEXT_PT):
        pages.set_font_size(size)
        for text in ("", " AVATAR To ", "안녕하세요, 2026년!", "漢字"):
            assert pages.width_of(text) == pytest.approx(pages.get_string_width(text))
    pages.output()  # closes the font


def test_a_pdf_embeds_its_font_and_has_enough_pages() -> None:
    short = pdf(lay_out("회의", SAID, NAMES, DocumentChoice()))
    assert short.startswith(b"%PDF")
    assert b"/FontFile2" in short, "Hangul is there whatever the reader has"
    many = [
        Segment(4.0 * at, 4.0 * at + 1, "긴 이야기입니다. " * 20, speaker=at) for at in range(60)
    ]
    long = pdf(lay_out("회의", Transcript(tuple(many), "ko", 99.0), {}, DocumentChoice()))
    assert long.count(b"/Type /Page\n") > short.count(b"/Type /Page\n")
    alone = pdf(lay_out("", Transcript((), "en", 0.0), {}, DocumentChoice(times=False)))
    assert alone.startswith(b"%PDF")


@settings(max_examples=200)
@given(st.lists(st.text("ab가 ", min_size=1, max_size=30), max_size=20), st.integers(3, 20))
def test_no_line_is_wider_than_the_page(words: list[str], most: int) -> None:
    lines = list(broken(words, len, most))
    assert all(len(line) <= most for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(words).replace(" ", "")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("call.wav", "call"),
        ("회의 1.2 final", "회의 1.2 final"),
        ("../a/b\\c:d.mp3", "_a_b_c_d"),
        (".wav", "wav"),
        ("", "transcript"),
        ("x" * 500, "x" * 120),
    ],
)
def test_names_of_files_are_names_everywhere(name: str, kept: str) -> None:
    assert stem(name) == kept


def test_an_archive_has_every_transcript_in_every_format() -> None:
    twice = [Exported("call.wav", SAID), Exported("Call.mp3", SAID), Exported("other", SAID)]
    with zipfile.ZipFile(io.BytesIO(archive(twice, ["txt", "srt"], DocumentChoice()))) as packed:
        assert packed.namelist() == [
            "call.txt", "call.srt", "Call (2).txt", "Call (2).srt", "other.txt", "other.srt",
        ]  # fmt: skip
        assert packed.read("other.txt").decode().startswith("화자 1  0:00\n")
    assert set(KINDS) == set(get_args(Kind))
