"""Writes a transcript for word processors (Office Open XML), with python-docx."""

from __future__ import annotations

import io

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from realtime.files.documents.layout import Layout, plain

FONTS = {"latin": "Calibri", "eastAsia": "Malgun Gothic"}
"""Word has both; other programs use similar ones."""
SOFT = RGBColor(0x5F, 0x5D, 0x57)


def docx(layout: Layout) -> bytes:
    """The contents of the DOCX file."""
    document = Document()
    document.core_properties.title = plain(layout.title)
    document.core_properties.language = layout.language
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONTS["latin"], Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONTS["eastAsia"])
    document.add_heading(plain(layout.title), level=1)
    about = document.add_paragraph().add_run(layout.about)
    about.font.size, about.font.color.rgb = Pt(9), SOFT
    for block in layout.blocks:
        if block.speaker:
            speaker = document.add_paragraph()
            speaker.add_run(plain(block.speaker)).bold = True
            speaker.paragraph_format.keep_with_next = True
            speaker.paragraph_format.space_after = Pt(0)
        paragraph = document.add_paragraph()
        if block.time:
            time = paragraph.add_run(f"{block.time}  ")
            time.font.size, time.font.color.rgb = Pt(9), SOFT
        paragraph.add_run(plain(block.text))
        for comment in block.comments:
            note = document.add_paragraph(style="Quote").add_run(plain(comment))
            note.font.size, note.font.color.rgb = Pt(10), SOFT
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
