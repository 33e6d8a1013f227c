"""Answers a question about a recording, each sentence with the lines that say it.

As for summaries, the model sees numbered lines and cites their numbers; a sentence without a line
that exists is dropped. Of a recording too long for one question, the lines are shown that have most
in common with the question, with their neighbours.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from realtime.postprocess.agent import foreign
from realtime.postprocess.base import TranscriptAnswer
from realtime.postprocess.llm import PIECE_CHARS, Chat
from realtime.postprocess.summary import Cited, known_points, numbered
from realtime.types import Segment, Transcript

MOST_SENTENCES = 8
NEIGHBOURS = 3
"""Lines shown before and after one that matches: an answer often follows what asked for it."""
STEM_LETTERS = 4
"""Words count as the same from this many equal first letters on: plurals, tenses."""

_TASK = (
    "The transcript is lines, each with its number and its time. Answer this question about it, in "
    "the language of the question: {question}. Give `answer`: at most "
    f"{MOST_SENTENCES} sentences, each with the numbers of the `lines` that say it. Say nothing "
    "that the lines do not say; where they do not answer the question, `answer` is an empty list."
)


class Sentences(BaseModel):
    """An answer, sentence by sentence."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[list[Cited], Field(max_length=MOST_SENTENCES)]


class ChatAnswerer:
    """Asks a language model once."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def answer(self, transcript: Transcript, question: str) -> TranscriptAnswer:
        """Answer in the question's language; empty where the transcript does not say it, or is
        empty. Raises StepFailed."""
        shown, left_out = chosen(transcript.segments, question)
        if not shown:
            return TranscriptAnswer((), 0, 0)
        language = "ko" if re.search("[가-힣]", question) else ""
        cited = {number: (number - 1,) for number in shown}

        def wrong(reply: Sentences) -> str:
            numbers = [number for sentence in reply.answer for number in sentence.lines]
            if reply.answer and not any(number in cited for number in numbers):
                return "none of its line numbers is in the transcript"
            return foreign(" ".join(sentence.text for sentence in reply.answer), language)

        reply = await self._chat.ask(
            _TASK.format(question=json.dumps(question, ensure_ascii=False)),
            "\n".join(shown.values()),
            Sentences,
            wrong,
        )
        points, dropped = known_points(reply.answer, cited)
        return TranscriptAnswer(tuple(points), dropped, left_out)


def chosen(
    segments: Sequence[Segment], question: str, limit: int = PIECE_CHARS
) -> tuple[dict[int, str], int]:
    """Line numbers (from 1) → lines as the model sees them, of at most `limit` characters, and how
    many lines are left out. Lines that match the question come first, then the beginning."""
    lines = numbered(segments, limit)
    if sum(len(line) + 1 for line in lines.values()) <= limit:
        return lines, 0
    numbers = list(lines)
    scores = _scores([segments[number - 1].text for number in numbers], question)
    order = sorted(range(len(numbers)), key=lambda at: (-scores[at], at))
    taken: set[int] = set()
    room = limit
    for best in order:
        reach = NEIGHBOURS if scores[best] else 0
        for at in range(max(0, best - reach), min(len(numbers), best + reach + 1)):
            size = len(lines[numbers[at]]) + 1
            if at not in taken and size <= room:
                taken.add(at)
                room -= size
    shown = {numbers[at]: lines[numbers[at]] for at in sorted(taken)}
    return shown, len(lines) - len(shown)


def _scores(texts: Sequence[str], question: str) -> list[float]:
    """How much each text has in common with the question: rare terms count more."""
    wanted = _terms(question)
    found = [_terms(text) & wanted for text in texts]
    frequency = Counter(term for terms in found for term in terms)
    return [
        sum(math.log(1 + len(texts) / frequency[term]) for term in sorted(terms)) for terms in found
    ]


def _terms(text: str) -> set[str]:
    """Beginnings of words; of Hangul every pair of syllables, since particles follow words."""
    terms: set[str] = set()
    for word in re.findall(r"\w+", text.casefold()):
        if re.search("[가-힣]", word):
            terms |= {word[at : at + 2] for at in range(max(1, len(word) - 1))}
        else:
            terms.add(word[:STEM_LETTERS])
    return terms
