"""A transcript as CSV for spreadsheets (RFC 4180). Pure.

It begins with a byte order mark: without one, Excel reads UTF-8 as the system's old encoding, which
spoils every Korean letter, and what does not need the mark (LibreOffice, Google Sheets, pandas)
skips it. Python's own `csv` needs `encoding="utf-8-sig"`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from realtime.files.cues import NOBODY, speaker
from realtime.files.documents.layout import EVERYTHING, DocumentChoice, plain
from realtime.types import Transcript

BYTE_ORDER_MARK = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet takes a cell that begins so for a formula, which may run programs or send the sheet
elsewhere; the full-width ones in East Asian versions (OWASP, CSV Injection)."""
AS_TEXT = "'"
"""In front of such a cell, it makes it text."""


def csv_table(
    transcript: Transcript, names: Mapping[str, str] = NOBODY, choice: DocumentChoice = EVERYTHING
) -> str:
    """Columns start and end (seconds), speaker, text; times and speaker only where wanted."""
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    rows = csv.writer(out)
    times, speakers = choice.times, choice.speakers
    rows.writerow([*(["start", "end"] * times), *(["speaker"] * speakers), "text"])
    for segment in transcript.segments:
        span = [f"{segment.start_s:.3f}", f"{segment.end_s:.3f}"]
        who = cell(speaker(segment, transcript.language, names))
        rows.writerow([*(span * times), *([who] * speakers), cell(segment.text)])
    return out.getvalue()


def cell(text: str) -> str:
    """The text on one line, never a formula."""
    line = plain(text)
    return AS_TEXT + line if line.startswith(FORMULA_STARTS) else line
