"""Languages by their English names, which OpenAI's API answers with instead of codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CODES_AND_NAMES = """
en:english zh:chinese de:german es:spanish ru:russian ko:korean fr:french ja:japanese
pt:portuguese tr:turkish pl:polish ca:catalan nl:dutch ar:arabic sv:swedish it:italian
id:indonesian hi:hindi fi:finnish vi:vietnamese he:hebrew uk:ukrainian el:greek ms:malay
cs:czech ro:romanian da:danish hu:hungarian ta:tamil no:norwegian th:thai ur:urdu hr:croatian
bg:bulgarian lt:lithuanian la:latin mi:maori ml:malayalam cy:welsh sk:slovak te:telugu
fa:persian lv:latvian bn:bengali sr:serbian az:azerbaijani sl:slovenian kn:kannada et:estonian
mk:macedonian br:breton eu:basque is:icelandic hy:armenian ne:nepali mn:mongolian bs:bosnian
kk:kazakh sq:albanian sw:swahili gl:galician mr:marathi pa:punjabi si:sinhala km:khmer sn:shona
yo:yoruba so:somali af:afrikaans oc:occitan ka:georgian be:belarusian tg:tajik sd:sindhi
gu:gujarati am:amharic yi:yiddish lo:lao uz:uzbek fo:faroese ht:haitian_creole ps:pashto
tk:turkmen nn:nynorsk mt:maltese sa:sanskrit lb:luxembourgish my:myanmar bo:tibetan tl:tagalog
mg:malagasy as:assamese tt:tatar haw:hawaiian ln:lingala ha:hausa ba:bashkir jw:javanese
su:sundanese yue:cantonese
"""
# The names are those of openai/whisper, tokenizer.py.

NAMES: Mapping[str, str] = MappingProxyType(
    {
        code: name.replace("_", " ")
        for code, name in (pair.split(":") for pair in _CODES_AND_NAMES.split())
    }
)
"""ISO code → English name in small letters."""
_CODES: Mapping[str, str] = MappingProxyType({name: code for code, name in NAMES.items()})


def language_code(name: str) -> str:
    """`korean`, `Korean` or `ko` → `ko`; a name that nobody knows comes back as it is."""
    small = name.strip().lower()
    return _CODES.get(small, small)
