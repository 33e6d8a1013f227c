"""Writes a transcript for printing (PDF), with fpdf2 and a font that has Hangul.

The font in this folder has Latin and Hangul; for other scripts a font of the system is used where
there is one, and a character that no font has is shown as a box.
"""

from __future__ import annotations

import lzma
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from realtime.files.documents.layout import Block, Layout
from realtime.scripts import split_words

FONT = Path(__file__).parent / "transcript-sans-kr.ttf.xz"
FAMILY = "transcript"
FALLBACKS = (
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
"""Where Debian installs fonts for many scripts."""
MARGIN_MM, LINE_MM = 22.0, 6.2
TITLE_PT, TEXT_PT, SMALL_PT = 17.0, 11.0, 9.0
INK, SOFT, ACCENT = (27, 28, 26), (95, 93, 87), (14, 106, 96)


class PdfPages(FPDF):
    """Pages with their number at the bottom."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self._widths: dict[tuple[float, str], float] = {}

    def width_of(self, text: str) -> float:
        """Width in mm, from a cache of letter widths: the library would measure every text anew,
        which took half of the time for a long transcript."""
        size, widths = self.font_size_pt, self._widths
        total = 0.0
        for letter in text:
            width = widths.get((size, letter))
            if width is None:
                width = widths[size, letter] = self.get_string_width(letter)
            total += width
        return total

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FAMILY, size=SMALL_PT)
        self.set_text_color(*SOFT)
        self.cell(0, 8, f"{self.page_no()} / {{nb}}", align="C")


def pdf(layout: Layout, fallbacks: Sequence[str] = FALLBACKS) -> bytes:
    """The contents of the PDF file. `fallbacks`: fonts for characters that ours lacks; those that
    are not installed are left out."""
    pages = blank(fallbacks)
    pages.set_title(layout.title)
    pages.set_lang(layout.language)
    _write(pages, layout.title, TITLE_PT, INK, 9.0)
    _write(pages, layout.about, SMALL_PT, SOFT, LINE_MM)
    for block in layout.blocks:
        _block(pages, block)
    return bytes(pages.output())


def blank(fallbacks: Sequence[str]) -> PdfPages:
    """The first page, with our font."""
    pages = PdfPages()
    pages.set_margins(MARGIN_MM, MARGIN_MM)
    pages.set_auto_page_break(True, MARGIN_MM)
    with tempfile.NamedTemporaryFile(suffix=".ttf") as font:  # the library reads only files
        font.write(lzma.decompress(FONT.read_bytes()))
        font.flush()
        pages.add_font(FAMILY, fname=font.name)
    _add_fallbacks(pages, fallbacks)
    pages.set_font(FAMILY, size=TEXT_PT)
    pages.add_page()
    return pages


def _add_fallbacks(pages: FPDF, paths: Sequence[str]) -> None:
    names = []
    for number, path in enumerate(paths):
        if Path(path).is_file():
            names.append(f"fallback{number}")
            pages.add_font(names[-1], fname=path)
    pages.set_fallback_fonts(names)


def _block(pages: PdfPages, block: Block) -> None:
    pages.ln(2.5)
    if block.speaker:
        if pages.will_page_break(3 * LINE_MM):
            pages.add_page()  # no speaker's name alone at the bottom
        _write(pages, block.speaker, TEXT_PT, ACCENT, LINE_MM)
    if block.time:
        _write(pages, block.time, SMALL_PT, SOFT, 4.8)
    _write(pages, block.text, TEXT_PT, INK, LINE_MM)
    for comment in block.comments:
        _write(pages, comment, SMALL_PT, ACCENT, 4.8)


def _write(
    pages: PdfPages, text: str, size: float, colour: tuple[int, int, int], height: float
) -> None:
    pages.set_font(FAMILY, size=size)
    pages.set_text_color(*colour)
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    # The library's own line breaking takes time quadratic in the length of a paragraph.
    for line in broken(split_words(shown), pages.width_of, pages.epw):
        pages.cell(0, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def broken(words: Sequence[str], width: Callable[[str], float], most: float) -> Iterator[str]:
    """Lines of `words`, each no wider than `most`; a word that is wider is cut."""
    line, taken = "", 0.0
    for word in words:
        needed = width(word)
        if line and taken + needed > most:
            yield line.strip()
            line, taken, word = "", 0.0, word.strip()
            needed = width(word)
        while needed > most and len(word) > 1:
            fits = max(1, int(len(word) * most / needed))
            yield word[:fits]
            word = word[fits:]
            needed = width(word)
        line, taken = line + word, taken + needed
    if line.strip():
        yield line.strip()
