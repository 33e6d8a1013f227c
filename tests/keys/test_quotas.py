"""What a key may use: live streams at once, hours of audio a day."""

from __future__ import annotations

import asyncio
import threading

import pytest

from realtime.errors import LimitReached
from realtime.keys.holder import NOBODY, Holder, Quota, named
from realtime.keys.quotas import HOURS, STREAMS, Quotas
from realtime.keys.usage import DAY_S, Usage
from realtime.metrics import Metrics

ALICE, BOB = named("alice", Quota(max_streams=1, audio_hours=0.5)), named("bob", Quota())


class House:
    """Quotas of two holders, with a clock that does not advance."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.holders: list[Holder] = [ALICE, BOB]
        self.quotas = Quotas(
            lambda: self.holders, Usage(None, lambda: 20_000.5 * DAY_S), self.metrics
        )
        self.told: list[tuple[str, LimitReached]] = []
        self.quotas.on_used_up(lambda owner, error: self.told.append((owner, error)))

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"realtime_key_{name}", labels)


@pytest.fixture
def house() -> House:
    return House()


def test_a_key_has_a_limited_number_of_streams_at_once(house: House) -> None:
    quotas = house.quotas
    quotas.check_stream(ALICE.owner)
    quotas.enter(ALICE.owner)
    for _ in range(3):
        quotas.check_stream(BOB.owner)
        quotas.enter(BOB.owner)
    with pytest.raises(LimitReached, match="1 streams open") as refused:
        quotas.check_stream(ALICE.owner)
    assert refused.value.details["reason"] == STREAMS
    assert refused.value.retry_after_s
    assert house.metric("streams", client="bob") == 3.0
    assert house.metric("refusals_total", client="alice", reason=STREAMS) == 1.0
    quotas.leave(ALICE.owner)
    quotas.check_stream(ALICE.owner)
    assert house.metric("streams", client="alice") == 0.0


def test_live_audio_and_files_use_the_same_hours(house: House) -> None:
    quotas = house.quotas
    quotas.add(ALICE.owner, "file", 1799.0)
    quotas.check_hours(ALICE.owner)
    assert house.told == []
    quotas.add(ALICE.owner, "live", 1.0)
    [(owner, error)] = house.told
    assert (owner, error.details["reason"]) == (ALICE.owner, HOURS)
    for check in (quotas.check_hours, quotas.check_stream):
        with pytest.raises(LimitReached, match=r"0\.5 hours") as refused:
            check(ALICE.owner)
        assert refused.value.retry_after_s == DAY_S / 2, "tomorrow begins at midnight"
    quotas.add(ALICE.owner, "file", 1.0)
    assert len(house.told) == 1, "a file that runs is not ended"
    quotas.add(BOB.owner, "live", 1e6)
    quotas.check_stream(BOB.owner)
    assert house.metric("audio_seconds_total", client="alice", kind="file") == 1800.0
    assert house.metric("audio_seconds_total", client="bob", kind="live") == 1e6


def test_the_submitter_of_a_job_has_a_name_even_if_its_key_is_unknown(house: House) -> None:
    assert house.quotas.name("0123456789abcdef") == "key-012345"
    assert house.quotas.name(NOBODY) == ""


def test_without_keys_nobody_is_counted(house: House) -> None:
    quotas = house.quotas
    quotas.check_stream(NOBODY)
    quotas.enter(NOBODY)
    quotas.add(NOBODY, "live", 1.0)
    quotas.count_request(NOBODY)
    quotas.leave(NOBODY)
    assert quotas.name(NOBODY) == ""
    for gauge in house.metrics.registry.collect():
        if gauge.name.startswith("realtime_key_"):
            assert gauge.samples == []


def test_metrics_are_labelled_with_the_names_of_holders(house: House) -> None:
    house.quotas.count_request(ALICE.owner)
    house.quotas.count_request("a stranger")
    assert house.metric("requests_total", client="alice") == 1.0
    assert b"stranger" not in house.metrics.render()


def test_audio_after_a_key_was_revoked_is_still_counted(house: House) -> None:
    house.quotas.check_stream(ALICE.owner)
    house.holders.remove(ALICE)
    house.quotas.add(ALICE.owner, "live", 1.0)
    assert house.metric("audio_seconds_total", client="alice", kind="live") == 1.0


def test_a_new_quota_applies_from_the_next_check(house: House) -> None:
    house.quotas.enter(ALICE.owner)
    house.holders[0] = named("alice", Quota(max_streams=2))
    house.quotas.check_stream(ALICE.owner)


def test_reserved_hours_are_not_given_twice(house: House) -> None:
    quotas = house.quotas
    quotas.add(ALICE.owner, "file", 1_700.0)
    with quotas.reservation(ALICE.owner) as first:
        quotas.check_hours(ALICE.owner)
        first.extend(50.0)
        quotas.check_hours(ALICE.owner)
        first.extend(120.0)
        first.extend(90.0)  # less than is reserved already
        with pytest.raises(LimitReached, match=r"0\.5 hours"):
            quotas.check_hours(ALICE.owner)
        quotas.check_hours(BOB.owner)
        quotas.add(ALICE.owner, "file", 60.0)  # it had less audio than its header said
    quotas.check_hours(ALICE.owner)
    assert [quotas.has_hours(holder.owner) for holder in (ALICE, BOB)] == [True, False]


async def test_a_refused_claim_reserves_nothing(house: House) -> None:
    quotas = house.quotas
    with quotas.reservation(ALICE.owner) as first, quotas.reservation(ALICE.owner) as second:
        await first.claim(1_800.0)
        with pytest.raises(LimitReached, match=r"0\.5 hours"):
            await second.claim(60.0)
        assert (first.seconds, second.seconds) == (1_800.0, 0.0)
    quotas.check_hours(ALICE.owner)
    with quotas.reservation(BOB.owner) as unlimited:
        await unlimited.claim(1e9)
        assert unlimited.seconds == 0.0


async def test_a_cancelled_claim_gives_back_what_it_reserves_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas, begun, go_on = house.quotas, threading.Event(), threading.Event()
    claim = quotas.claim

    def slow(owner: str, seconds: float) -> None:
        begun.set()
        go_on.wait()
        claim(owner, seconds)

    monkeypatch.setattr(quotas, "claim", slow)
    with quotas.reservation(ALICE.owner) as hours:
        claimed = asyncio.create_task(hours.claim(1_800.0))
        await asyncio.to_thread(begun.wait)
        claimed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await claimed
    go_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    await asyncio.sleep(0)  # the callback of the thread's result
    quotas.check_hours(ALICE.owner)
