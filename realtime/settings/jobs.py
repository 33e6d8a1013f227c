"""Knobs of jobs: files that are transcribed later, here or on other machines."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from realtime.settings.knob import Knob, PositiveSeconds


class JobKnobs(BaseModel):
    """The queue behind the web page."""

    max_jobs: Annotated[
        int,
        Field(ge=1, le=1024),
        Knob(
            "Jobs of the web page that run at once; the rest wait in order.",
            "동시에 실행하는 웹 페이지 작업 수. 나머지는 순서대로 기다립니다.",
        ),
    ] = 2
    job_days: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False),
        Knob(
            "Finished jobs and their files are deleted after this long. 0: never.",
            "끝난 작업과 파일을 이 기간이 지나면 삭제합니다. 0이면 삭제하지 않습니다.",
            "days",
        ),
    ] = 30.0
    session_days: Annotated[
        float,
        Field(ge=0, allow_inf_nan=False),
        Knob(
            "Let people keep live sessions on the server as well as in their browser, by key. "
            "Sessions that nobody changed for this long are deleted. 0: only in browsers.",
            "실시간 세션을 브라우저뿐 아니라 서버에도 키별로 보관할 수 있게 합니다. 이 기간 동안 "
            "바뀌지 않은 세션은 삭제합니다. 0이면 브라우저에만 보관합니다.",
            "days",
        ),
    ] = 0.0
    job_store: Annotated[
        str,
        Knob(
            "Where jobs are kept: empty for SQLite under data_dir, or postgresql://….",
            "작업을 저장하는 곳: 비우면 data_dir의 SQLite, 또는 postgresql://….",
            default="SQLite under data_dir",
        ),
    ] = ""
    queue_url: Annotated[
        str,
        Knob(
            "Redis that carries jobs to workers on other machines: redis://…. Empty: none.",
            "다른 컴퓨터의 작업자에게 작업을 전달하는 Redis: redis://…. 비우면 쓰지 않습니다.",
            default="none",
        ),
    ] = ""
    api_url: Annotated[
        str,
        Knob(
            "HTTP API of another server that does the jobs of the web page or of a worker: "
            "http://…. With port and api_port -1 this process loads no model.",
            "웹 페이지나 작업자의 작업을 대신 처리할 다른 서버의 HTTP API: http://…. port와 "
            "api_port가 -1이면 이 프로세스는 모델을 불러오지 않습니다.",
            default="this process",
        ),
    ] = ""
    job_lease_s: Annotated[
        PositiveSeconds,
        Knob(
            "A job whose worker has been silent for this long is given to another worker.",
            "작업자가 이 시간 동안 응답하지 않으면 작업을 다른 작업자에게 넘깁니다.",
            "s",
        ),
    ] = 15.0
    job_stall_s: Annotated[
        PositiveSeconds,
        Knob(
            "A job that makes no progress for this long fails. Long files have no other limit.",
            "이 시간 동안 진행되지 않은 작업은 실패로 처리합니다. 긴 파일이라고 해서 다른 "
            "제한은 없습니다.",
            "s",
        ),
    ] = 600.0
    queue_visibility_s: Annotated[
        PositiveSeconds,
        Knob(
            "Redis delivers a job's id again if the job has not ended after this long; no "
            "job is done twice.",
            "작업이 이 시간 안에 끝나지 않으면 Redis가 작업 ID를 다시 전달합니다. 중복으로 "
            "처리되지는 않습니다.",
            "s",
        ),
    ] = 21_600.0
