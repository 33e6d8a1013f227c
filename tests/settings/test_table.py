"""The table of settings: complete, in both languages, readable."""

from __future__ import annotations

import typing

import pytest

from realtime.settings import Settings, settings_table
from realtime.settings.merged import GROUPS
from realtime.settings.table import Language, default_text


@pytest.mark.parametrize("language", typing.get_args(Language))
def test_every_setting_has_one_row(language: Language) -> None:
    rows = [line for line in settings_table(language).splitlines() if line.startswith("| `--")]
    assert len(rows) == len(Settings.model_fields)
    assert all(row.count("|") == 5 for row in rows)
    assert sum("`--max-sessions` | `STT_MAX_SESSIONS` | 0 |" in row for row in rows) == 1


def test_the_groups_hold_every_setting_once() -> None:
    names = [name for group in GROUPS.values() for name in group.model_fields]
    assert sorted(names) == sorted(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("resume_s", "60 s"),
        ("idle_flush_ms", "2000 ms"),
        ("tls_cert", "none"),
        ("insecure", "off"),
        ("models_dir", "Hugging Face's cache"),
        ("model", "auto"),
    ],
)
def test_defaults_are_readable(name: str, text: str) -> None:
    assert default_text(name) == text


def test_the_korean_table_is_korean() -> None:
    for line in settings_table("ko").splitlines():
        if line.startswith("| `--"):
            assert any("가" <= letter <= "힣" for letter in line), line
    assert "Hugging Face's cache" not in settings_table("ko")
