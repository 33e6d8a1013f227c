"""Every test that `tests/README.md` names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readme import ROOT

TESTS = ROOT / "tests"
TABLE = (TESTS / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!Where|-)(.+) \|$", TABLE, re.M)
NAMED = sorted(set(re.findall(r"`([\w/.]+)::([^`]+)`", TABLE)))
TRANSLATED = {
    "ko": (
        *(
            "첫마디 보기",
            "흘려보냅니다",
            "자리를 하나 더 씁니다",
            "번역을 배우지 않",
            "알아듣습니다",
        ),
        *("인증서를 주세요", "키를 주세요", "침묵에서 끝납니다", "패키지에 든 네트워크"),
        *("작업자는 몇이든", "} 부터", "진짜 모델", "받을 글", "더 이상 없습니다", "들은 음성"),
        "100개 중 95개",
    ),
    "en": ("began anew", "This is no audio", "never learnt", "Recognise by itself"),
}
"""Awkward phrases that users reported; no text may contain them again."""


def names_in(path: Path) -> Iterator[str]:
    """The names of the tests in a Python or JavaScript file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        yield from re.findall(r'^test\("(.+?)", ', source, re.M)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def exists(place: str, name: str) -> bool:
    """Whether the file has this test; `*` means any test."""
    path = TESTS / place
    if not path.is_file():
        return False
    found = [one for one in names_in(path) if path.suffix == ".js" or one.startswith("test_")]
    return bool(found) if name == "*" else name in found


@pytest.mark.parametrize(("place", "name"), NAMED, ids=[f"{p}::{n}" for p, n in NAMED])
def test_every_named_test_exists(place: str, name: str) -> None:
    assert exists(place, name)


def test_every_row_names_a_test() -> None:
    assert len(ROWS) > 50
    for row in ROWS:
        where, what, held = row.split(" | ")
        assert where
        assert what
        assert re.fullmatch(r"`[\w/.]+::[^`]+`(, `[\w/.]+::[^`]+`)*", held), held


def test_a_test_that_is_gone_would_be_noticed() -> None:
    assert not exists("test_held.py", "test_of_yesterday")
    assert not exists("test_held.py", "names_in")
    assert not exists("test_of_yesterday.py", "*")


def texts_for_people(language: str) -> Iterator[tuple[str, str]]:
    """Path and text of every file with texts that users read."""
    places = [ROOT / "web" / "js" / "lang" / f"{language}.js", *(ROOT / "web").glob("*.html")]
    suffix = ".ko.md" if language == "ko" else ".md"
    places += [
        path
        for folder in (ROOT, ROOT / "docs")
        for path in folder.glob(f"*{suffix}")
        if language == "ko" or not path.name.endswith(".ko.md")
    ]
    if language == "ko":
        places.append(ROOT / "realtime" / "wire" / "texts.py")
    places += (ROOT / "realtime" / "settings").rglob("*.py")
    for path in places:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", TRANSLATED)
def test_awkward_phrases_are_gone(language: str) -> None:
    read = dict(texts_for_people(language))
    assert len(read) > 20
    found = [
        (path, phrase)
        for path, text in read.items()
        for phrase in TRANSLATED[language]
        if phrase in text
    ]
    assert found == []
    if language == "ko":
        apart = [path for path, text in read.items() if re.search(r"[가-힣].*\d %", text)]
        assert apart == [], "in Korean there is no space before %"
