"""Turns findings into edits of the text; nothing else is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.spoken import Cell, Normalised

Style = Literal["partial", "tag"]
SIGN = "*"
UNNAMED = "[MASKED]"
"""Stands for text whose kind is not known yet."""


class Edit(NamedTuple):
    """Characters `start` … `end` of the text become `text`."""

    start: int
    end: int
    text: str


def edits(read: Normalised, found: Iterable[Finding], style: Style) -> tuple[Edit, ...]:
    """Edits that mask `found` (in order, without overlaps): `010-****-5678` or `[PHONE]`."""
    if style == "tag":
        return tuple(Edit(f.start, f.end, f"[{f.kind}]") for f in found)
    return tuple(edit for finding in found for edit in _partial(read, finding))


def apply(text: str, changes: Sequence[Edit], start: int = 0, end: int | None = None) -> str:
    """Characters `start` … `end` of `text` after the edits, in order and without overlaps.

    The replacement of an edit that extends beyond the span appears whole where the edit begins.
    """
    end = len(text) if end is None else end
    parts: list[str] = []
    done = start
    for change in changes:
        if change.end <= start:
            continue
        if change.start >= end:
            break
        if change.start >= start:
            parts += [text[done : change.start], change.text]
        done = min(change.end, end)
    parts.append(text[done:end])
    return "".join(parts)


def covered(
    read: Normalised, changes: Sequence[Edit], spans: Iterable[tuple[int, int]], style: Style
) -> tuple[Edit, ...]:
    """The edits `changes`, and others that leave nothing readable in `spans` of the text."""
    if style == "tag":
        return _tagged(changes, spans)
    open_spans = joint_spans(spans)
    chosen = [c for c in changes if not any(s < c.end and c.start < e for s, e in open_spans)]
    for start, end in open_spans:
        chosen += [
            Edit(cell.start, cell.end, SIGN * len(cell.read))
            for cell in read.cells(start, end)
            if _tells(cell)
        ]
    return tuple(sorted(chosen))


def _tagged(changes: Sequence[Edit], spans: Iterable[tuple[int, int]]) -> tuple[Edit, ...]:
    """The edits `changes`, and `[MASKED]` for what they do not cover of `spans`."""
    places = {place for start, end in spans for place in range(start, end)}
    places -= {place for change in changes for place in range(change.start, change.end)}
    left = joint_spans((place, place + 1) for place in places)
    return tuple(sorted([*changes, *(Edit(start, end, UNNAMED) for start, end in left)]))


def joint_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, with those that touch merged."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _partial(read: Normalised, finding: Finding) -> list[Edit]:
    cells = list(read.cells(finding.start, finding.end))
    keep = _KEEP.get(finding.kind, _nothing)(cells)
    masked = []
    for index, cell in enumerate(cells):
        if index not in keep and _tells(cell):
            masked.append(Edit(cell.start, cell.end, SIGN * len(cell.read)))
    return masked


def _tells(cell: Cell) -> bool:
    """Whether a cell reveals something: letters and digits do, signs between them do not."""
    return cell.read.isalnum() and cell.read != SIGN


def _nothing(cells: list[Cell]) -> set[int]:
    return set()


def _digits(cells: list[Cell]) -> list[int]:
    return [index for index, cell in enumerate(cells) if cell.read.isdecimal()]


def _phone(cells: list[Cell]) -> set[int]:
    """First group and last four digits; of a short number the last four."""
    digits = _digits(cells)
    if len(digits) < 9:
        return set(digits[-4:])
    first = "".join(cells[index].read for index in digits[:2])
    return {*digits[: 2 if first in ("02", "82") else 3], *digits[-4:]}


def _last(count: int) -> Callable[[list[Cell]], set[int]]:
    return lambda cells: set(_digits(cells)[-count:])


def _mail(cells: list[Cell]) -> set[int]:
    """The first character, and everything from the @ on, written or spoken."""
    text = "".join(cell.read[0] for cell in cells).lower()
    signs = [text.find(sign) for sign in ("@", "골뱅이", "앳", " at ") if sign in text]
    return {0, *range(min(signs, default=1), len(cells))}


def _name(cells: list[Cell]) -> set[int]:
    """The first letter of each word."""
    return {i for i in range(len(cells)) if i == 0 or cells[i - 1].read in " -'"}


def _place(cells: list[Cell]) -> set[int]:
    """Province, city and district, but nothing narrower."""
    text = "".join(cell.read[0] for cell in cells)
    chosen = 0
    for word in text.split(" ")[:-1]:
        if not word or word[-1] not in "시도군구울산천주종기원북남" or any(map(str.isdigit, word)):
            break
        chosen += len(word) + 1
    return set(range(chosen))


_KEEP: dict[IdentifierKind, Callable[[list[Cell]], set[int]]] = {
    IdentifierKind.PHONE: _phone,
    IdentifierKind.CARD: _last(4),
    IdentifierKind.ACCOUNT: _last(3),
    IdentifierKind.EMAIL: _mail,
    IdentifierKind.NAME: _name,
    IdentifierKind.ADDRESS: _place,
}
"""Which cells of a finding stay readable; all are masked for other kinds."""
