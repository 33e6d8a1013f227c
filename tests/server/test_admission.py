"""Admission of streams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import (
    Draining,
    Forbidden,
    LimitReached,
    NotReady,
    Overloaded,
    Unauthorized,
)
from realtime.server.admission import Admission, AdmissionOptions, RequestInfo
from realtime.server.keys import offered_key

KEY = "a-key-of-some-length"


def door(
    options: AdmissionOptions | None = None, *, ready: bool = True, overloaded: bool = False
) -> Admission:
    return Admission(
        options or AdmissionOptions(), ready=lambda: ready, overloaded=lambda: overloaded
    )


def info(
    path: str = "/",
    host: str | None = "localhost:8765",
    origin: str | None = None,
    token: str | None = None,
    **headers: str,
) -> RequestInfo:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RequestInfo(path, host, origin, named, token, "127.0.0.1")


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8765", "127.0.0.1:9", "[::1]:8765", "::1", "10.1.2.3", "[fe80::1]:80"],
)
def test_local_names_and_addresses_are_allowed_hosts(host: str) -> None:
    door().check(info(host=host))


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example:8765", None, "", "[x", "[x]", ":8765"),
        *("evil.example@localhost", "localhost@", "localhost/x", "localhost, evil.example"),
        *("localhost#x", "local host", "localhost:x", "localhost:1:2"),
    ],
)
def test_foreign_hosts_are_refused_unless_a_key_is_required(host: str | None) -> None:
    with pytest.raises(Forbidden, match="allowed_hosts"):
        door().check(info(host=host))
    door(AdmissionOptions(allowed_hosts=("*",))).check(info(host=host))
    door(AdmissionOptions(api_keys=(KEY,))).check(info(host=host, token=KEY))


def test_a_host_can_be_allowed() -> None:
    named = door(AdmissionOptions(allowed_hosts=("stt.example",)))
    named.check(info(host="stt.example:443"))
    with pytest.raises(Forbidden):
        named.check(info(host="other.example"))


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "good"),
    [
        ("http://localhost:8100", "localhost:8765", (), True),
        ("http://127.0.0.1", "localhost:8765", (), True),
        ("https://stt.example", "stt.example:8765", (), True),
        ("https://evil.example", "localhost:8765", (), False),
        ("null", "localhost", (), False),
        ("null", "localhost", ("null",), True),
        ("null", "localhost", ("*",), True),
        ("http://evil.example@localhost", "localhost", (), False),
        ("http://localhost/x", "localhost", (), False),
        ("localhost", "localhost", (), False),
        ("http://[::1]:8100", "localhost", (), True),
        ("null", "localhost", ("https://app.example",), False),
        ("https://app.example", "localhost", ("https://app.example",), True),
        ("https://app.example:1", "localhost", ("https://app.example",), False),
        ("https://evil.example", "localhost", ("*",), True),
        ("garbage", "localhost", (), False),
        ("http://[x", "localhost", (), False),
    ],
)
def test_origins_of_pages(origin: str, host: str, allowed: tuple[str, ...], good: bool) -> None:
    options = AdmissionOptions(allowed_origins=allowed, allowed_hosts=("*",))
    if good:
        door(options).check(info(origin=origin, host=host))
    else:
        with pytest.raises(Forbidden, match="allowed_origins"):
            door(options).check(info(origin=origin, host=host))


@pytest.mark.parametrize(
    "way",
    [
        {"token": KEY},
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"token {KEY}"},
        {"x_api_key": KEY},
        {"sec_websocket_protocol": f"token, {KEY}"},
        {"sec_websocket_protocol": f"chat, bearer,{KEY}"},
    ],
    ids=str,
)
def test_all_ways_to_send_a_key(way: dict[str, str]) -> None:
    guarded = door(AdmissionOptions(api_keys=("another", KEY)))
    guarded.check(info(**way))
    with pytest.raises(Unauthorized):
        guarded.check(info(**{name: value + "x" for name, value in way.items()}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": KEY},
        {"authorization": f"Basic {KEY}"},
        {"sec-websocket-protocol": KEY},
        {"sec-websocket-protocol": "token"},
    ],
    ids=str,
)
def test_malformed_headers_contain_no_key(headers: dict[str, str]) -> None:
    assert offered_key(headers, None) is None
    with pytest.raises(Unauthorized, match="requires a key"):
        door(AdmissionOptions(api_keys=(KEY,))).check(info(**headers))


def test_a_wrong_key_is_called_wrong() -> None:
    with pytest.raises(Unauthorized, match="none of this server's") as refused:
        door(AdmissionOptions(api_keys=(KEY,))).check(info(authorization="Bearer guess"))
    assert refused.value.details == {"reason": "wrong_key"}


def test_without_a_key_the_answer_says_only_that_one_is_needed() -> None:
    with pytest.raises(Unauthorized):
        door(AdmissionOptions(api_keys=(KEY,))).check(info("/nowhere"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_other_text_is_accepted_as_a_key(token: str, header: str) -> None:
    guarded = door(AdmissionOptions(api_keys=(KEY,)))
    with pytest.raises(Unauthorized):
        guarded.check(info(token=token, authorization=f"Bearer {header}"))


def test_keys_are_not_shown() -> None:
    assert KEY not in repr(AdmissionOptions(api_keys=(KEY,)))


def test_slots_are_counted_and_released() -> None:
    small = door(AdmissionOptions(max_sessions=2, max_per_address=2))
    small.enter("a")
    small.enter("b")
    with pytest.raises(Overloaded, match="All 2 streams"):
        small.enter("c")
    small.enter("c", resuming=True)
    small.leave("c")
    small.leave("b")
    small.enter("a")
    with pytest.raises(LimitReached, match="Your address"):
        small.check_capacity("a")
    assert small.active == 2


def test_an_overloaded_model_admits_only_a_first_stream() -> None:
    busy = door(overloaded=True)
    busy.enter("a")
    with pytest.raises(Overloaded) as refused:
        busy.enter("b")
    assert refused.value.retry_after_s
    assert busy.active == 1
    door(AdmissionOptions(max_sessions=5), overloaded=True).enter("b")


def test_not_ready_and_draining_are_reported() -> None:
    with pytest.raises(NotReady) as loading:
        door(ready=False).enter("a")
    assert loading.value.retry_after_s == 2, "the page waits no longer once it is ready"
    leaving = door()
    leaving.draining = True
    with pytest.raises(Draining):
        leaving.enter("a")
    leaving.enter("a", resuming=True)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_the_count_is_right_whatever_comes_and_goes(steps: list[tuple[str, bool]]) -> None:
    small = door(AdmissionOptions(max_sessions=3))
    inside: list[str] = []
    for address, enters in steps:
        if not enters and address in inside:
            small.leave(address)
            inside.remove(address)
        elif enters and len(inside) < 3:
            small.enter(address)
            inside.append(address)
        elif enters:
            with pytest.raises(Overloaded):
                small.enter(address)
        assert small.active == len(inside)
