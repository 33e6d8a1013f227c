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
            "Ended jobs and their files are deleted after so long. 0: never.",
            "끝난 작업과 파일을 이 기간 뒤에 지웁니다. 0이면 지우지 않음.",
            "days",
        ),
    ] = 30.0
    job_store: Annotated[
        str,
        Knob(
            "Where jobs are kept: empty for SQLite under data_dir, or postgresql://….",
            "작업을 두는 곳: 비우면 data_dir의 SQLite, 또는 postgresql://….",
            default="SQLite under data_dir",
        ),
    ] = ""
    queue_url: Annotated[
        str,
        Knob(
            "Redis that carries jobs to workers on other machines: redis://…. Empty: none.",
            "다른 컴퓨터의 작업자에게 작업을 나르는 Redis: redis://…. 비우면 없음.",
            default="none",
        ),
    ] = ""
    api_url: Annotated[
        str,
        Knob(
            "An HTTP API elsewhere that does the jobs of the web page, or of a worker: "
            "http://…. With port and api_port -1 the process loads no model.",
            "웹 페이지나 작업자의 작업을 맡을 다른 곳의 HTTP API: http://…. port와 api_port가 "
            "-1이면 이 프로세스는 모델을 불러오지 않습니다.",
            default="this process",
        ),
    ] = ""
    job_lease_s: Annotated[
        PositiveSeconds,
        Knob(
            "A job whose worker says nothing for so long is given to another.",
            "작업자가 이 시간 동안 소식이 없으면 작업을 다른 작업자에게 넘깁니다.",
            "s",
        ),
    ] = 15.0
    job_stall_s: Annotated[
        PositiveSeconds,
        Knob(
            "A job that gets no further for so long fails. Long files have no other limit.",
            "이 시간 동안 진전이 없는 작업은 실패로 끝냅니다. 긴 파일에 다른 제한은 없습니다.",
            "s",
        ),
    ] = 600.0
    queue_visibility_s: Annotated[
        PositiveSeconds,
        Knob(
            "Redis brings a job's id again after so long without an end; that does no harm.",
            "작업이 끝나지 않으면 Redis가 이 시간 뒤 작업 ID를 다시 나릅니다. 해는 없습니다.",
            "s",
        ),
    ] = 21_600.0
