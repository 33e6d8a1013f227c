"""`/api/shares/` for users who create links, `/api/shared/` for people who open them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response

from realtime.errors import NotFound
from realtime.files.documents.export import comment_dict
from realtime.server.http.answers import json_response
from realtime.server.http.exchange import owner_of
from realtime.server.page.media import media_type
from realtime.server.page.shares import DEFAULT_DAYS, MOST_DAYS, Share, Shares
from realtime.server.page.sounds import Sounds
from realtime.transcribe.views import View

SHARED_PATH = "/api/shared/"
UNSEEN = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
"""No cache stores what a link shows, and no search engine lists it; `Referrer-Policy` is on every
response already."""
MOST_KEY_CHARS = 200


class ShareFields(BaseModel):
    """A link to be made."""

    model_config = ConfigDict(extra="forbid")

    job_id: Annotated[str, Field(max_length=64)]
    view: View = "original"
    sound: bool = False
    comments: bool = False
    days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = DEFAULT_DAYS


def shares_router(shares: Shares, sounds: Sounds) -> APIRouter:
    """The routes; `RealtimeError`s are answered by the application that includes them."""
    router = APIRouter()

    @router.post("/api/shares/")
    async def make(body: ShareFields, request: Request) -> Response:
        """Create a link to one transcript. Only this response contains its key."""
        share, key = await shares.make(
            body.job_id,
            body.view,
            owner_of(request.scope),
            days=body.days,
            has_sound=body.sound,
            has_comments=body.comments,
        )
        place = f"shared.html?id={share.id}#{key}"
        return json_response({**_listed(share, shares), "key": key, "path": place})

    @router.get("/api/shares/")
    async def of_job(request: Request, job_id: Annotated[str, Query(max_length=64)]) -> Response:
        """List the links to a transcript, without their keys."""
        found = await shares.of_job(job_id, owner_of(request.scope))
        return json_response({"shares": [_listed(share, shares) for share in found]})

    @router.delete("/api/shares/{share_id}")
    async def revoke(share_id: str, request: Request) -> Response:
        """Revoke a link."""
        share = await shares.revoke(share_id, owner_of(request.scope))
        return json_response(_listed(share, shares))

    @router.get(f"{SHARED_PATH}{{share_id}}")
    async def read(
        share_id: str, x_share_key: Annotated[str, Header(max_length=MOST_KEY_CHARS)] = ""
    ) -> Response:
        """Return the transcript behind a link in its present state, with what a reader needs."""
        share = await shares.opened(share_id, x_share_key)
        return json_response(await _shown(share, sounds), headers=UNSEEN)

    @router.get(f"{SHARED_PATH}{{share_id}}/sound")
    async def sound(
        share_id: str, key: Annotated[str, Query(max_length=MOST_KEY_CHARS)] = ""
    ) -> Response:
        """Return the sound of a link that has it, with tones where the transcript is masked."""
        share = await shares.opened(share_id, key)
        return await _sound(share, sounds)

    return router


def _listed(share: Share, shares: Shares) -> dict[str, Any]:
    return {
        "id": share.id,
        "job_id": share.job_id,
        "view": share.view,
        "sound": share.has_sound,
        "comments": share.has_comments,
        "created_at": _moment(share.created_at),
        "expires_at": _moment(share.expires_at),
        "state": share.state(shares.now()),
    }


async def _shown(share: Share, sounds: Sounds) -> dict[str, Any]:
    job = (await sounds.transcripts.service.view(share.job_id, share.owner)).job
    current = await sounds.transcripts.get(share.job_id, share.view, share.owner)
    name = job.labels.name or str(job.request.get("filename", ""))
    is_masked = share.view == "masked"
    return {
        # File names may contain names of people.
        "name": "" if is_masked else name,
        "view": share.view,
        "sound": share.has_sound,
        "is_video": not is_masked
        and media_type(str(job.request.get("filename", ""))).startswith("video/"),
        "language": current.transcript.language,
        "duration": current.transcript.duration_s,
        "expires_at": _moment(share.expires_at),
        "speakers": dict(current.speakers),
        "comments": (
            [comment_dict(comment) for comment in current.comments] if share.has_comments else []
        ),
        "segments": [
            {
                "start": segment.start_s,
                "end": segment.end_s,
                "text": segment.text,
                "speaker": segment.channel if segment.speaker is None else segment.speaker,
            }
            for segment in current.transcript.segments
        ],
    }


async def _sound(share: Share, sounds: Sounds) -> Response:
    """Raises NotFound where the link has no sound."""
    if not share.has_sound:
        raise NotFound("This link shows a transcript without its sound.")
    headers = {**UNSEEN, "Content-Security-Policy": "default-src 'none'; sandbox"}
    if share.view == "masked":
        path = await sounds.masked(share.job_id, share.owner)
        return FileResponse(path, media_type="audio/wav", headers=headers)
    service = sounds.transcripts.service
    file_id = (await service.view(share.job_id, share.owner)).job.file_id
    stored = await service.upload(file_id, share.owner)
    kind = media_type(stored.name)
    return FileResponse(service.files.path(file_id), media_type=kind, headers=headers)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
