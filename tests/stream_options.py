"""The options of a stream and of a file in documents: as Markdown tables and as JSON Schema."""

from __future__ import annotations

import json
from typing import Any, get_args

from pydantic.fields import FieldInfo

from realtime.settings.table import Language
from realtime.transcribe.fields import OWN_FIELDS, TranscribeFields
from realtime.wire import values as kinds
from realtime.wire.option import Option
from realtime.wire.options import NONE, OPTIONS, PRESETS, offered_at

HEADS = {
    "en": "| Key | Values | Default | Meaning |",
    "ko": "| 키 | 값 | 기본값 | 뜻 |",
}
FIELD_HEADS = {
    "en": "| Field | Values | Default | Meaning |",
    "ko": "| 필드 | 값 | 기본값 | 뜻 |",
}
PRESET_HEADS = {"en": "Preset", "ko": "프리셋"}
_SECONDS = {"en": " s", "ko": "초"}
_VALUES: dict[type[object], tuple[str, str]] = {
    kinds.Flag: ("true, false", "true, false"),
    kinds.Text: (f"text, at most {kinds.MAX_TEXT:,} characters", f"글, {kinds.MAX_TEXT:,}자까지"),
    kinds.Name: ("a name", "이름"),
    kinds.Secret: ("a key", "키"),
    kinds.SessionId: ("an id", "id"),
    kinds.Language: ("a language, or `auto`", "언어 또는 `auto`"),
    kinds.Languages: ("languages with commas, or a list", "쉼표로 나눈 언어 또는 목록"),
}
"""Allowed values by kind of option, in English and Korean."""


def options_table(language: Language) -> str:
    """Every option of a stream, and the values that the presets give to some of them."""
    rows = [HEADS[language], "|---|---|---|---|", *(_row(o, language) for o in OPTIONS.values())]
    names = list(dict.fromkeys(name for values in PRESETS.values() for name in values))
    heads = " | ".join([PRESET_HEADS[language], *(f"`{name}`" for name in names)])
    presets = [f"| {heads} |", "|---|" + "---|" * len(names)]
    for preset, values in PRESETS.items():
        cells = [f"{values[name]:g}" if name in values else "–" for name in names]
        presets.append(f"| {' | '.join([f'`{preset}`', *cells])} |")
    return "\n".join([*rows, "", *presets])


def fields_table(language: Language) -> str:
    """Every field of the form of `/transcribe`, without the deprecated ones."""
    at, options = int(language == "ko"), offered_at("files")
    rows = [FIELD_HEADS[language], "|---|---|---|---|"]
    for name, field in TranscribeFields.model_fields.items():
        if name in options:
            option = options[name]
            cells = (_values(option.kind, language), _default(option, at), option.meaning[at])
        elif name in OWN_FIELDS:
            cells = (*_own_cells(field, at), OWN_FIELDS[name][at])
        else:
            continue  # deprecated
        rows.append(f"| {' | '.join([f'`{name}`', *cells])} |")
    return "\n".join(rows)


def _own_cells(field: FieldInfo, at: int) -> tuple[str, str]:
    """Values and default of a field that is not an option of a stream."""
    if field.annotation is bool:
        return "true, false", str(field.default).lower()
    names = get_args(field.annotation)
    if names and type(None) not in names:
        return ", ".join(f"`{name}`" for name in names), f"`{field.default}`"
    return ("a path", "경로")[at], NONE[at]


def options_schema() -> dict[str, Any]:
    """The value of `properties` for the options in the JSON Schema."""
    return {o.name: {"description": o.meaning[0], **o.kind.schema} for o in OPTIONS.values()}


def with_options(schema: str) -> str:
    """The text of the protocol's JSON Schema with up-to-date options."""
    whole = json.loads(schema)
    whole["$defs"]["options"]["properties"] = options_schema()
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _row(option: Option[Any], language: Language) -> str:
    at = 0 if language == "en" else 1
    cells = (f"`{option.name}`", _values(option.kind, language), _default(option, at))
    return f"| {' | '.join(cells)} | {option.meaning[at]} |"


def _values(kind: kinds.ValueKind[Any], language: Language) -> str:
    match kind:
        case kinds.Choice(names=names):
            return ", ".join(f"`{name}`" for name in names)
        case kinds.Seconds(low=low, high=high):
            return f"{low:g} … {high:g}{_SECONDS[language]}"
        case kinds.Whole(low=low, high=high, unit=unit):
            return f"{low} … {high} {unit}".rstrip()
    return _VALUES[type(kind)][language == "ko"]


def _default(option: Option[Any], at: int) -> str:
    if option.default_text is not None:
        return option.default_text[at]
    match option.default:
        case bool() as on:
            return str(on).lower()
        case str() as name:
            return f"`{name}`"
        case number:
            return f"{number:g}"
