"""Knobs of files, of the cloud backend, and of the steps after the transcript."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from realtime.settings.knob import Knob, PositiveSeconds


class FileKnobs(BaseModel):
    """Which files are transcribed, and how."""

    allowed_dir: Annotated[
        Path,
        Knob(
            "Folder whose files may be named in requests; nothing outside it is ever opened.",
            "요청에서 경로로 지정할 수 있는 파일의 폴더. 이 폴더 밖의 파일은 열지 않습니다.",
        ),
    ] = Path("audio")
    data_dir: Annotated[
        Path,
        Knob(
            "Folder for uploads, results and the job database.",
            "업로드, 결과, 작업 데이터베이스를 두는 폴더.",
        ),
    ] = Path("data")
    data_dir_shared: Annotated[
        bool,
        Knob(
            "Start even if other users of this machine can access data_dir.",
            "이 컴퓨터의 다른 사용자가 data_dir에 접근할 수 있어도 시작합니다.",
        ),
    ] = False
    max_upload_mb: Annotated[
        int, Field(ge=1), Knob("Largest upload.", "업로드의 최대 크기.", "MB")
    ] = 2048
    max_audio_hours: Annotated[
        float,
        Field(gt=0, allow_inf_nan=False),
        Knob("Longest audio in one file.", "파일 하나에 담긴 음성의 최대 길이.", "h"),
    ] = 24.0
    overlap_seconds: Annotated[
        float,
        Field(ge=0, le=15),
        Knob(
            "Audio shared by neighbouring windows of a file where there is no pause to cut at.",
            "끊을 만한 쉼이 없을 때 이웃한 두 구간이 겹치는 음성의 길이.",
            "s",
        ),
    ] = 5.0
    max_files: Annotated[
        int,
        Field(ge=1, le=1024),
        Knob(
            "Files transcribed at once; further requests wait or are asked to come back later.",
            "동시에 처리하는 파일 수. 이를 넘는 요청은 기다리거나, 나중에 다시 보내라는 "
            "응답을 받습니다.",
        ),
    ] = 16


class CloudKnobs(BaseModel):
    """OpenAI's API, or a compatible server, as a backend. Its key is in OPENAI_API_KEY."""

    openai_base_url: Annotated[
        str,
        Knob(
            "Address of the API for the backend openai-api.",
            "openai-api 백엔드가 사용하는 API 주소.",
        ),
    ] = "https://api.openai.com/v1"
    openai_model: Annotated[
        str,
        Field(min_length=1),
        Knob("Model requested by the backend openai-api.", "openai-api 백엔드가 요청하는 모델."),
    ] = "whisper-1"
    openai_usd_per_minute: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False),
        Knob(
            "Price per minute used to calculate costs.", "비용을 계산할 때 쓰는 분당 가격.", "USD"
        ),
    ] = 0.006


class StepKnobs(BaseModel):
    """Privacy, classification and the agent."""

    privacy_style: Annotated[
        Literal["partial", "tag"],
        Knob(
            "How personal data is masked: partial leaves 010-****-5678, tag leaves [PHONE].",
            "개인정보를 가리는 방식: partial은 010-****-5678, tag는 [PHONE].",
        ),
    ] = "partial"
    taxonomy: Annotated[
        Path | None,
        Knob(
            "TOML file with the categories of calls. Default: those of a call centre.",
            "통화 분류 체계 파일(TOML). 기본값은 콜센터 분류.",
            default="a call centre's",
        ),
    ] = None
    llm_url: Annotated[
        str,
        Knob(
            "OpenAI-compatible chat API for the steps after the transcript. Empty: none.",
            "전사 뒤 단계에 쓰는 OpenAI 호환 채팅 API 주소. 비우면 쓰지 않습니다.",
            default="none",
        ),
    ] = ""
    llm_model: Annotated[
        str,
        Knob("Model requested from the chat API.", "채팅 API에 요청하는 모델.", default="none"),
    ] = ""
    llm_api_key: Annotated[
        SecretStr | None, Knob("Key of the chat API.", "채팅 API의 키.", default="none")
    ] = None
    llm_timeout_s: Annotated[
        PositiveSeconds,
        Knob("Longest wait for the chat API.", "채팅 API를 기다리는 최대 시간.", "s"),
    ] = 30.0
    llm_masked: Annotated[
        bool,
        Knob(
            "Mask personal data in everything sent to the chat API, even if nobody asked for it.",
            "요청과 관계없이 채팅 API에 보내는 글에서 개인정보를 가립니다.",
        ),
    ] = False
    llm_steps: Annotated[
        Literal["agent", "all"],
        Knob(
            "What the chat API does: the agent alone, or privacy and classification too.",
            "채팅 API가 처리하는 단계: agent는 상담 도우미만, all은 개인정보 가리기와 분류까지.",
        ),
    ] = "agent"
