"""Views of a finished job's transcript: as spoken, or with personal data masked.

A view is masked anew each time it is requested, from the result and its corrections: nothing is
transcribed again, and nothing is stored twice.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from realtime.files.subtitles import segment_dict
from realtime.postprocess.base import PrivacyIncomplete, PrivacyRemover, PrivacyResult, Processed
from realtime.postprocess.shape import privacy_field
from realtime.types import Comment, Segment, Transcript, Word

View: TypeAlias = Literal["original", "masked"]
TAG = re.compile(r"\[[A-Z_]+\]")
MASK = re.compile(rf"\*|{TAG.pattern}")
"""What masking writes in place of personal data."""
MARGIN_S = 0.08
"""Added on both sides of a masked word, whose times may be off by this much."""
AGENT_TEXTS = ("summary", "intent", "suggested_reply")
"""Texts by a language model about a call, besides its list of `next_actions`."""


def transcript_of(
    segments: Sequence[Mapping[str, Any]], language: str, duration_s: float
) -> Transcript:
    """The segments of a result or a correction, as the values that writers and steps take."""
    return Transcript(tuple(map(_segment, segments)), language, duration_s)


class MaskedView:
    """Makes views of results in which personal data is masked."""

    def __init__(self, privacy: PrivacyRemover) -> None:
        self._privacy = privacy

    async def transcript(self, transcript: Transcript) -> PrivacyResult:
        """Mask with what is configured; with the rules alone where a language model fails."""
        try:
            return await self._privacy.remove(transcript)
        except PrivacyIncomplete as incomplete:
            return incomplete.result

    async def result(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """A job's result as it would be with `privacy_removal`."""
        if result.get("privacy_removal"):
            return dict(result)
        original = await asyncio.to_thread(
            transcript_of, result["segments"], result["language"], result["duration"]
        )
        found = await self.transcript(original)
        masked = found.transcript
        return {
            **{name: value for name, value in result.items() if name != "speakers"},
            "text": masked.text,
            "segments": [segment_dict(segment) for segment in masked.segments],
            "privacy_removal": privacy_field(Processed(masked, found)),
            "processing_steps": {**result["processing_steps"], "privacy_removal": True},
            **await self._steps(result),
        }

    async def comments(self, comments: Sequence[Comment], language: str) -> tuple[Comment, ...]:
        """Mask comments, and leave their writers' names out."""
        if not comments:
            return ()
        texts = await self._texts([comment.text for comment in comments], language)
        pairs = zip(comments, texts, strict=True)
        return tuple(Comment(comment.start_s, text) for comment, text in pairs)

    async def _steps(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Masked fields of the later steps, which were written from unmasked words."""
        fields: dict[str, Any] = {}
        if result.get("classification"):
            kind = dict(result["classification"])
            (kind["reason"],) = await self._texts([kind["reason"]], result["language"])
            fields["classification"] = kind
        if result.get("ai_agent"):
            agent = dict(result["ai_agent"])
            texts = [agent[name] for name in AGENT_TEXTS]
            texts = await self._texts([*texts, *agent["next_actions"]], result["language"])
            agent |= dict(zip(AGENT_TEXTS, texts, strict=False))
            fields["ai_agent"] = {**agent, "next_actions": texts[len(AGENT_TEXTS) :]}
        if result.get("summary"):
            fields["summary"] = await self._summary(result["summary"], result["language"])
        return fields

    async def _summary(self, summary: Mapping[str, Any], language: str) -> dict[str, Any]:
        points, chapters = summary["points"], summary["chapters"]
        texts = [point["text"] for point in points]
        texts += [chapter[name] for chapter in chapters for name in ("title", "text")]
        masked = iter(await self._texts(texts, language))
        return {
            **summary,
            "points": [{**point, "text": next(masked)} for point in points],
            "chapters": [
                {**chapter, "title": next(masked), "text": next(masked)} for chapter in chapters
            ],
        }

    async def _texts(self, texts: Sequence[str], language: str) -> list[str]:
        original = Transcript(tuple(Segment(0.0, 0.0, text) for text in texts), language, 0.0)
        masked = (await self.transcript(original)).transcript
        return [segment.text for segment in masked.segments]


def corrected(transcript: Transcript, correction: Mapping[str, Any]) -> Transcript:
    """The transcript with the segments of a correction."""
    return replace(transcript, segments=tuple(map(_segment, correction["segments"])))


def comments_of(correction: Mapping[str, Any]) -> tuple[Comment, ...]:
    """The comments in a correction, in the order of its segments."""
    return tuple(
        Comment(segment["start"], comment["text"], comment.get("name", ""))
        for segment in correction["segments"]
        for comment in segment.get("comments", ())
    )


def _segment(shown: Mapping[str, Any]) -> Segment:
    return Segment(
        shown["start"],
        shown["end"],
        shown["text"],
        tuple(
            Word(word["word"], word["start"], word["end"], word.get("probability", 1.0))
            for word in shown.get("words") or ()
        ),
        channel=shown.get("channel"),
        speaker=shown.get("speaker"),
    )


def masked_spans(masked: Transcript) -> list[tuple[float, float]]:
    """(start, end) of masked speech in seconds, in order and disjoint: by words, or the whole
    segment where none of its words shows a mask."""
    spans = [span for segment in masked.segments for span in _spans(segment)]
    joined: list[tuple[float, float]] = []
    for start_s, end_s in sorted(spans):
        if joined and start_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end_s, joined[-1][1]))
        else:
            joined.append((start_s, end_s))
    return joined


def _spans(segment: Segment) -> Iterator[tuple[float, float]]:
    if not segment.words or not any(MASK.search(word.text) for word in segment.words):
        if MASK.search(segment.text):
            yield segment.start_s, segment.end_s
        return
    following = [word.start_s for word in segment.words[1:]] + [segment.end_s]
    for word, next_s in zip(segment.words, following, strict=True):
        if MASK.search(word.text):
            # A tag replaces all words up to the next one, which have no entry of their own.
            end_s = next_s if TAG.search(word.text) else word.end_s
            yield max(0.0, word.start_s - MARGIN_S), max(end_s, word.end_s) + MARGIN_S
