import warnings

import numpy as np
import pytest

from realtime.audio.g711 import alaw_table, mulaw_table

ALL_CODES = bytes(range(256))


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_every_code_is_decoded_as_by_the_standard_library(law: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop", reason="Python 3.13 no longer has it")
    decode = {"ulaw": audioop.ulaw2lin, "alaw": audioop.alaw2lin}[law]
    expected = np.frombuffer(decode(ALL_CODES, 2), np.int16) / 32768
    table = {"ulaw": mulaw_table, "alaw": alaw_table}[law]()
    assert np.array_equal(table, expected)


def test_known_values_of_the_recommendation() -> None:
    # G.711 tables 2a and 1a: largest values 8031 of 8192 and 4032 of 4096; μ-law has a true zero.
    assert mulaw_table()[0x80] == pytest.approx(8031 / 8192)
    assert mulaw_table()[0xFF] == 0.0
    assert alaw_table()[0xAA] == pytest.approx(4032 / 4096)
    assert alaw_table()[0xD5] == pytest.approx(1 / 4096)


def test_tables_are_shared_and_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        mulaw_table()[0] = 0.0
