"""Language names and tags as users and programs write them, mapped to the codes that models use."""

from __future__ import annotations

import langcodes
import pytest

from realtime.languages import MOST_CHARS, NAMES, described, language_code, language_name


@pytest.mark.parametrize(
    ("said", "code"),
    [
        *(
            ("ko", "ko"),
            ("KO", "ko"),
            (" ko-KR ", "ko"),
            ("ko_KR.UTF-8", "ko"),
            ("de_DE@euro", "de"),
        ),
        # ISO 639-2 and -3: withdrawn and bibliographic codes, macrolanguages and their members.
        *(("eng", "en"), ("kor", "ko"), ("ger", "de"), ("deu", "de"), ("iw", "he"), ("in", "id")),
        *(("cmn", "zh"), ("arb", "ar"), ("als", "sq"), ("mo", "ro"), ("sh", "sr"), ("tgl", "tl")),
        # Closely related languages, and names.
        *(("nb-NO", "no"), ("nb", "no"), ("nn", "nn"), ("fil", "tl"), ("jv", "jw"), ("gsw", "de")),
        *(("zh-Hant-TW", "zh"), ("zh-HK", "zh"), ("zh-yue", "yue"), ("yue-HK", "yue")),
        *(("english", "en"), ("Korean", "ko"), ("Haitian Creole", "ht"), ("haitian_creole", "ht")),
        *(("Burmese", "my"), ("flemish", "nl"), ("Chinese (Taiwan)", "zh"), ("lao", "lo")),
        # Unknown here; the model decides whether to refuse them.
        *(("ga-IE", "ga"), ("xx", "xx"), ("tlh", "tlh")),
    ],
)
def test_a_language_by_whatever_name(said: str, code: str) -> None:
    assert language_code(said) == code


@pytest.mark.parametrize("said", ["auto", "AUTO", " und", "mul", "multi", "detect"])
def test_any_language(said: str) -> None:
    assert language_code(said) is None


@pytest.mark.parametrize(
    "said",
    [
        *("", "??", "Klingon!", "klingonese", "korean language", "5", "e", "x-foo", "한국어"),
        *("the queen's english", "k" * (MOST_CHARS + 1), " " * MOST_CHARS + "ko", "en-", "\0"),
    ],
)
def test_other_texts_are_no_languages(said: str) -> None:
    with pytest.raises(ValueError):
        language_code(said)


@pytest.mark.parametrize("code", NAMES)
def test_our_own_codes_and_names_are_understood(code: str) -> None:
    """The code, its name, its name within a sentence, and the registry's form of the code."""
    assert language_code(code) == language_code(language_name(code)) == code
    assert language_code(langcodes.standardize_tag(code)) == code
    assert language_code(described(code).partition(" (")[0]) == code


def test_names() -> None:
    assert (language_name("ht"), language_name("xx")) == ("haitian creole", "xx")
    assert (described("ko"), described("xx")) == ("Korean (ko)", "'xx'")
