"""Translates the lines of a recording by a language model, each on its own.

The model sees numbered lines and answers by their numbers. A line that it does not answer stays
untranslated; nothing is guessed from the order of the answers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from realtime.languages import language_name
from realtime.postprocess.agent import foreign
from realtime.postprocess.base import StepFailed, Translation
from realtime.postprocess.llm import Chat

PART_CHARS, PART_LINES = 900, 30
"""One question: its answer, with the numbers around it, must fit in 1,500 tokens (llm.MAX_TOKENS),
and Korean takes up to one for each letter."""
MOST_PARTS = 120
"""Most questions for one request, which limits its cost: about two hours of English."""
MOST_CHARS = 4_000

_TASK = (
    "The transcript is lines of one conversation, each `[number, text]`. Translate every line into "
    "{language}: `lines`, each with the number of its `line` and its translation as `text`. "
    "Translate what the line says, no more and no less; keep names, numbers and masks such as *** "
    "or [PHONE] as they are; never join or split lines."
)


class TranslatedLine(BaseModel):
    """The translation of a line."""

    model_config = ConfigDict(extra="forbid")

    line: int
    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARS)]


class TranslatedLines(BaseModel):
    """The translations of several lines."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[TranslatedLine], Field(max_length=2 * PART_LINES)]


class ChatTranslator:
    """Asks a language model about some lines at a time."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def translate(self, texts: Sequence[str], language: str) -> Translation:
        """Translate into the language of a code. Raises StepFailed if nothing was translated."""
        done: list[str | None] = [None] * len(texts)
        failed: StepFailed | None = None
        for part in _parts(texts)[:MOST_PARTS]:
            try:
                answer = await self._part(part, texts, language)
            except StepFailed as error:
                failed = error
                if error.error.code != "bad_answer":
                    break  # it would fail for the others as well
                continue
            for line in answer.lines:
                if line.line - 1 in part:
                    done[line.line - 1] = " ".join(line.text.split()) or None
        if failed is not None and not any(done):
            raise failed
        missing = sum(
            bool(text.strip()) and translated is None
            for text, translated in zip(texts, done, strict=True)
        )
        return Translation(tuple(done), missing, None if failed is None else failed.error)

    async def _part(
        self, part: Sequence[int], texts: Sequence[str], language: str
    ) -> TranslatedLines:
        def wrong(answer: TranslatedLines) -> str:
            if not any(line.line - 1 in part for line in answer.lines):
                return "none of its line numbers is in the transcript"
            return foreign(" ".join(line.text for line in answer.lines), language)

        shown = [json.dumps([at + 1, texts[at]], ensure_ascii=False) for at in part]
        named = language_name(language).title()
        return await self._chat.ask(
            _TASK.format(language=named), "\n".join(shown), TranslatedLines, wrong
        )


def _parts(texts: Sequence[str]) -> list[list[int]]:
    """Indexes of the texts in groups, without the empty ones."""
    parts: list[list[int]] = []
    room = 0
    for at, text in enumerate(texts):
        if not text.strip():
            continue
        if not parts or len(text) > room or len(parts[-1]) >= PART_LINES:
            parts.append([])
            room = PART_CHARS
        parts[-1].append(at)
        room -= len(text)
    return parts
