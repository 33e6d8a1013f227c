"""How much personal data, spoken by synthetic voices, reaches a client of a real server.

`python -m benchmarks.postprocess.privacy_spoken --model DIRECTORY`: utterances of the held-out
half, spoken by held-out voices, sent to a server in its own process at the speed of speech, each on
a connection with `privacy=true` and on one without. A label leaks if any message of the first has
four of its digits in a row, or a word that is nowhere else in the utterance; tags stand for masks,
so that none is shown by design. `heard`: those that a message of the second has, which is what a
client would have seen. URLs with passwords are left out: nobody says `colon slash slash`. The hosts
of mail addresses, which `privacy_style=partial` leaves on purpose, are counted apart.

Korean is spoken by `korean_voice`: `--mbrola FOLDER` where its packages are not installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from websockets.asyncio.client import connect

from benchmarks.postprocess.heard import heard
from benchmarks.postprocess.korean_voice import KoreanVoice
from benchmarks.postprocess.privacy_live import HOST, LANGUAGES, LOOSE, Counts, parts, table
from benchmarks.postprocess.privacy_set import Half, Label, Language, Utterance, utterances
from benchmarks.postprocess.told import further
from benchmarks.postprocess.values import SYLLABLE, WORD
from benchmarks.shared.serving import served
from realtime.audio.samples import silence
from realtime.load_test.synthetic.grammar import GrammarSentence, WordPair
from realtime.load_test.synthetic.speech import draw_voice, speak
from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.spoken import normalise
from realtime.types import Samples
from realtime.weights.bundled import bundled_dir

RUN = 4
"""Consecutive digits of a label that count as a leak."""
ROOM_S = 0.7
"""Silence before and after the utterance: longer than a hangover."""
PACKET_S = 0.1
RATE = 16_000
_LINKS = ("dot", "underscore", "언더바")
"""Words of mail addresses that name nobody."""
_AT = re.compile(r"@|\s(?:at|앳|[골꼴][뱅벵]이)\s")


def told_by(language: Language, half: Half, seed: int, count: int) -> list[Utterance]:
    """`count` utterances with personal data; of Korean every other one as recognisers write it.

    Of the half for making rules every second one is of `more_templates`.
    """
    told = [u for u in utterances(language, half, seed) if u.labels]
    if language == "ko":
        told = [u for pair in zip(told, heard(half, seed, count), strict=False) for u in pair]
    if half == "dev":
        told = [u for pair in zip(told, further(language, seed), strict=False) for u in pair]
    return told[:count]


def audio_of(
    said: Utterance, language: Language, rng: random.Random, korean: KoreanVoice | None
) -> Samples | None:
    """The utterance by one of the held-out voices, Korean by its own; None where the voice says
    nothing."""
    text = as_said(said, language)
    room = silence(ROOM_S)
    if language == "ko" and korean is not None:
        return np.concatenate([room, korean.speak(text, rng), room]).astype(np.float32)
    sentence = GrammarSentence(language, (WordPair(text, text),))
    uttered = speak(sentence, draw_voice(language, "held-out", rng))
    if uttered is None:
        return None
    return np.concatenate([room, uttered.samples, room]).astype(np.float32)


async def messages(url: str, audio: Samples, pace: float, **options: str) -> list[dict[str, Any]]:
    """All messages of one stream, to which `audio` is sent `pace` times as fast as it was said."""
    size = int(PACKET_S * RATE)
    async with connect(f"{url}/?{urlencode(options)}", compression=None) as socket:

        async def send() -> None:
            for at in range(0, len(audio), size):
                await socket.send(audio[at : at + size].tobytes())
                await asyncio.sleep(PACKET_S / pace)
            await socket.send('{"type":"end"}')

        sending = asyncio.create_task(send())
        received = [json.loads(message) async for message in socket]
        await sending
        return received


def texts_of(message: dict[str, Any]) -> Iterator[str]:
    """Everything that a client can read in a message, the words both apart and together."""
    for key in ("text", "stable", "message"):
        yield str(message.get(key) or "")
    words = [str(word["word"]) for word in message.get("words") or ()]
    yield from ("".join(words), " ".join(words))


async def both(
    url: str, audio: Samples, pace: float, language: Language
) -> tuple[list[str], list[str]]:
    """Texts of the messages of a stream with masking, and of one without."""
    options = {"language": language, "words": "true"}
    streams = (messages(url, audio, pace, privacy=on, **options) for on in ("true", "false"))
    masked, plain = await asyncio.gather(*streams)
    masked_texts = [text for message in masked for text in texts_of(message)]
    return masked_texts, [text for message in plain for text in texts_of(message)]


async def measured(
    url: str, language: Language, given: argparse.Namespace
) -> tuple[Counts, list[str]]:
    """Counts of the labels, those heard and those leaked; and the leaks in words."""
    counted: Counts = Counter()
    leaks = []
    korean = KoreanVoice.in_folder(given.mbrola)
    rng = random.Random(f"{given.seed} {language} voices")
    for said in told_by(language, given.half, given.seed, given.count):
        audio = audio_of(said, language, rng, korean)
        if audio is None:
            continue
        masked, plain = await both(url, audio, given.pace, language)
        for name, start, end in without_hosts(said):
            kind = next(label.kind for label in said.labels if label.start <= start < label.end)
            label = Label(start, end, kind)
            if label.kind is IdentifierKind.URL:
                continue
            seen = [text for text in masked if is_in(text, said, label)]
            counted[name, "labels"] += 1
            counted[name, "heard"] += any(is_in(text, said, label) for text in plain)
            counted[name, "leaked"] += bool(seen)
            if seen:
                leaks.append(f"{label.kind} | {said.text} | {max(plain, key=len)} | {seen[0]}")
    return counted, leaks


def without_hosts(said: Utterance) -> Iterator[tuple[str, int, int]]:
    """`parts`, mail addresses without what stands behind the @, and that as a group of its own."""
    mail = {label.end for label in said.labels if label.kind is IdentifierKind.EMAIL}
    for name, start, end in parts(said):
        sign = _AT.search(said.text, start, end) if end in mail else None
        yield name, start, sign.start() if sign else end
        if sign:
            yield HOST, sign.end(), end


def as_said(said: Utterance, language: Language) -> str:
    """The utterance as people say it: digits of labels one by one, punctuation by its names."""
    text, done = "", 0
    for label in sorted(said.labels, key=lambda label: label.start):
        text += said.text[done : label.start]
        text += _digits_said(said.text[label.start : label.end], label.kind, language)
        done = label.end
    return text + said.text[done:]


def _digits_said(value: str, kind: IdentifierKind, language: Language) -> str:
    if kind in (*LOOSE, IdentifierKind.BIRTH_DATE):
        return value
    signs = {"@": " at ", ".": " dot "} if language == "en" else {"@": " 골뱅이 ", ".": " 점 "}
    if kind not in (IdentifierKind.EMAIL, IdentifierKind.IP, IdentifierKind.URL):
        signs = {"-": ", ", ".": " "}
    for sign, word in signs.items():
        value = value.replace(sign, word)
    names = [*WORD] if language == "en" else ["공", *SYLLABLE[1:]]
    gap = " " if language == "en" else ""
    return re.sub(r"\d", lambda digit: f"{gap}{names[int(digit[0])]}{gap}", value)


def is_in(text: str, said: Utterance, label: Label) -> bool:
    """Whether the text leaks the label: `RUN` of its digits, or a word that is only in it."""
    value = said.text[label.start : label.end]
    digits = "".join(filter(str.isdigit, normalise(value).text))
    if len(digits) >= RUN:
        runs = re.sub(r"[\s,.\-]+", "", normalise(text).text)
        return any(digits[at : at + RUN] in runs for at in range(len(digits) - RUN + 1))
    rest = said.text[: label.start] + said.text[label.end :]
    least = 2 if re.search("[가-힣]", value) else 3
    words = [w for w in re.findall(r"[A-Za-z가-힣]+", value) if len(w) >= least and w not in rest]
    words = [word for word in words if word not in _LINKS]
    return any(re.search(rf"\b{re.escape(word)}", text, re.I) for word in words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("dev", "held"), default="held")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--count", type=int, default=100, help="utterances of a language")
    parser.add_argument("--pace", type=float, default=1.0, help="times the speed of speech")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES)
    parser.add_argument(
        "--mbrola", type=Path, default=Path("/usr"), help="packages of hn1, unpacked"
    )
    parser.add_argument("--model", type=Path, default=bundled_dir())
    given = parser.parse_args()
    if "ko" in given.languages and KoreanVoice.in_folder(given.mbrola) is None:
        parser.error("Korean needs Debian's mbrola and mbrola-hn1: name their folder by --mbrola.")
    print("| spoken, live | labels | heard | leaked | share |\n|---|---|---|---|---|", flush=True)
    with served(model=str(given.model), privacy_style="tag") as server:
        for language in given.languages:
            counted, leaks = asyncio.run(measured(server.url, language, given))
            print("\n".join(table(counted, language)), flush=True)
            if given.half == "dev":
                print("\n".join(leaks), flush=True)


if __name__ == "__main__":
    main()
