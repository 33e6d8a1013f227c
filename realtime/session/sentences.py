"""How much silence ends an utterance, depending on its words: a hypothesis in, milliseconds out.

Models write punctuation in every script, and they write a full stop even after half a sentence
where they hear no more. So a stop counts only after words that may end a sentence: in Korean after
a final ending, in English not after a conjunction or an article. Otherwise `endpoint_ms` holds, or
`latest_ms` where the text breaks off in mid-sentence.
"""

from __future__ import annotations

import math
import unicodedata
from enum import Enum, auto

from realtime.scripts import hangul
from realtime.session.endpoint import EndpointOptions
from realtime.session.words import bare
from realtime.types import Hypothesis

SURE_LOGPROB = math.log(0.6)
"""Mean log-probability of the tokens from which a hypothesis counts as sure."""

STOPS = frozenset(
    ".!?．！？。｡"  # Latin, Cyrillic, Greek, Hebrew, Korean; Chinese, Japanese
    "؟۔।॥"  # Arabic, Urdu; the scripts of India
    "։።፧။។៕།"  # Armenian, Ethiopic, Burmese, Khmer, Tibetan
)
QUESTIONS = frozenset("?？؟፧")
"""Models are surer of these than of a full stop."""
JOINTS = frozenset(",，、､،፣၊;；؛:：…‥-‐–—~〜～")
"""The sentence goes on after these."""

KOREAN_ENDS = ("다", "요", "까", "죠", "네")
"""Final endings: 합니다, 해요, 합니까, 하죠, 하네."""
KOREAN_JOINTS = ("고", "데", "서", "면", "며", "지만", "거나", "은", "는", "을", "를")
"""Connective endings: 하고, 하는데, 해서, 하면, 하며, 하지만, 하거나; topic, object particles."""
_ENGLISH = """
    a an the my your his her its our their this these those very mr mrs ms dr um uh er
    and but or nor because since although while if when whether than as so
    to of from for with at by into about between
    i i'm we we're they they're is are am was were be been will would can could should
"""
OPEN_WORDS = {"en": frozenset(_ENGLISH.split())}
"""By language: words that rarely end a sentence."""


class Verdict(Enum):
    ENDS = auto()
    """A whole sentence."""
    BREAKS_OFF = auto()
    """In mid-sentence."""
    OPEN = auto()
    """The text does not show which."""


def silence_ms(hypothesis: Hypothesis | None, options: EndpointOptions) -> int:
    """Silence that ends the utterance. `hypothesis`: what was heard of it; None where there is
    none."""
    if hypothesis is None:
        return options.endpoint_ms
    judged = verdict(hypothesis.text, hypothesis.language)
    if judged is Verdict.BREAKS_OFF:
        return options.latest_ms
    unsure = hypothesis.doubtful or hypothesis.repaired or hypothesis.avg_logprob < SURE_LOGPROB
    return options.endpoint_ms if judged is Verdict.OPEN or unsure else options.soonest_ms


def verdict(text: str, language: str) -> Verdict:
    """Whether a text, as a model writes it, ends a sentence. `language`: ISO code, or empty."""
    written = _less_closing(text)
    spoken_text = written.rstrip("".join(STOPS | JOINTS)).rstrip()
    if not spoken_text:
        return Verdict.OPEN
    marks = written[len(spoken_text) :].strip()
    question = any(mark in QUESTIONS for mark in marks)
    if marks[-1:] in JOINTS or (len(marks) > 1 and not question and len(set(marks)) == 1):
        return Verdict.BREAKS_OFF  # "…" is written as three full stops too
    if question:
        return Verdict.ENDS
    if hangul(spoken_text[-1]):
        return _korean(spoken_text, stopped=bool(marks))
    last = spoken_text.split()[-1]
    if bare(last) in OPEN_WORDS.get(language, ()):
        return Verdict.BREAKS_OFF
    # Speakers pause within a long number.
    return Verdict.ENDS if marks and not spoken_text[-1].isdigit() else Verdict.OPEN


def _korean(spoken_text: str, *, stopped: bool) -> Verdict:
    if spoken_text.endswith(KOREAN_JOINTS):
        return Verdict.BREAKS_OFF
    return Verdict.ENDS if stopped and spoken_text.endswith(KOREAN_ENDS) else Verdict.OPEN


def _less_closing(text: str) -> str:
    """The text without quotation marks and brackets at its end."""
    end = len(text)
    while end and (text[end - 1] in "\"' " or unicodedata.category(text[end - 1]) in ("Pe", "Pf")):
        end -= 1
    return text[:end]
