"""How much personal data reaches a client of a stream with `privacy`, and what masking costs.

`python -m benchmarks.postprocess.privacy_live`: text only, the same in every run. Utterances of the
held-out half are cut at random word boundaries into finals, with a partial at every boundary. All
messages together may show at most one letter or digit of a label; tags replace masks, so that no
digit is shown by design. Names and addresses are counted separately. Words that are masked in
utterances without personal data are counted too.

`--ordinary FOLDER`: masked words of recordings' references, cut in two ways.

`python -m benchmarks.postprocess.privacy_spoken`: the same utterances, spoken to a real server.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.postprocess.heard import heard
from benchmarks.postprocess.privacy_set import Half, Language, Utterance, utterances
from benchmarks.postprocess.values import TOWNS
from realtime.postprocess.privacy.kinds import IdentifierKind
from realtime.postprocess.privacy.live import LiveMask, final_edits, partial_edits
from realtime.postprocess.privacy.mask import edits
from realtime.postprocess.privacy.rules import find
from realtime.postprocess.privacy.spoken import normalise

LOOSE = (IdentifierKind.NAME, IdentifierKind.ADDRESS)
"""Kinds without a structure that rules could check; reported separately."""
AREA = "city, district"
HOST = "mail host"
LANGUAGES: tuple[Language, ...] = ("ko", "en")
MOST_CUTS = 3
WORDS_IN_FINAL = 7
"""Words per final of ordinary speech cut regardless of sentences, as `chunk_duration` does."""
JOINTS = re.compile(r"다시|에|의|짝대기|하이픈|점|쩜|닷")
"""Words that Korean speakers say between groups of digits."""

Counts = Counter[tuple[str, str]]
"""Counts by ("structured" or a loose kind, "labels" | "leaked" | "heard")."""


def group(kind: IdentifierKind) -> str:
    return kind.lower() if kind in LOOSE else "structured"


def parts(said: Utterance) -> Iterator[tuple[str, int, int]]:
    """Group, first and last position of each label; an address's city and district apart from what
    is narrower, because `privacy_style=partial` leaves them on purpose."""
    for label in said.labels:
        town = next((t for t in TOWNS if said.text.startswith(t, label.start)), "")
        start = label.start + (len(town) if label.kind is IdentifierKind.ADDRESS else 0)
        if start > label.start:
            yield AREA, label.start, start
        yield group(label.kind), start, label.end


def borders(text: str) -> list[int]:
    return [place for place, char in enumerate(text) if char == " "]


def on_text(told: Iterable[Utterance], seed: str, errors: bool) -> Counts:
    """Count the labels, and those of which messages show more than one letter or digit."""
    counted: Counts = Counter()
    rng = random.Random(f"{seed} cuts")
    for said in told:
        if not said.labels:
            continue
        places = borders(said.text)
        cuts = sorted(rng.sample(places, min(len(places), rng.randint(1, MOST_CUTS))))
        shown = shown_places(said.text, [*cuts, len(said.text)])
        for name, start, end in parts(said):
            counted[name, "labels"] += 1
            read = "".join(said.text[p] for p in range(start, end) if p in shown)
            if is_readable(read):
                counted[name, "leaked"] += 1
                if errors:
                    print(name, read, cuts, said.text)
    return counted


def in_files(told: Iterable[Utterance], errors: bool) -> Counts:
    """The same for whole texts, in which everything is known before anything is shown."""
    counted: Counts = Counter()
    for said in told:
        read, found = find(said.text)
        hidden = {p for c in edits(read, found, "tag") for p in range(c.start, c.end)}
        for name, start, end in parts(said):
            counted[name, "labels"] += 1
            left = [said.text[p] for p in range(start, end) if p not in hidden]
            if is_readable("".join(left)):
                counted[name, "leaked"] += 1
                if errors:
                    print("file", name, "".join(left), said.text)
    return counted


def is_readable(left: str) -> bool:
    """Whether more than one letter or digit is left of a label."""
    return sum(map(str.isalnum, normalise(JOINTS.sub("", left)).text)) > 1


def shown_places(text: str, cuts: list[int]) -> set[int]:
    """Positions in the text that are readable in a final or in a partial."""
    shown: set[int] = set()
    start = 0
    for end in cuts:
        for border in [place for place in borders(text) if start < place < end] + [end]:
            changes, settled = partial_edits(text[:border], start, "tag")
            hidden = {p for c in changes for p in range(c.start, c.end)}
            settled = min([settled, *(c.start for c in changes if c.start < settled < c.end)])
            shown |= set(range(start, settled)) - hidden
        hidden = {p for c in final_edits(text[:end], "tag") for p in range(c.start, c.end)}
        shown |= set(range(start, end)) - hidden
        start = end
    return shown


def delays_ms(half: Half, seed: int, count: int) -> list[float]:
    """Milliseconds that masking adds to each final of a session, with its words, in order."""
    took = []
    for language in LANGUAGES:
        mask = LiveMask()
        for number, said in enumerate(utterances(language, half, seed, count)):
            started = time.thread_time()
            mask.final(number, said.text, None)
            took.append(1000 * (time.thread_time() - started))
    return sorted(took)


def ordinary(folder: Path) -> Iterator[str]:
    """Table rows: masked words of the recordings' references, by language and way of cutting."""
    references = json.loads((folder / "manifest.json").read_text("utf-8"))
    for language in LANGUAGES:
        texts = [r["reference"] for r in references if r["lang"] == language and r["reference"]]
        sentences = [re.split(r"(?<=[.?!])\s+", text) for text in texts]
        pieces = [re.findall(rf"(?:\S+\s*){{1,{WORDS_IN_FINAL}}}", text) for text in texts]
        for way, cut in (("sentences", sentences), ("pieces", pieces)):
            total, lost = 0, []
            for finals in cut:
                before = ""
                for said in finals:
                    total += len(said.split())
                    lost += masked_words(before, said)
                    before = f"{before}{said} "
            digits = sum(1 for word in lost if is_number(word))
            which = " ".join(lost[:12])
            yield f"| {language}, {way} | {total} | {len(lost)} | {digits} | {which} |"


def is_number(word: str) -> bool:
    """Whether the word is a number or part of one: `5`, `five`, the `double` of `double five`."""
    return any(map(str.isdigit, normalise(word).text)) or word in ("double", "triple")


def masked_words(before: str, said: str) -> list[str]:
    """Words of the final `said` that are masked at least in part, after the text `before`."""
    changes = final_edits(before + said, "partial")
    hidden = {p - len(before) for c in changes for p in range(c.start, c.end)}
    return [w[0] for w in re.finditer(r"\S+", said) if hidden & set(range(*w.span()))]


def on_nothing(language: Language, half: Half, seed: int, count: int) -> str:
    """Table row: masked words of utterances without personal data, each a final of its own."""
    total, lost = 0, []
    for said in utterances(language, half, seed, count):
        if not said.labels:
            total += len(said.text.split())
            lost += masked_words("", said.text)
    numbers = sum(1 for word in lost if is_number(word))
    return f"| {language} | {total} | {len(lost)} | {numbers} |"


def table(counted: Counts, name: str) -> Iterator[str]:
    for kind in ("structured", *(kind.lower() for kind in LOOSE), AREA, HOST):
        labels, leaked = counted[kind, "labels"], counted[kind, "leaked"]
        heard = f" {counted[kind, 'heard']} |" if any(k[1] == "heard" for k in counted) else ""
        if labels:
            yield f"| {kind}, {name} | {labels} |{heard} {leaked} | {leaked / labels:.2%} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("dev", "held"), default="held")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--count", type=int, default=1000, help="utterances of a language")
    parser.add_argument("--ordinary", type=Path, help="a folder with manifest.json")
    parser.add_argument("--errors", action="store_true", help="not of the held-out half's text")
    given = parser.parse_args()
    if given.ordinary:
        print(
            "| speech of people | words | masked | of them numbers | which |\n|---|---|---|---|---|"
        )
        for line in ordinary(given.ordinary):
            print(line)
        return
    if given.errors and given.half == "held":
        parser.error("the errors of the half that is held out are not looked at")
    print("| text | labels | leaked | share |\n|---|---|---|---|")
    for language in LANGUAGES:
        told = utterances(language, given.half, given.seed, given.count)
        found = on_text(told, f"{given.seed} {language}", given.errors)
        print("\n".join(table(found, language)))
    told = heard(given.half, given.seed, given.count)
    print("\n".join(table(on_text(told, f"{given.seed} heard", given.errors), "ko, as heard")))
    print("\n".join(table(in_files(told, given.errors), "ko, as heard, in files")))
    print("\n| without personal data | words | masked | of them numbers |\n|---|---|---|---|")
    for language in LANGUAGES:
        print(on_nothing(language, given.half, given.seed, given.count))
    took = delays_ms(given.half, given.seed, given.count)
    at = {name: took[int(share * (len(took) - 1))] for name, share in (("p50", 0.5), ("p95", 0.95))}
    print(f"\nprocessor ms a final: p50 {at['p50']:.1f}, p95 {at['p95']:.1f}, most {took[-1]:.1f}")


if __name__ == "__main__":
    main()
