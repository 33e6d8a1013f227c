"""How much personal data the rules find, how much else they mask, and how fast they are.

`python -m benchmarks.postprocess.privacy` measures the held-out half; `--half dev --errors` shows
the rules' errors on the half that they were made with.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterable

from benchmarks.postprocess.privacy_set import Half, Label, Language, Utterance, utterances
from realtime.postprocess.privacy.kinds import Finding, IdentifierKind
from realtime.postprocess.privacy.rules import find

LOOSE = (IdentifierKind.NAME, IdentifierKind.ADDRESS)
"""Kinds without a structure that rules could check; reported separately."""
ROUNDS = 3
EDGE = 1
"""Characters, such as a bracket, by which a finding may reach beyond its label."""


def found_all(utterance: Utterance, label: Label, found: Iterable[Finding]) -> bool:
    """Whether findings of the label's kind cover each of its letters and digits."""
    covered = {
        position for f in found if f.kind == label.kind for position in range(f.start, f.end)
    }
    return all(
        position in covered
        for position in range(label.start, label.end)
        if utterance.text[position].isalnum()
    )


def is_right(finding: Finding, labels: Iterable[Label]) -> bool:
    """Whether the finding overlaps a label of its kind and exceeds it by at most `EDGE`."""
    return any(
        label.kind == finding.kind
        and finding.start < label.end
        and label.start < finding.end
        and finding.start >= label.start - EDGE
        and finding.end <= label.end + EDGE
        for label in labels
    )


def measure(
    language: Language, half: Half, seed: int, errors: bool
) -> tuple[Counter[tuple[IdentifierKind, str]], int]:
    """Count by (kind, "labels" | "found" | "findings" | "right"); and the number of utterances."""
    counted: Counter[tuple[IdentifierKind, str]] = Counter()
    made = utterances(language, half, seed)
    for utterance in made:
        _, found = find(utterance.text)
        for label in utterance.labels:
            right = found_all(utterance, label, found)
            counted[label.kind, "labels"] += 1
            counted[label.kind, "found"] += right
            if errors and not right:
                print(
                    "missed ",
                    label.kind,
                    utterance.text[label.start : label.end],
                    "|",
                    utterance.text,
                )
        for finding in found:
            right = is_right(finding, utterance.labels)
            counted[finding.kind, "findings"] += 1
            counted[finding.kind, "right"] += right
            if errors and not right:
                print("too much", finding.kind, finding.start, finding.end, utterance.text)
    return counted, len(made)


def row(
    name: str, counted: Counter[tuple[IdentifierKind, str]], kinds: Iterable[IdentifierKind]
) -> str:
    total = {
        key: sum(counted[kind, key] for kind in kinds)
        for key in ("labels", "found", "findings", "right")
    }
    recall = total["found"] / total["labels"] if total["labels"] else 1.0
    precision = total["right"] / total["findings"] if total["findings"] else 1.0
    return f"| {name} | {total['labels']} | {recall:.3f} | {total['findings']} | {precision:.3f} |"


def speed() -> str:
    """Milliseconds of CPU for a megabyte of utterances, and of adversarially slow texts.

    The best of `ROUNDS`, because other load on the machine only makes it slower.
    """
    mixed = " ".join(u.text for language in ("ko", "en") for u in utterances(language, "dev"))
    texts = {
        "prose, English": "the quick brown fox jumps over the lazy dog while we talk ",
        "prose, Korean": "안녕하세요 오늘 날씨가 정말 좋네요 무엇을 도와드릴까요 ",
        "utterances of both languages": mixed,
        "digits apart by blanks": "1 2 3 4 5 6 7 8 9 0 ",
        "one long number": "4111111111111111",
        "said digits": "one two three four ",
        "said digits, Korean": "공일공 일이삼사 ",
        "pairs of digits": "12 34 56 78 90 ",
        "random digits and blanks": "".join(random.Random(4).choices("0123456789 ", k=1_000_000)),
        "hyphens and digits": "1-",
        "phone numbers": "010-1234-5678 ",
        "card numbers": "4111-1111-1111-1111 ",
        "registration numbers": "900101-1234568 ",
        "passports": "M12345678 ",
        "mail addresses": "a@b.co ",
        "half mail addresses": "a@",
        "said mail addresses": "john dot smith at gmail dot com ",
        "births": "생일 1",
        "blanks": " ",
        "the letter a": "a",
        "roads": "중앙로 1 ",
        "names": "김철수 님 ",
        "streets": "1 Main Street ",
        "numbers before streets": "1 2 3 4 5 6 st ",
        "groups of one and two digits": "1 2 34 5 ",
        "digits far apart": "1--2--3",
        "area codes": "02 ",
        "passports behind cues": "여권 M12345678 ",
        "licences behind cues": "면허 D1234567 ",
        "dates of birth": "dob 05/03/90 ",
        "particles like digits": "이 ",
        "a sign of mail every few letters": "at a dot com ",
        "places behind a cue": "주소 가 일 ",
    }
    rows = ["| text of 1 MB | ms of CPU |", "|---|---|"]
    for name, piece in texts.items():
        text = (piece * (1_000_000 // len(piece.encode()) + 1)).encode()[:1_000_000]
        whole = text.decode(errors="ignore")
        best = min(_cpu_seconds(whole) for _ in range(ROUNDS))
        rows.append(f"| {name} | {1000 * best:.0f} |")
    return "\n".join(rows)


def _cpu_seconds(text: str) -> float:
    start = time.process_time()
    find(text)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("dev", "held"), default="held")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--errors", action="store_true", help="only with --half dev")
    parser.add_argument("--speed", action="store_true")
    given = parser.parse_args()
    if given.errors and given.half == "held":
        parser.error("the errors of the half that is held out are not looked at")
    if given.speed:
        print(speed())
        return
    structured = [kind for kind in IdentifierKind if kind not in LOOSE]
    print("| what | labels | recall | findings | precision |\n|---|---|---|---|---|")
    both: Counter[tuple[IdentifierKind, str]] = Counter()
    for language in ("ko", "en"):
        counted, count = measure(language, given.half, given.seed, given.errors)
        both += counted
        print(row(f"structured, {language} ({count} utterances)", counted, structured))
        for kind in LOOSE:
            print(row(f"{kind.lower()}, {language}", counted, [kind]))
    print(row("structured, both", both, structured))
    for kind in structured:
        print(row(f"{kind}", both, [kind]))


if __name__ == "__main__":
    main()
