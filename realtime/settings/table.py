"""The settings as the tables in the READMEs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args, get_origin

from realtime.settings.knob import flag, variable
from realtime.settings.merged import GROUPS, Settings, knob

Language = Literal["en", "ko"]

_HEADS: dict[Language, str] = {
    "en": "| Flag | Environment | Default | Meaning |",
    "ko": "| 플래그 | 환경 변수 | 기본값 | 뜻 |",
}
_GROUPS_KO = {
    "Network": "네트워크",
    "Model": "모델",
    "Streams": "스트림",
    "Speakers": "화자",
    "Files": "파일",
    "Jobs": "작업",
    "Cloud": "클라우드",
    "After the transcript": "전사 뒤 단계",
    "Limits": "한도",
    "Security": "보안",
    "Logging": "로그",
}
_CHOICES: dict[Language, str] = {"en": "One of", "ko": "선택"}
_PLAIN_DEFAULTS_KO = {
    "127.0.0.1; 0.0.0.0 once api_keys are set": "127.0.0.1, api_keys가 있으면 0.0.0.0",
    "Hugging Face's cache": "Hugging Face 캐시",
    "the bundled one": "내장 화자 모델",
    "the page's host and port": "페이지의 호스트와 포트",
    "pages of this server's host and of this machine": "이 서버의 호스트와 이 컴퓨터의 페이지",
    "localhost and plain addresses": "localhost와 IP 주소",
    "none": "없음",
    "on": "켜짐",
    "off": "꺼짐",
    "any": "모두",
    "SQLite under data_dir": "data_dir의 SQLite",
    "this process": "이 프로세스",
    "a call centre's": "콜센터 분류",
}


_UNITS_KO = {"s": "초", "h": "시간", "days": "일", "bytes": "바이트", "USD": "달러"}


def settings_table(language: Language) -> str:
    """Markdown: one table per group of settings, without a newline at the end."""
    parts = []
    for group, owner in GROUPS.items():
        title = group if language == "en" else _GROUPS_KO[group]
        rows = [f"**{title}**", "", _HEADS[language], "|---|---|---|---|"]
        rows += [_row(name, language) for name in owner.model_fields]
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def choices(name: str) -> tuple[str, ...]:
    """The words that the field `name` may take, or () where it is not a choice."""
    annotation = Settings.model_fields[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def default_text(name: str) -> str:
    """The default as people read it: `20 s`, `auto`, `none`."""
    described, default = knob(name), Settings.model_fields[name].default
    if described.default:
        return described.default
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return "on" if default else "off"
    value = f"{default:g}" if isinstance(default, float) else str(default)
    return f"{value} {described.unit}".strip() if not isinstance(default, Path) else str(default)


def _with_korean_unit(default: str) -> str:
    """`20 s` → `20초`: the unit follows its number without a space."""
    number, space, unit = default.partition(" ")
    return number + _UNITS_KO.get(unit, unit) if space else default


def _row(name: str, language: Language) -> str:
    described = knob(name)
    meaning = described.help if language == "en" else described.help_ko
    if words := choices(name):
        meaning += f" {_CHOICES[language]}: {', '.join(f'`{word}`' for word in words)}."
    default = default_text(name)
    if language == "ko":
        default = _PLAIN_DEFAULTS_KO.get(default) or _with_korean_unit(default)
    return f"| `{flag(name)}` | `{variable(name)}` | {default} | {meaning} |"
