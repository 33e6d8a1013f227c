"""Where hours are limited, each key's usage is saved while the server runs and when it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from realtime.app.services.usage import UsageWriter
from realtime.app.usage import keeps_usage, make_usage, usage_path
from realtime.errors import SetupError
from realtime.keys.usage import Usage, used_today
from realtime.settings import Settings


async def test_used_hours_are_on_disk_at_the_end(tmp_path: Path) -> None:
    usage = Usage(tmp_path / "usage")
    writer = UsageWriter(usage)
    await writer.start()
    usage.add("alice", "live", 1800.0)
    await writer.stop()
    assert used_today(tmp_path / "usage") == {"alice": 1800.0}


async def test_a_failing_disk_is_logged_and_ends_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "away"
    folder.mkdir()
    usage = Usage(folder / "usage")
    usage.add("alice", "live", 1800.0)
    folder.rename(tmp_path / "elsewhere")
    with capture_logs() as logs:
        await UsageWriter(usage).stop()
    assert [line["event"] for line in logs] == ["usage.not_written"]
    assert usage.used_s("alice") == 1800.0


def test_hours_are_stored_where_a_key_may_have_a_quota_of_them(tmp_path: Path) -> None:
    keys = (SecretStr("secret"),)
    assert not keeps_usage(Settings())
    assert not keeps_usage(Settings(audio_hours_per_key=1.0))
    assert not keeps_usage(Settings(api_keys=keys))
    assert keeps_usage(Settings(api_keys=keys, audio_hours_per_key=1.0))
    assert keeps_usage(Settings(keys_file=tmp_path / "keys.toml"))
    make_usage(Settings(data_dir=tmp_path)).add("", "live", 1.0)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_reported_in_one_sentence(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, keys_file=tmp_path / "keys.toml")
    usage_path(settings).write_bytes(b"no database, and long enough to be read as one")
    with pytest.raises(SetupError, match="cannot be read"):
        make_usage(settings)
