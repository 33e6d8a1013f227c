"""How many of Whisper's tokens a second of speech takes, by language. Pure.

A character of English takes a fifth of a token, one of Georgian or Burmese two and a half, since
the vocabulary was built from texts with few of these characters. A decoder's token limit is the
same for all languages, so less audio of such a language fits into one window.
"""

from __future__ import annotations

MOST_TOKENS = 224
"""Half of the text context: what Whisper was trained to write for one window, and what CTranslate2
lets it write."""

USUAL_PACE = 6.0
"""Tokens per second in most languages: English takes 4, Korean 5.5, Swedish 5.4, Hungarian 6.2."""

PACES: dict[str, float] = {
    **dict.fromkeys(("ar", "bs", "cs", "da", "fr", "hr", "is", "lb", "sk", "tk", "uz", "yue"), 7.2),
    **dict.fromkeys(("be", "cy", "fa", "he", "ja", "lv", "mt", "tg", "ur"), 8.2),
    **dict.fromkeys(("haw", "sq", "sr", "uk"), 9.0),
    **dict.fromkeys(("ba", "el", "kk", "ps", "sd", "yo"), 10.0),
    **dict.fromkeys(("mn", "th", "tt", "yi"), 12.0),
    **dict.fromkeys(("ne", "sa", "ta", "vi"), 16.0),
    **dict.fromkeys(("hi", "hy", "mr"), 18.0),
    **dict.fromkeys(("as", "bn", "kn", "si", "te"), 26.0),
    **dict.fromkeys(("am", "km", "pa"), 30.0),
    **dict.fromkeys(("gu", "ka", "lo", "ml", "my"), 38.0),
    "bo": 41.0,
}
"""ISO code → tokens per second, where they exceed the usual. Measured with
`benchmarks.recognition.endings --paces` on article 1 of the Universal Declaration of Human Rights,
spoken by espeak-ng at its own pace. Where espeak-ng has no voice: the article's tokens per
character times 14 characters per second."""

WINDOW_MARGIN = 1.2
"""A window has room for the text of a speaker this many times faster, without any pause."""

SPARE_TOKENS = 8
"""Allowance for the punctuation that even the shortest window may need."""


def tokens_per_s(language: str) -> float:
    """Tokens per second at a speaker's usual pace; `USUAL_PACE` for unknown languages."""
    return PACES.get(language, USUAL_PACE)


def longest_s(language: str) -> float:
    """The longest window whose text has room, in seconds: 4.4 for Tibetan, 30 for English."""
    return (MOST_TOKENS - SPARE_TOKENS) / (tokens_per_s(language) * WINDOW_MARGIN)
