"""File names in all the forms that clients write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.server.http.disposition import part_names


@pytest.mark.parametrize(
    ("parameters", "filename"),
    [
        ('filename="통화.wav"', "통화.wav"),
        ("filename*=UTF-8''%ED%86%B5%ED%99%94.wav", "통화.wav"),
        ("filename*=utf-8'ko'%ED%86%B5%ED%99%94.wav", "통화.wav"),
        ("filename*=\"UTF-8''%ED%86%B5%ED%99%94.wav\"", "통화.wav"),
        ("filename*=iso-8859-1''caf%E9.wav", "café.wav"),
        ("filename*=EUC-KR''%C5%EB%C8%AD.wav", "통화.wav"),
        ("filename=\"call.wav\"; filename*=UTF-8''%ED%86%B5%ED%99%94.wav", "통화.wav"),
        ("filename*=UTF-8''%ED%86%B5%ED%99%94.wav; filename=\"call.wav\"", "통화.wav"),
        ("filename=\"a; filename*=UTF-8''b.wav\"", "a; filename*=UTF-8''b.wav"),
        ("FileName*=UTF-8''b.wav", "b.wav"),
        ("filename=\"call.wav\"; filename*=nonsense''b", "call.wav"),
        ("filename=\"call.wav\"; filename*=rot13''b", "call.wav"),
        ('filename="call.wav"; filename*=b', "call.wav"),
        ("filename*=b", None),
        ('filename="=?UTF-8?B?7Ya17ZmULndhdg==?="', "통화.wav"),
        ('filename="=?utf-8?q?=ED=86=B5=ED=99=94=2Ewav?="', "통화.wav"),
        ('filename="=?UTF-8?B?7Ya1?= =?UTF-8?B?7ZmULndhdg==?="', "통화.wav"),
        ('filename="=?nonsense?B?7Ya1?="', "=?nonsense?B?7Ya1?="),
        ('filename="=?UTF-8?B?7?="', "=?UTF-8?B?7?="),
        ('filename=""', ""),
        ("", None),
    ],
)
def test_every_way_to_name_a_file(parameters: str, filename: str | None) -> None:
    header = f'form-data; name="file"; {parameters}'.encode()
    assert part_names(header) == ("file", filename)


def test_a_part_without_a_name() -> None:
    assert part_names(b"form-data") == (None, None)
    assert part_names(b'form-data; filename="a"') == (None, "a")


@given(st.binary(max_size=200))
def test_no_bytes_break_it(rest: bytes) -> None:
    for start in (b"form-data; ", b"form-data; filename*=", b'form-data; filename="=?UTF-8?B?'):
        part_names(start + rest)
