"""Knobs of the listeners: addresses, limits and logging."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_settings import NoDecode

from realtime.settings.knob import (
    Count,
    Knob,
    PositiveSeconds,
    Seconds,
    split_commas,
)

ANY_SERVER = "any"
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SERVER = re.compile(rf"wss?://{_LABEL}(?:\.{_LABEL})*(?::(?P<port>[0-9]{{1,5}}))?")
"""The addresses allowed in a Content-Security-Policy (level 3, section 2.3.1): none with IPv6."""


def _live_server(text: str) -> str:
    """`WSS://GPU:8765/` → `wss://gpu:8765`, or `any`. Raises ValueError for anything else,
    since the result goes into a header of the page."""
    server = text.strip().lower().removesuffix("/")
    match = _SERVER.fullmatch(server)
    if server != ANY_SERVER and not (match and 0 < int(match["port"] or 1) < 65536):
        raise ValueError(text)
    return server


Servers = Annotated[
    tuple[Annotated[str, AfterValidator(_live_server)], ...],
    NoDecode,
    BeforeValidator(split_commas),
]


def _network(text: str) -> str:
    """Validate an address or a network, and return it unchanged. Raises ValueError."""
    ipaddress.ip_network(text, strict=False)
    return text


Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...],
    NoDecode,
    BeforeValidator(split_commas),
]


class NetworkKnobs(BaseModel):
    """The listeners: ports, proxies and WebSocket connections."""

    host: Annotated[
        str,
        Field(min_length=1),
        Knob(
            "Address to listen on. 0.0.0.0 means every address of this machine.",
            "접속을 받을 주소. 0.0.0.0은 이 컴퓨터의 모든 주소를 뜻합니다.",
            default="127.0.0.1; 0.0.0.0 once api_keys are set",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=-1, le=65535),
        Knob(
            "WebSocket port of the live server. 0 picks a free port, -1 turns it off.",
            "실시간 서버의 웹소켓 포트. 0이면 빈 포트를 쓰고, -1이면 끕니다.",
        ),
    ] = 8765
    api_port: Annotated[
        int,
        Field(ge=-1, le=65535),
        Knob(
            "Port of the HTTP API. 0 picks a free port, -1 turns it off.",
            "HTTP API 포트. 0이면 빈 포트를 쓰고, -1이면 끕니다.",
        ),
    ] = 8003
    web_port: Annotated[
        int,
        Field(ge=-1, le=65535),
        Knob(
            "Port of the web page and its jobs. 0 picks a free port, -1 turns it off.",
            "웹 페이지와 작업의 포트. 0이면 빈 포트를 쓰고, -1이면 끕니다.",
        ),
    ] = 8100
    public_ws_url: Annotated[
        str,
        Field(pattern=r"^(|wss?://\S+|:[0-9]{1,5}|/[A-Za-z0-9._~/-]*)$"),
        Knob(
            "Address of the live server as browsers reach it, for the web page: wss://…, :PORT of "
            "the page's host, or /PATH of its host and port. Needed behind a proxy, and where the "
            "live server runs elsewhere (port -1).",
            "웹 페이지의 브라우저가 실시간 서버에 접속하는 주소: wss://…, 페이지 호스트의 :포트, "
            "또는 페이지 호스트와 포트의 /경로. 프록시 뒤이거나 실시간 서버가 다른 곳에 "
            "있을 때(port -1) 필요.",
            default="the page's host and port",
            allowed="an address such as wss://stt.example.org, a port such as :8765, or a path "
            "such as /",
        ),
    ] = ""
    ui_language: Annotated[
        Literal["auto", "ko", "en"],
        Knob(
            "Language of error messages for clients that name none (Accept-Language). auto: that "
            "of the server's locale; where it names none (C.UTF-8), English with --language en, "
            "else Korean.",
            "언어를 밝히지 않은 클라이언트(Accept-Language 없음)에 보내는 오류 메시지의 언어. "
            "auto이면 서버의 로캘을 따르고, 로캘에 언어가 없으면(C.UTF-8) --language en일 때 "
            "영어, 아니면 한국어.",
        ),
    ] = "auto"
    root_path: Annotated[
        str,
        Field(pattern=r"^(/[A-Za-z0-9._~-]+)*/?$"),
        Knob(
            "Path under which a proxy serves this server, such as /stt, whether or not it "
            "strips the path.",
            "프록시가 이 서버를 제공하는 경로, 예: /stt. 프록시가 경로를 떼고 넘기든 그대로 "
            "넘기든 동작합니다.",
            default="none",
            allowed="a path such as /stt, of letters, digits and . _ ~ -",
        ),
    ] = ""
    trusted_proxies: Annotated[
        Networks,
        Knob(
            "Proxies whose X-Forwarded-For, -Proto, -Host and -Prefix headers are trusted: "
            "addresses or networks, separated by commas.",
            "신뢰할 프록시의 주소나 네트워크(쉼표로 구분). 이들이 보낸 X-Forwarded-For, "
            "-Proto, -Host, -Prefix 헤더를 신뢰합니다.",
            default="none",
            allowed="addresses or networks such as 10.0.0.0/8, separated by commas",
        ),
    ] = ()
    web_live_servers: Annotated[
        Servers,
        Knob(
            "Other live servers that can be chosen on the web page, separated by commas, "
            "such as wss://gpu1:8765. any: any address can be typed in, and the page's "
            "security policy (CSP) allows connections anywhere.",
            "웹 페이지에서 고를 수 있는 다른 실시간 서버(쉼표로 구분), 예: wss://gpu1:8765. "
            "any이면 어떤 주소든 입력할 수 있고, 그만큼 페이지의 보안 정책(CSP)이 모든 연결을 "
            "허용합니다.",
            allowed="any, or addresses such as wss://gpu1:8765, separated by commas: ws:// or "
            "wss://, a name or IPv4 address, perhaps a port, and nothing after it",
        ),
    ] = ()
    max_message_bytes: Annotated[
        int,
        Field(ge=1024, le=1 << 30),
        Knob("Largest message accepted.", "받아들이는 메시지의 최대 크기.", "bytes"),
    ] = 16 * 1024 * 1024
    ping_interval_s: Annotated[
        Seconds, Knob("Time between pings. 0: no pings.", "핑 간격. 0이면 보내지 않습니다.", "s")
    ] = 20.0
    ping_timeout_s: Annotated[
        Seconds,
        Knob(
            "A client that does not answer a ping for this long is disconnected. 0: never.",
            "이 시간 동안 핑에 응답하지 않으면 연결을 끊습니다. 0이면 끊지 않습니다.",
            "s",
        ),
    ] = 20.0
    send_timeout_s: Annotated[
        Seconds,
        Knob(
            "How long a message may wait for a client that is not reading. 0: no limit.",
            "클라이언트가 읽지 않을 때 메시지 하나를 보내려고 기다리는 최대 시간. 0이면 제한하지 "
            "않습니다.",
            "s",
        ),
    ] = 60.0


class LimitKnobs(BaseModel):
    """How much work the server accepts, and for how long."""

    max_sessions: Annotated[
        Count,
        Knob(
            "Streams at once. 0: as many as the model can keep up with on this machine, as "
            "measured.",
            "동시 스트림 수. 0이면 이 컴퓨터에서 측정한 처리 능력만큼 받습니다.",
        ),
    ] = 0
    max_per_address: Annotated[
        Count,
        Knob(
            "Streams and HTTP API requests at once from one address. 0: no limit.",
            "한 주소에서 동시에 여는 스트림과 HTTP 요청 수. 0이면 제한하지 않습니다.",
        ),
    ] = 0
    max_per_key: Annotated[
        Count,
        Knob(
            "Live streams at once per API key, unless keys_file sets another number for it. 0: no "
            "limit.",
            "API 키 하나로 동시에 여는 실시간 스트림 수. keys_file에 따로 정한 키는 그 값을 "
            "따릅니다. 0이면 제한하지 않습니다.",
        ),
    ] = 0
    audio_hours_per_key: Annotated[
        float,
        Field(ge=0, lt=1e6, allow_inf_nan=False),
        Knob(
            "Hours of audio a day (UTC) per API key, live and in files, unless keys_file sets "
            "another number for it. 0: no limit.",
            "API 키 하나로 하루(UTC)에 처리하는 실시간과 파일 음성의 시간. keys_file에 따로 정한 "
            "키는 그 값을 따릅니다. 0이면 제한하지 않습니다.",
            "h",
        ),
    ] = 0.0
    max_session_s: Annotated[
        PositiveSeconds,
        Knob("Longest stream.", "스트림 하나의 최대 길이.", "s"),
    ] = 14_400.0
    first_audio_s: Annotated[
        Seconds,
        Knob(
            "A connection that sends no audio and no message for this long after it opens "
            "is closed; keepalives count. 0: never.",
            "연결한 뒤 이 시간 동안 음성도 메시지도 보내지 않으면 닫습니다(keepalive도 "
            "메시지로 봅니다). 0이면 닫지 않습니다.",
            "s",
        ),
    ] = 60.0
    resume_s: Annotated[
        Seconds,
        Knob(
            "How long a stream can be resumed after its connection broke.",
            "연결이 끊긴 스트림을 이어 갈 수 있는 시간.",
            "s",
        ),
    ] = 60.0
    drain_s: Annotated[
        Seconds,
        Knob(
            "How long streams may continue after SIGTERM or SIGHUP before they are finalised.",
            "SIGTERM이나 SIGHUP을 받은 뒤 스트림을 마무리하기까지 기다리는 시간.",
            "s",
        ),
    ] = 30.0
    max_backlog_s: Annotated[
        PositiveSeconds,
        Knob(
            "Most audio that one stream may have waiting to be decoded.",
            "스트림 하나에서 디코딩을 기다릴 수 있는 음성의 최대 길이.",
            "s",
        ),
    ] = 600.0


class LoggingKnobs(BaseModel):
    """What is logged, and where."""

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Knob("The least severe messages to log.", "기록할 로그의 최소 수준."),
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"],
        Knob("console is for people, json for machines.", "사람용(console) 또는 기계용(json)."),
    ] = "console"
    log_dir: Annotated[
        Path | None,
        Knob(
            "Folder for a copy of the log, realtime.log: at most 60 MiB, the oldest lines are "
            "dropped. Every process needs a folder of its own.",
            "로그를 파일(realtime.log)로도 남길 폴더. 최대 60MiB이며 오래된 줄부터 지웁니다. "
            "프로세스마다 따로 두세요.",
            default="none",
        ),
    ] = None
