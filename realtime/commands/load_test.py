"""`realtime load-test`: how fast a server answers many at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from realtime.commands.client import Token
from realtime.commands.flags import with_flag_groups
from realtime.load_test.capacity import MOST


@dataclass(frozen=True, kw_only=True)
class LoadFlags:
    """The options of a run, each of which may also be a key of the YAML file."""

    total_requests: Annotated[
        int | None, typer.Option(help="Total requests, or streams (default: 100).")
    ] = None
    warmup_requests: Annotated[
        int | None, typer.Option(help="Warm-up requests, sent first and not counted (default: 10).")
    ] = None
    concurrent_requests: Annotated[
        int | None, typer.Option(help="Requests, or streams, at the same time (default: 5).")
    ] = None
    request_delay: Annotated[
        float | None, typer.Option(help="Seconds between requests (default: 0).")
    ] = None
    audio_duration: Annotated[
        float | None,
        typer.Option(help="Seconds of audio, generated anew for every request (default: 10)."),
    ] = None
    sample_rate: Annotated[int | None, typer.Option(help="Hz (default: 16000).")] = None
    audio_source: Annotated[
        str | None,
        typer.Option(
            help="random: noise and tones; speech: synthesised sentences; or a folder of "
            "recordings (default: speech)."
        ),
    ] = None
    language: Annotated[
        str | None,
        typer.Option(help="Language of the speech, also sent to the server (default: ko)."),
    ] = None
    seed: Annotated[
        int | None, typer.Option(help="Seed of the audio; the same seed gives the same audio.")
    ] = None
    timeout: Annotated[
        float | None, typer.Option(help="Longest time for one request, in seconds (default: 300).")
    ] = None
    url: Annotated[
        str | None,
        typer.Option(help="The server (default: http://localhost:8003, or ws://localhost:8765)."),
    ] = None
    base_url: Annotated[str | None, typer.Option("--base-url", hidden=True)] = None
    endpoint: Annotated[
        str | None, typer.Option(help="Its path (default: /v1/audio/transcriptions, or /).")
    ] = None
    token: Token = None
    api_key: Annotated[str | None, typer.Option("--api-key", hidden=True)] = None
    mode: Annotated[
        str | None,
        typer.Option(
            help="http: whole files; websocket: live streams at the speed of speech.",
            metavar="MODE",
        ),
    ] = None
    model: Annotated[
        str | None, typer.Option(help="Model named to /v1 endpoints (default: whisper-1).")
    ] = None
    save_path: Annotated[
        Path | None,
        typer.Option(
            help="JSON of the results (default: stt_load_test_results_DATE_TIME.json beside the "
            "report, else in ~/.local/state/realtime-whisper/load-tests)."
        ),
    ] = None

    def values(self) -> dict[str, object]:
        """The options by their keys in the file; None: not given."""
        values = asdict(self)
        url, token = values.pop("url"), values.pop("token")
        return {**values, "base_url": url or self.base_url, "api_key": self.api_key or token}


@with_flag_groups
def load_test(
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="YAML file with the options below as keys (default: CONFIG_PATH).",
            metavar="FILE",
        ),
    ] = None,
    flags: LoadFlags,
    report: Annotated[
        Path | None, typer.Option(help="Also write a page with plots.", metavar="FILE.html")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="Call this instead of a server: async (wav_bytes) -> dict with text.",
            metavar="MODULE:FUNCTION",
        ),
    ] = None,
    find_capacity: Annotated[
        bool,
        typer.Option(
            "--find-capacity",
            help="Find the largest number of streams that stays within the limit.",
        ),
    ] = False,
    max_p95_final: Annotated[
        float, typer.Option(help="The limit: p95 of the final latency, in seconds.")
    ] = 1.0,
    most_streams: Annotated[
        int, typer.Option(min=1, help="With --find-capacity: try no more streams than this.")
    ] = MOST,
) -> None:
    """Put this server, or any OpenAI-compatible one, under load and measure it.

    Exit code 0 if all succeeded, 1 with failures, 130 after Ctrl-C, which still writes the results.

    Examples:

    - `realtime load-test --total-requests 50 --concurrent-requests 10 --report out.html`
    - `realtime load-test --mode websocket --concurrent-requests 8 --find-capacity`
    - `CONFIG_PATH=config.yaml realtime load-test`
    """
    # These import speech synthesis, statistics and plots: too slow for `--help`.
    from realtime.load_test.options import read
    from realtime.load_test.run import LoadPlan, execute

    options = read(config, flags.values())
    plan = LoadPlan(options, target, report, find_capacity, max_p95_final, most_streams)
    raise typer.Exit(execute(plan, Console()))
