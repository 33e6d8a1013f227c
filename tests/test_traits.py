"""The traits that a model declares, and their effect on its callers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from realtime.errors import BadOption
from realtime.traits import Traits
from realtime.types import DecodeOptions

FIVE = Traits(60.0, ("de", "en", "fr", "it", "ko"), detects_language=False)
ONE = Traits(30.0, ("en",))


@pytest.mark.parametrize(
    ("traits", "asked", "field", "said"),
    [
        (FIVE, DecodeOptions(language="ja"), "language", r"does not support Japanese \(ja\)"),
        (FIVE, DecodeOptions(), "language", "set language=de, en, fr, it, ko"),
        (FIVE, DecodeOptions(language="ko", task="translate"), "task", "task=transcribe"),
        (ONE, DecodeOptions(language="ko"), "language", "supports English .* set language=en"),
        (ONE, DecodeOptions(candidates=("en", "ko")), "languages", "supports English .* only"),
    ],
)
def test_options_that_a_model_lacks_are_refused_with_alternatives(
    traits: Traits, asked: DecodeOptions, field: str, said: str
) -> None:
    with pytest.raises(BadOption, match=said) as refused:
        traits.check(asked)
    assert refused.value.details["field"] == field


def test_options_that_a_model_has_are_accepted() -> None:
    FIVE.check(DecodeOptions(language="it"))
    ONE.check(DecodeOptions(candidates=("en",)))


@pytest.mark.parametrize(
    ("traits", "wanted", "spoken"),
    [
        (FIVE, "ko", "ko"),
        (FIVE, "ja", "de"),
        (FIVE, None, "de"),
        (replace(FIVE, detects_language=True), "ja", None),
        (ONE, "ja", "en"),
        (ONE, None, None),
    ],
)
def test_without_a_language_a_stream_gets_one_of_the_models(
    traits: Traits, wanted: str | None, spoken: str | None
) -> None:
    assert traits.spoken(wanted) == spoken


def test_a_window_has_less_room_for_the_text_of_some_languages() -> None:
    traits = replace(FIVE, text_room_s={"ko": 12.0, "de": 90.0})
    assert traits.longest_s("ko", "transcribe") == 12.0
    assert traits.longest_s("ko", "translate") == traits.longest_s("", "transcribe") == 60.0
    assert traits.longest_s("de", "transcribe") == 60.0
    assert traits.usable_s == 59.5


def test_traits_are_restored_from_json() -> None:
    assert Traits.from_json(FIVE.as_json()) == FIVE
    with pytest.raises(KeyError):
        Traits.from_json({"window_s": 30.0})
