"""CSV, HTML and Markdown: any words stay text, and no word is lost."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from realtime.files.documents.layout import EVERYTHING, DocumentChoice, lay_out, plain
from realtime.files.formats import FORMATS, content_type, render
from realtime.files.spreadsheet import AS_TEXT, BYTE_ORDER_MARK, FORMULA_STARTS
from realtime.types import Segment, Transcript

SAID = Transcript(
    (
        Segment(0.0, 2.25, "Good morning.", speaker=0),
        Segment(3.2, 5.0, '=HYPERLINK("http://x","주문")', speaker=1),
        Segment(8.0, 9.0, "<b>Now</b>\x07 & *then*", speaker=1),
    ),
    "ko",
    3700.0,
)
NAMES = {"0": "@Kim <i>"}
TEXTS = st.text(
    st.characters(codec="utf-8") | st.sampled_from("=+-@'\"\\`*_#<>&[]()|~$!.1) \n\t\r,;가"),
    max_size=40,
)
SPOKEN = st.lists(TEXTS, max_size=4).map(
    lambda texts: Transcript(
        tuple(Segment(9.0 * at, 9.0 * at + 1, text, speaker=at) for at, text in enumerate(texts)),
        "en",
        99.0,
    )
)


def rows(text: str) -> list[list[str]]:
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


class Page(HTMLParser):
    """The elements of a page, and the texts of its paragraphs and headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("h1", "h2", "p"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data

    @property
    def lines(self) -> list[str]:
        return [text.rstrip("\n") for text in self.texts]


def shown(markdown: str) -> list[str]:
    """The paragraphs and headings that a reader of Markdown shows."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = reader.parse(markdown)
    kinds = {token.type for token in tokens}
    assert kinds <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline"),
    }
    found = []
    for token in tokens:
        if token.type == "inline":
            children = token.children or []
            assert {child.type for child in children} <= {
                *("text", "text_special", "em_open", "em_close", "strong_open", "strong_close"),
            }
            found.append("".join(child.content for child in children))
    return found


def test_a_spreadsheet_has_a_row_for_each_segment_and_no_formula() -> None:
    text = render(SAID, "csv", NAMES)
    assert text == (
        "\ufeffstart,end,speaker,text\r\n"
        "0.000,2.250,'@Kim <i>,Good morning.\r\n"
        '3.200,5.000,화자 2,"\'=HYPERLINK(""http://x"",""주문"")"\r\n'
        "8.000,9.000,화자 2,<b>Now</b> & *then*\r\n"
    )
    assert text.encode().startswith(b"\xef\xbb\xbf"), "or Excel spoils Korean letters"


def test_a_spreadsheet_has_the_chosen_columns() -> None:
    alone = rows(render(SAID, "csv", NAMES, choice=DocumentChoice(speakers=False, times=False)))
    assert alone[:2] == [["text"], ["Good morning."]]
    timed = rows(render(SAID, "csv", NAMES, choice=DocumentChoice(speakers=False)))
    assert timed[0] == ["start", "end", "text"]


@given(SPOKEN, TEXTS)
def test_no_cell_is_a_formula_and_no_letter_is_lost(said: Transcript, name: str) -> None:
    made = rows(render(said, "csv", {"0": name}))
    assert len(made) == 1 + len(said.segments)
    for segment, (_, _, who, text) in zip(said.segments, made[1:], strict=True):
        assert not who.startswith(FORMULA_STARTS)
        assert not text.startswith(FORMULA_STARTS)
        line = plain(segment.text)
        assert text == (AS_TEXT + line if line.startswith(FORMULA_STARTS) else line)


def test_a_page_is_self_contained_and_follows_the_systems_colours() -> None:
    text = render(SAID, "html", NAMES, title="call & more")
    assert '<html lang="ko">' in text
    assert "<title>call &amp; more</title>" in text
    assert "prefers-color-scheme: dark" in text
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|<img|src=|url\(|@import", text)
    assert Page(text).lines == [
        "call & more", "1:01:40 · ko", "@Kim <i>", "0:00 Good morning.", "화자 2",
        '0:03 =HYPERLINK("http://x","주문")', "0:08 <b>Now</b> & *then*",
    ]  # fmt: skip
    assert "<h1>전사문</h1>" in render(SAID, "html")
    alone = render(SAID, "html", NAMES, choice=DocumentChoice(speakers=False, times=False))
    assert not {"h2", "time"} & set(Page(alone).tags)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio, of two `#rrggbb`."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_page_is_readable_in_light_and_dark() -> None:
    found = re.findall(r"--(paper|ink|soft): (#\w+);", render(SAID, "html"))
    assert len(found) == 6
    for colours in (dict(found[:3]), dict(found[3:])):
        wide = {name: c if len(c) == 7 else "#" + "".join(2 * s for s in c[1:])
                for name, c in colours.items()}  # fmt: skip
        assert contrast(wide["paper"], wide["ink"]) >= 7
        assert contrast(wide["paper"], wide["soft"]) >= 4.5


@given(SPOKEN, TEXTS, TEXTS)
def test_words_never_become_part_of_a_pages_code(said: Transcript, name: str, title: str) -> None:
    laid = lay_out(title, said, {"0": name}, EVERYTHING)
    page = Page(render(said, "html", {"0": name}, title=title))
    assert set(page.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "time"),
    }
    assert page.lines == [
        plain(title) or "Transcript",
        laid.about,
        *(
            text
            for block in laid.blocks
            for text in (plain(block.speaker), f"{block.time} {plain(block.text)}")
            if text
        ),
    ]


def test_markdown_is_simple() -> None:
    assert render(SAID, "md", NAMES, title="call_1") == (
        "# call\\_1\n\n1:01:40 · ko\n\n**@Kim \\<i\\>**\n\n*0:00* Good morning.\n\n**화자 2**\n\n"
        '*0:03* \\=HYPERLINK("http://x","주문")\n\n*0:08* \\<b\\>Now\\</b\\> \\& \\*then\\*\n'
    )
    bare = render(SAID, "md", choice=DocumentChoice(speakers=False, times=False))
    assert bare.startswith("1:01:40 · ko\n\nGood morning. ")


@example(Transcript((), "en", 99.0), " ", " ", False)
@given(SPOKEN, TEXTS, TEXTS, st.booleans())
def test_a_reader_of_markdown_shows_every_letter(
    said: Transcript, name: str, title: str, times: bool
) -> None:
    choice = DocumentChoice(times=times)
    laid = lay_out(title, said, {"0": name}, choice)
    expected = [
        *([plain(title)] if plain(title) else []),
        laid.about,
        *(
            text
            for block in laid.blocks
            for text in (
                plain(block.speaker),
                " ".join(filter(None, (block.time, plain(block.text)))),
            )
            if text
        ),
    ]
    assert shown(render(said, "md", {"0": name}, title=title, choice=choice)) == expected


def test_every_format_has_a_writer_and_a_type() -> None:
    for form in FORMATS:
        assert render(SAID, form).endswith("\n")
        assert content_type(form).partition(";")[0].count("/") == 1
