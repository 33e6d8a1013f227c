"""Knobs of security: who may connect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel

from realtime.settings.knob import Knob, Names, Secrets


class SecurityKnobs(BaseModel):
    """Who may connect."""

    api_keys: Annotated[
        Secrets,
        Knob(
            "Keys that clients must present, separated by commas. Set them in the "
            "environment or in the file rather than as a flag, which other users of the "
            "machine can see.",
            "클라이언트가 제시해야 하는 키(쉼표로 구분). 플래그는 같은 컴퓨터의 다른 사용자에게 "
            "보이므로 환경 변수나 파일에 두세요.",
            default="none",
        ),
    ] = ()
    keys_file: Annotated[
        Path | None,
        Knob(
            "File (TOML) of further keys, each with a name and perhaps a quota: see realtime keys. "
            "Read again when it changes.",
            "이름과 한도를 붙인 키를 더 담은 파일(TOML). realtime keys 명령을 보세요. 바뀌면 다시 "
            "읽습니다.",
            default="none",
        ),
    ] = None
    allowed_origins: Annotated[
        Names,
        Knob(
            "Origins of web pages that may connect, separated by commas; * for all; null for pages "
            "opened as files, and for sandboxed frames of any page.",
            "접속을 허용할 웹 페이지의 Origin(쉼표로 구분). *이면 모두, null이면 파일로 연 "
            "페이지와 모든 페이지의 샌드박스 프레임을 허용합니다.",
            default="pages of this server's host and of this machine",
        ),
    ] = ()
    cors_origins: Annotated[
        Names,
        Knob(
            "Origins whose pages may read the HTTP API's answers (CORS), separated by commas.",
            "HTTP API의 응답을 읽을 수 있는 웹 페이지의 Origin(CORS, 쉼표로 구분).",
            default="none",
        ),
    ] = ()
    allowed_hosts: Annotated[
        Names,
        Knob(
            "Host names under which clients may address the server, separated by commas; * "
            "for all. Not checked where api_keys are set.",
            "클라이언트가 서버에 접속할 때 쓸 수 있는 호스트 이름(쉼표로 구분). *이면 모두 "
            "허용합니다. api_keys가 있으면 검사하지 않습니다.",
            default="localhost and plain addresses",
        ),
    ] = ()
    tls_cert: Annotated[
        Path | None,
        Knob("Certificate file (PEM), for wss://.", "wss://용 인증서 파일(PEM)."),
    ] = None
    tls_key: Annotated[
        Path | None,
        Knob("Private key file (PEM) of the certificate.", "인증서의 개인 키 파일(PEM)."),
    ] = None
    insecure: Annotated[
        bool,
        Knob(
            "Accept connections from other machines without api_keys.",
            "api_keys 없이도 다른 컴퓨터의 접속을 받습니다.",
        ),
    ] = False
