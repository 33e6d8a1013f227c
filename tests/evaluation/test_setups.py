"""The setups that an evaluation compares."""

from __future__ import annotations

import pytest

from realtime.errors import SetupError
from realtime.evaluation.setups import Setup, parse_setups


def test_setups_have_names() -> None:
    assert parse_setups("file, live,accuracy,chunk_duration=5&prompt=a+b,live,") == (
        Setup("file", False),
        Setup("live", True),
        Setup("accuracy", True, {"preset": "accuracy"}),
        Setup("chunk_duration=5&prompt=a+b", True, {"chunk_duration": "5", "prompt": "a b"}),
    )


def test_an_empty_list_of_setups_is_refused() -> None:
    with pytest.raises(SetupError, match="name setups"):
        parse_setups(" , ")
