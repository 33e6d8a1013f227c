"""The languages that Whisper knows, by its tokenizer's codes, and the names that people and
programs use for them.

Clients send BCP 47 tags (`ko-KR`, `zh-Hant-TW`), POSIX locales (`ko_KR.UTF-8`) or codes of ISO
639-1, -2 and -3 (`ko`, `kor`, `ger`), some of them withdrawn (`iw`) or of a language nearly the
same (`nb` for Norwegian, `fil` for Tagalog). The tables of `langcodes` (IANA's registry, CLDR's
aliases and distances) resolve them. Names are Whisper's own, which OpenAI's API returns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

AUTO: Final = "auto"
"""The model detects the language."""
ENGLISH: Final = "en"
"""The only language of models whose names end in `.en`."""
ALLOWED: Final = "a language such as ko, en-US or Korean, or auto"
"""The allowed values, for error messages."""
SEVERAL_ALLOWED: Final = "languages such as ko,en"
MOST_CHARS: Final = 64
"""Longest accepted name of a language."""
NEAR: Final = 10
"""Largest CLDR distance at which one language may be written as another: 1 for Bokmål as Norwegian,
8 for Swiss German as German, 10 for Egyptian as Arabic. At larger distances the languages differ,
and readers of the one merely know the other too."""

_TABLE = """
af=afrikaans am=amharic ar=arabic as=assamese az=azerbaijani ba=bashkir be=belarusian
bg=bulgarian bn=bengali bo=tibetan br=breton bs=bosnian ca=catalan cs=czech cy=welsh
da=danish de=german el=greek en=english es=spanish et=estonian eu=basque fa=persian
fi=finnish fo=faroese fr=french gl=galician gu=gujarati ha=hausa haw=hawaiian he=hebrew
hi=hindi hr=croatian ht=haitian_creole hu=hungarian hy=armenian id=indonesian is=icelandic
it=italian ja=japanese jw=javanese ka=georgian kk=kazakh km=khmer kn=kannada ko=korean
la=latin lb=luxembourgish ln=lingala lo=lao lt=lithuanian lv=latvian mg=malagasy mi=maori
mk=macedonian ml=malayalam mn=mongolian mr=marathi ms=malay mt=maltese my=myanmar ne=nepali
nl=dutch nn=nynorsk no=norwegian oc=occitan pa=punjabi pl=polish ps=pashto pt=portuguese
ro=romanian ru=russian sa=sanskrit sd=sindhi si=sinhala sk=slovak sl=slovenian sn=shona
so=somali sq=albanian sr=serbian su=sundanese sv=swedish sw=swahili ta=tamil te=telugu
tg=tajik th=thai tk=turkmen tl=tagalog tr=turkish tt=tatar uk=ukrainian ur=urdu uz=uzbek
vi=vietnamese yi=yiddish yo=yoruba yue=cantonese zh=chinese
"""
_OTHER_NAMES = """
burmese=my valencian=ca flemish=nl haitian=ht letzeburgesch=lb pushto=ps panjabi=pa moldavian=ro
moldovan=ro sinhalese=si castilian=es mandarin=zh bokmål=no bokmal=no filipino=tl farsi=fa
"""
# Source of both: openai/whisper, tokenizer.py; the last four names are common usage.


def _pairs(table: str) -> list[tuple[str, str]]:
    """The pairs of `left=right …`; underscores stand for spaces."""
    halves = (item.partition("=") for item in table.split())
    return [(left.replace("_", " "), right.replace("_", " ")) for left, _, right in halves]


NAMES: Final[Mapping[str, str]] = dict(_pairs(_TABLE))
"""Code → English name in lower case."""
_BY_NAME: Final[Mapping[str, str]] = dict(_pairs(_OTHER_NAMES)) | {
    name: code for code, name in NAMES.items()
}
_LETTERS = re.compile(r"[a-z]{2,8}([-_][a-z0-9]{1,8})*", re.ASCII)
_ANY = frozenset({AUTO, "und", "mul", "multi", "detect"})
"""Values that mean detection, among them BCP 47's `undetermined` and `multiple`, and those of
Deepgram's clients."""


def language_name(code: str) -> str:
    """`english` for `en`; an unknown code is returned unchanged."""
    return NAMES.get(code, code)


def described(code: str) -> str:
    """The language in messages: `Korean (ko)`; `'xx'` for an unknown code."""
    return f"{NAMES[code].title()} ({code})" if code in NAMES else repr(code)


@lru_cache(maxsize=1024)
def language_code(value: str) -> str | None:
    """The code of a language by any name or tag that people and programs use; None for `auto`.

    For a language that Whisper does not know, the language subtag is returned (`ga` for `ga-IE`),
    which the model then refuses. Raises ValueError where `value` names no language.
    """
    if len(value) > MOST_CHARS:
        raise ValueError(f"{value[:MOST_CHARS]!r} … is not a language")
    plain = value.strip().casefold()
    if plain in NAMES:
        return plain
    if plain in _ANY:
        return None
    # "Chinese (Taiwan)" as in menus; "ko_KR.UTF-8@currency" as in operating systems.
    name = " ".join(re.split(r"[-_\s]+", plain.partition("(")[0].strip()))
    if name in _BY_NAME:
        return _BY_NAME[name]
    tag = re.split(r"[.@]", plain, maxsplit=1)[0]
    if _LETTERS.fullmatch(tag) is None:
        raise ValueError(f"{value!r} is not a language")
    return _by_tag(tag.replace("_", "-"))


def language_codes(value: object) -> tuple[str, ...]:
    """The codes of several languages, from a list or separated by commas, without repetition; empty
    where one of them is `auto`. Raises ValueError where `value` names no languages."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not 0 < len(names) <= len(NAMES):
        raise ValueError("no languages")
    codes = [language_code(name if isinstance(name, str) else "") for name in names]
    return () if None in codes else tuple(dict.fromkeys(code for code in codes if code))


def _by_tag(tag: str) -> str:
    """The code for a BCP 47 tag. Raises ValueError where it is not one."""
    import langcodes  # takes 0.1 s, and plain codes and names do not need it

    known = _by_standard()
    for macro in (False, True):  # the language itself, else its macrolanguage
        standard = _primary(langcodes.standardize_tag(tag, macro=macro))
        if standard in known:
            return known[standard]
    first = _primary(tag)
    near, distance = langcodes.closest_match(first, list(known), max_distance=NEAR)
    return known[near] if distance <= NEAR else first


@cache
def _by_standard() -> Mapping[str, str]:
    """CLDR's code → Whisper's: `fil` and `jv` are what CLDR calls `tl` and `jw`."""
    import langcodes

    return {_primary(langcodes.standardize_tag(code)): code for code in NAMES}


def _primary(tag: str) -> str:
    return tag.partition("-")[0]
