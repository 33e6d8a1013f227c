"""Asks a language model for a call's summary, intent, next actions and a suggested reply."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from realtime.postprocess.base import AgentAnswer
from realtime.postprocess.llm import Chat, pieces
from realtime.types import Transcript

_Text = Annotated[str, Field(min_length=1, max_length=2_000)]
_Line = Annotated[str, Field(min_length=1, max_length=300)]
LANGUAGES = {"ko": "Korean", "en": "English"}


class Notes(BaseModel):
    """Notes on one part of a long call."""

    model_config = ConfigDict(extra="forbid")

    notes: _Text


class Reply(BaseModel):
    """The answer for the agent of the call centre."""

    model_config = ConfigDict(extra="forbid")

    summary: _Text
    intent: _Line
    next_actions: Annotated[list[_Line], Field(max_length=10)]
    suggested_reply: _Text


class ChatAgent:
    """Asks a language model; a long call is first condensed into notes, part by part."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def answer(self, transcript: Transcript) -> AgentAnswer:
        """Answer in the transcript's language. Raises StepFailed."""
        named = language_named(transcript.language)
        parts = pieces(transcript.text)
        text = parts[0]
        if len(parts) > 1:
            task = f"Write notes in {named} on this part of a customer's call, in its order."
            notes = [await self._chat.ask(task, part, Notes) for part in parts]
            text = "\n".join(note.notes for note in notes)
        reply = await self._chat.ask(
            f"You help the agents of a call centre. Write in {named}: a `summary` of the call, the "
            "customer's `intent`, the agent's `next_actions` and a `suggested_reply` to the "
            "customer. Say nothing that the call does not say.",
            text,
            Reply,
            lambda reply: foreign(reply.summary + reply.suggested_reply, transcript.language),
        )
        return AgentAnswer(
            reply.summary, reply.intent, tuple(reply.next_actions), reply.suggested_reply
        )


def language_named(code: str) -> str:
    """Name of a language in a question to the model."""
    return LANGUAGES.get(code, f"the language `{code}`")


def foreign(text: str, language: str) -> str:
    """Why `text` is not in `language`, judged by its share of Hangul; "" if nothing is wrong."""
    letters = sum(char.isalpha() for char in text)
    hangul = sum("가" <= char <= "힣" for char in text)
    if language == "ko" and hangul * 2 < letters:
        return "it is not in Korean"
    if language == "en" and hangul * 2 > letters:
        return "it is not in English"
    return ""
