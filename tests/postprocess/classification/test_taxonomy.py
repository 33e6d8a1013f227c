"""Taxonomies: the one that ships with the package, and invalid files."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.errors import SetupError
from realtime.postprocess.classification.taxonomy import load_taxonomy

OWN = """
other = "REST"
[[category]]
code = "A"
ko = "가"
en = "a"
cues = { ko = { "사과" = 2 }, en = { "apple pie" = 3 } }
[[category]]
code = "REST"
ko = "기타"
en = "Other"
"""


def test_the_shipped_taxonomy_has_the_classes_of_a_call_centre() -> None:
    taxonomy = load_taxonomy(None)
    presales = taxonomy.by_code("CLASS_PRE_SALES")
    assert presales is not None
    assert (presales.name("ko"), presales.name("en")) == ("사전판매", "Pre-sales")
    assert taxonomy.fallback.code == "CLASS_OTHER"
    assert taxonomy.by_code("CLASS_NONE") is None
    assert all(c.cues.ko and c.cues.en for c in taxonomy.category if c != taxonomy.fallback)


def test_a_custom_taxonomy(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    assert [category.code for category in load_taxonomy(path).category] == ["A", "REST"]


WRONG = {
    "no TOML": ("other = ", "Invalid value"),
    "no class": ('other = "A"', "category"),
    "unknown other": (OWN.replace('"REST"\n[[', '"NONE"\n[['), "no category's code"),
    "twice": (OWN.replace('code = "REST"', 'code = "A"'), "twice"),
    "a key too many": (OWN.replace('en = "a"', 'en = "a"\nfr = "a"'), "fr"),
    "a weight of nothing": (OWN.replace("= 2 }", "= 0 }"), "above 0"),
    "a code in small letters": (OWN.replace('"A"', '"a b"'), "category.0.code"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_invalid_file_names_the_position(name: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(WRONG[name][0], encoding="utf-8")
    with pytest.raises(SetupError, match=r"wrong\.toml") as caught:
        load_taxonomy(path)
    assert WRONG[name][1] in caught.value.message


def test_a_missing_file_and_one_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="No such file"):
        load_taxonomy(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SetupError, match="cannot be used"):
        load_taxonomy(tmp_path / "bytes.toml")
