"""Writes a report as one self-contained page in English and Korean: no script, no other files.

Everything that comes from a folder or a model is escaped. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files

from realtime.evaluation.differences import DiffPiece, Kind
from realtime.evaluation.figures import NORMALISATION, Figures, Report, Result, percentile
from realtime.evaluation.normalisation import Unit, spelled

_COUNTED = {"words": ("words", "단어"), "characters": ("characters", "글자")}
_KINDS: dict[Kind, tuple[str, str]] = {
    "changed": ("heard otherwise", "다르게 들음"),
    "lost": ("lost", "빠짐"),
    "doubled": ("doubled", "두 번"),
    "invented": ("invented", "지어냄"),
}
_TAGS: dict[Kind, str] = {"lost": "del", "invented": "ins", "doubled": "ins"}
"""Tags for runs that occur in only one of the two texts."""
NONE = "–"


def page(report: Report) -> str:
    """The report as HTML."""
    style = files("realtime.evaluation").joinpath("page.css").read_text(encoding="utf-8")
    languages = dict.fromkeys(one.language for one in report.figures)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Evaluation: {escape(report.folder)}</title>",
        f"<style>{style}</style></head><body>",
        '<main><form class="languages"><label><input type="radio" name="language" id="en" checked> '
        'English</label><label><input type="radio" name="language" id="ko"> 한국어</label></form>',
        f"<h1>{_both('Evaluation', '평가')}</h1>",
        f"<p>{escape(report.folder)} · <b>{escape(report.model)}</b> · "
        f"{escape(report.machine)}</p>",
        _state(report),
        *(_table([f for f in report.figures if f.language == one]) for one in languages),
        _how(),
        _recordings(report),
        _left_out(report),
        "</main></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _both(en: str, ko: str) -> str:
    """A text of the page itself, in both languages."""
    return f'<span lang="en">{escape(en)}</span><span lang="ko">{escape(ko)}</span>'


def _state(report: Report) -> str:
    if report.complete:
        return ""
    text = _both(
        "Interrupted: these are the recordings that were done until then.",
        "중단됨: 그때까지 끝난 녹음만 있습니다.",
    )
    return f"<p><b>{text}</b></p>"


Column = tuple[tuple[str, str], Callable[[Figures], str]]
COLUMNS: tuple[Column, ...] = (
    (("WER", "WER"), lambda f: percent(f.score.words.rate)),
    (("CER", "CER"), lambda f: percent(f.score.characters.rate)),
    (("numbers as written", "숫자 그대로"), lambda f: percent(f.as_written.rate)),
    (("lost", "빠짐"), lambda f: str(f.errors.lost)),
    (("doubled", "두 번"), lambda f: str(f.errors.doubled)),
    (("invented", "지어냄"), lambda f: str(f.errors.invented)),
    (("heard otherwise", "다르게 들음"), lambda f: str(f.errors.changed)),
    (("first words p50", "첫 단어 p50"), lambda f: seconds(percentile(f.first_partial_s, 50))),
    (("final p50", "최종 p50"), lambda f: seconds(percentile(f.final_s, 50))),
    (("final p95", "최종 p95"), lambda f: seconds(percentile(f.final_s, 95))),
    (("stable before it", "그 전에 안정"), lambda f: share(percentile(f.stable, 50))),
    (("CPU s a second", "1초당 CPU초"), lambda f: number(f.cpu_per_s)),
    (("times as fast", "배속"), lambda f: f"{f.speed:.1f}"),
)
"""Headings in both languages, and functions for the cells below them."""


def percent(value: float | None) -> str:
    """`4.2 %`."""
    return NONE if value is None else f"{value:.1f} %"


def seconds(value: float | None) -> str:
    """`0.84 s`."""
    return NONE if value is None else f"{value:.2f} s"


def share(value: float | None) -> str:
    """0 … 1 → `60 %`."""
    return NONE if value is None else f"{100 * value:.0f} %"


def number(value: float | None) -> str:
    """`0.241`."""
    return NONE if value is None else f"{value:.3f}"


def heading(of: Sequence[Figures]) -> tuple[str, str]:
    """Heading of the table for one language of recordings, in English and Korean."""
    first = of[0]
    said = f"{first.errors.said} {_COUNTED[first.counted][0]}"
    said_ko = f"{_COUNTED[first.counted][1]} {first.errors.said}개"
    minutes, language = first.audio_s / 60, first.language or "auto"
    return (
        f"{language}: {first.recordings} recordings, {minutes:.1f} min, {said}",
        f"{language}: 녹음 {first.recordings}개, {minutes:.1f}분, {said_ko}",
    )


def _table(of: Sequence[Figures]) -> str:
    """The table for one language, with a row for each setup."""
    head = "".join(f"<th>{_both(*names)}</th>" for names, _ in COLUMNS)
    best = min((f.errors.rate for f in of if f.errors.rate is not None), default=None)
    rows = "".join(
        f"<tr{' class=best' if one.errors.rate == best else ''}><th>{escape(one.setup)}</th>"
        + "".join(f"<td>{escape(cell(one))}</td>" for _, cell in COLUMNS)
        + "</tr>"
        for one in of
    )
    return (
        f"<section><h2>{_both(*heading(of))}</h2><div class=scroll><table><thead><tr><th></th>"
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _how() -> str:
    waits = _both(
        "Times are those of one stream that shares the model with nobody: first words from the "
        "beginning of an utterance, finals from the last word, with the silence that ends it.",
        "시간은 모델을 혼자 쓰는 스트림 하나의 값입니다: 첫 단어는 발화 시작부터, 최종 결과는 "
        "마지막 단어부터 끝을 알리는 침묵까지 포함해서 잽니다.",
    )
    legend = " ".join(
        f"<{_TAGS[kind]} class={kind}>{_both(*_KINDS[kind])}</{_TAGS[kind]}>" for kind in _TAGS
    )
    return (
        f"<section><h2>{_both('How it is counted', '세는 방법')}</h2>"
        f"<p>{_both(NORMALISATION['en'], NORMALISATION['ko'])}</p><p>{waits}</p>"
        f"<p>{legend} <del class=changed>{_both('reference', '정답')}</del> "
        f"<ins class=changed>{_both('hypothesis', '인식 결과')}</ins></p></section>"
    )


def _recordings(report: Report) -> str:
    """All recordings, the worst first."""
    ordered = sorted(report.results, key=_worst, reverse=True)
    title = _both("Recordings, the worst first", "녹음, 오류가 많은 순서")
    return f"<section><h2>{title}</h2>{''.join(map(_recording, ordered))}</section>"


def _worst(result: Result) -> float:
    """The greatest count of errors of any setup."""
    return max(j.score.of(j.counted).count for j in result.judged.values())


def _recording(result: Result) -> str:
    texts = "".join(_setup(result, name) for name in result.judged)
    rates = [judged.score.of(judged.counted).rate for judged in result.judged.values()]
    shown = " · ".join(percent(rate) for rate in rates)
    return (
        f"<details><summary><b>{shown}</b>{escape(result.name)} "
        f"({result.duration_s:.1f} s)</summary><dl>"
        f"<dt>{_both('Transcript', '정답')}</dt><dd>{escape(result.reference)}</dd>"
        f"{texts}</dl></details>"
    )


def _setup(result: Result, name: str) -> str:
    judged = result.judged[name]
    errors = judged.score.of(judged.counted)
    found: dict[Kind, int] = {
        "changed": errors.changed,
        "lost": errors.lost,
        "doubled": errors.doubled,
        "invented": errors.invented,
    }
    counts = ", ".join(f"{n} {_both(*_KINDS[kind])}" for kind, n in found.items() if n)
    return (
        f"<dt>{escape(name)}: {percent(errors.rate)}{' · ' if counts else ''}{counts}</dt>"
        f"<dd>{differences(judged.pieces)}</dd>"
    )


def differences(pieces: Iterable[DiffPiece]) -> str:
    """Both texts as one, with lost units struck out and new ones underlined."""
    parts: list[str] = []
    for piece in pieces:
        if piece.kind == "equal":
            parts.append(_text(piece.hypothesis))
        elif piece.kind == "changed":
            parts.append(_marked("del", "changed", piece.reference))
            parts.append(f"<ins class=changed>{escape(spelled(piece.hypothesis))}</ins>")
        else:
            parts.append(
                _marked(_TAGS[piece.kind], piece.kind, piece.reference or piece.hypothesis)
            )
    return "".join(parts).strip()


def _text(units: Sequence[Unit]) -> str:
    return escape(_lead(units) + spelled(units))


def _marked(tag: str, kind: Kind, units: Sequence[Unit]) -> str:
    return f"{_lead(units)}<{tag} class={kind}>{escape(spelled(units))}</{tag}>"


def _lead(units: Sequence[Unit]) -> str:
    return " " if units[0].blank else ""


def _left_out(report: Report) -> str:
    if not report.left_out:
        return ""
    rows = "".join(f"<li>{escape(one.name)}: {escape(one.why)}</li>" for one in report.left_out)
    title = _both("Left out", "제외함")
    return f"<section><h2>{title}: {len(report.left_out)}</h2><ul>{rows}</ul></section>"
