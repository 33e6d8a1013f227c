"""Privacy removal by rules and a language model; classification by a language model."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from realtime.postprocess.base import (
    Classification,
    PrivacyIncomplete,
    PrivacyResult,
    StepFailed,
)
from realtime.postprocess.classification.taxonomy import Taxonomy
from realtime.postprocess.llm import Chat, pieces
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.mask import Style
from realtime.postprocess.privacy.remover import mask_transcript, result
from realtime.postprocess.privacy.rules import settle
from realtime.postprocess.privacy.spoken import normalise
from realtime.types import Transcript

MAX_SPAN = 80
"""Most characters of one piece of personal data: no instruction can have a whole call masked."""
SHORTEST = 2


class PersonalSpan(BaseModel):
    """One piece of personal data, word for word as it stands in the text."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=SHORTEST, max_length=MAX_SPAN)]
    kind: IdentifierKind


class Spans(BaseModel):
    """All personal data found in one piece of text."""

    model_config = ConfigDict(extra="forbid")

    spans: Annotated[list[PersonalSpan], Field(max_length=100)]


class AssistedPrivacy:
    """Masks by the rules first; the model sees the masked text and can only mask more."""

    def __init__(self, chat: Chat, style: Style) -> None:
        self._chat = chat
        self._style: Style = style

    async def remove(self, transcript: Transcript) -> PrivacyResult:
        """Raises PrivacyIncomplete, with what the rules masked, if the model fails."""
        by_rules = await asyncio.to_thread(mask_transcript, transcript, self._style)
        try:
            spans = await self._spans(by_rules.transcript.text)
        except StepFailed as failed:
            raise PrivacyIncomplete(failed.error, by_rules) from failed
        more = await asyncio.to_thread(
            mask_transcript,
            by_rules.transcript,
            self._style,
            lambda text: (normalise(text), locate(text, spans)),
        )
        counted = Counter(dict(by_rules.counts)) + Counter(dict(more.counts))
        return result(more.transcript, counted)

    async def _spans(self, text: str) -> list[PersonalSpan]:
        task = (
            "List the personal data left in the transcript as `spans`: names, addresses, numbers "
            "and accounts of private persons. `text` repeats them word for word, `kind` is one of "
            "the schema. Leave out what is already masked with * or []. If there are none, the "
            "list is empty."
        )
        found: list[PersonalSpan] = []
        for piece in pieces(text):
            found += (await self._chat.ask(task, piece, Spans)).spans
        return found


def locate(text: str, spans: Sequence[PersonalSpan]) -> tuple[Finding, ...]:
    """Every place where a span occurs literally; a span that does not occur is ignored.

    So is a span without letters and digits, such as a mask.
    """
    found = []
    for span in spans:
        said = span.text.strip()
        if len(said) < SHORTEST or not any(map(str.isalnum, said)):
            continue
        at = text.find(said)
        while at >= 0:
            found.append(Finding(at, at + len(said), span.kind))
            at = text.find(said, at + len(said))
    return settle(found)


class ClassChoice(BaseModel):
    """The class of the taxonomy that fits the call best."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=64)]
    confidence: Annotated[float, Field(ge=0, le=100)]
    reason: Annotated[str, Field(max_length=300)]


class AssistedClassifier:
    """The model chooses a class; any that is not in the taxonomy is refused."""

    def __init__(self, chat: Chat, taxonomy: Taxonomy) -> None:
        self._chat = chat
        self._taxonomy = taxonomy

    async def classify(self, transcript: Transcript) -> Classification:
        """Raises StepFailed."""
        listed = "\n".join(f"{c.code}: {c.ko}, {c.en}" for c in self._taxonomy.category)
        parts = pieces(transcript.text)
        text = parts[0] if len(parts) == 1 else f"{parts[0]}\n…\n{parts[-1]}"
        choice = await self._chat.ask(
            "Say what the call is about: the `code` of one of these classes, your `confidence` "
            f"from 0 to 100, and the `reason` in the transcript's language.\n{listed}",
            text,
            ClassChoice,
            lambda choice: (
                "" if self._taxonomy.by_code(choice.code) else "`code` is none of the classes"
            ),
        )
        category = self._taxonomy.by_code(choice.code) or self._taxonomy.fallback
        return Classification(
            category.code, category.name(transcript.language), choice.confidence, choice.reason
        )
