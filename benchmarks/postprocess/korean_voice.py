"""Korean spoken by hn1, a diphone voice of MBROLA: a voice that Whisper hears, unlike espeak-ng's.

The program and the voice are packages of Debian, `mbrola` (contrib, AGPL-3.0) and `mbrola-hn1`
(non-free: free to use with MBROLA and to copy, not to be sold). They need not be installed:
`dpkg -x` unpacks both into a folder. Phones are those of the voice's README, in X-SAMPA; lengths
and the melody are constants, so the voice is monotonous but plain.
"""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper.audio import decode_audio

from benchmarks.postprocess.heard import LETTERS
from realtime.types import Samples

ONSETS = (
    *("k", "k_>", "n", "t", "t_>", "4", "m", "p", "p_>", "s", "s_>", "", "ts\\", "ts\\_>"),
    *("ts\\_h", "k_h", "t_h", "p_h", "h"),
)
VOWELS = (
    *("a", "E", "ja", "jE", "V", "e", "jV", "je", "o", "wa", "wE", "2", "jo", "u", "wV", "we"),
    *("wi", "ju", "M", "M\\i", "i"),
)
CODAS = (
    *("", "k", "k_>", "k s", "n", "n ts\\", "n h", "t", "4", "4 k", "4 m", "4 p", "4 s", "4 t_h"),
    *("4 p_h", "4 h", "m", "p", "p s", "s", "s_>", "N", "ts\\", "ts\\_h", "k_h", "t_h", "p_h", "h"),
)
"""Consonants and vowels in the order of Unicode's syllables; two consonants stand apart."""
_CLOSED = {
    **dict.fromkeys(("k", "k_>", "k_h"), "k"),
    **dict.fromkeys(("t", "s", "s_>", "ts\\", "ts\\_h", "t_h", "h"), "t"),
    **dict.fromkeys(("p", "p_h"), "p"),
    **{"n": "n", "4": "l", "m": "m", "N": "N"},
}
"""Consonants as they sound at the end of a syllable."""
_PLAIN = ("k", "t", "p", "ts\\")
_TENSE = {phone: f"{phone}_>" for phone in (*_PLAIN, "s")}
_ASPIRATED = {phone: f"{phone}_h" for phone in _PLAIN}
_VOICED = dict(zip(_PLAIN, ("g", "d", "b", "dz\\"), strict=True))
_NASAL = {"k": "N", "t": "n", "p": "m"}
_LENGTHS_MS = {
    **{"s": 95, "s_>": 105, "s\\": 95, "h": 50, "4": 25, "n": 55, "m": 60, "l": 55, "N": 75},
    **{"n_}": 65, "m_}": 70, "l_}": 65, "k_}": 65, "t_}": 65, "p_}": 65},
    **dict.fromkeys(VOWELS, 110),
    **dict.fromkeys(_VOICED.values(), 50),
    **dict.fromkeys(_ASPIRATED.values(), 120),
    **dict.fromkeys(_TENSE.values(), 110),
}
"""Of the digits of four numbers `base` heard 37 of 53 with aspirates and tense stops of this
length, and 29 with 85 ms."""
_PLAIN_MS = 65
_FINAL_VOWEL = 1.15
"""Times the length of a word's last vowel."""
_BETWEEN_WORDS_MS = (15, 30, 60)
_BETWEEN_PHRASES_MS = 250
_PACES = (1.15, 1.2, 1.3)
_PITCHES_HZ = (105, 115, 130)
_FIGURES = dict(zip("0123456789", "공일이삼사오육칠팔구", strict=True))
_SAID = {r"@": " 골뱅이 ", r"\bat\b": "앳", r"\bcom\b": "컴", r"\bnet\b": "넷", r"[-_]": ", "}
_PEAK = 0.7


@dataclass(frozen=True, slots=True)
class KoreanVoice:
    """The program `mbrola` and the file of the voice."""

    program: Path
    database: Path

    @classmethod
    def in_folder(cls, folder: Path) -> KoreanVoice | None:
        """The voice below `folder`, `/usr` where it is installed; None if it is not there."""
        voice = cls(folder / "bin/mbrola", folder / "share/mbrola/hn1/hn1")
        return voice if voice.program.is_file() and voice.database.is_file() else None

    def speak(self, text: str, rng: random.Random) -> Samples:
        """`text` at a random pace and pitch, 16 kHz, with a peak of 0.7."""
        with tempfile.TemporaryDirectory() as folder:
            score, sound = Path(folder, "text.pho"), Path(folder, "text.wav")
            score.write_text(_score(in_hangul(text), rng), "utf-8")
            subprocess.run(
                [self.program, "-e", self.database, score, sound], check=True, capture_output=True
            )
            samples = decode_audio(str(sound))
        return np.asarray(samples * np.float32(_PEAK / np.abs(samples).max()), np.float32)


def in_hangul(text: str) -> str:
    """`text` with figures, letters and signs as they are said."""
    text = re.sub(r"\d", lambda figure: _FIGURES[figure[0]], text)
    for sign, said in _SAID.items():
        text = re.sub(sign, said, text)
    text = re.sub(r"(?<=[a-z가-힣])\.(?=[a-z가-힣])", " 점 ", text)
    return re.sub(r"[A-Za-z]", lambda letter: f" {LETTERS[letter[0].lower()]} ", text)


def phones(word: str) -> list[str]:
    """Phones of a word in Hangul, with the changes of sounds that meet."""
    parts = [divmod(ord(syllable) - ord("가"), 588) for syllable in word]
    onsets = [ONSETS[onset] for onset, _ in parts]
    vowels = [VOWELS[rest // 28] for _, rest in parts]
    codas = [CODAS[rest % 28].split() for _, rest in parts]
    for at in range(len(parts) - 1):
        onsets[at + 1] = _linked(codas[at], onsets[at + 1], vowels[at + 1])
    said: list[str] = []
    ends = [_end_of(coda) for coda in codas]
    for at, (end, onset) in enumerate(zip(ends, onsets[1:], strict=False)):
        ends[at], onsets[at + 1] = _met(end, onset)
    for onset, vowel, end in zip(onsets, vowels, ends, strict=True):
        if said and said[-1] not in ("k_}", "t_}", "p_}"):
            onset = _VOICED.get(onset, onset)
        if onset == "s" and vowel[0] in "ij":
            onset = "s\\"
        closing = "" if not end else end if end == "N" else f"{end}_}}"
        said += [phone for phone in (onset, vowel, closing) if phone]
    return said


def _linked(coda: list[str], onset: str, vowel: str) -> str:
    """The onset behind `coda`, which loses what moves over: 먹어 → 머거, 좋다 → 조타."""
    if not coda or (onset == "" and coda == ["N"]):
        return onset
    if onset == "":
        last = coda.pop()
        if last == "h":
            last = coda.pop() if coda else ""
        return {"t": "ts\\", "t_h": "ts\\_h"}.get(last, last) if vowel == "i" else last
    if coda[-1] == "h" and onset in _ASPIRATED:
        coda.pop()
        return _ASPIRATED[onset]
    if onset == "h" and _CLOSED[coda[-1]] in _NASAL:
        last = coda.pop()
        return _ASPIRATED[last if last == "ts\\" else _CLOSED[last]]
    return onset


def _end_of(coda: list[str]) -> str:
    """What is heard of the consonants at the end of a syllable."""
    if not coda:
        return ""
    return _CLOSED[coda[-1] if coda[0] == "4" and coda[-1] in ("k", "m") else coda[0]]


def _met(end: str, onset: str) -> tuple[str, str]:
    """End and onset as they change each other: 십육만 → 심늉만, 국밥 → 국빱, 신라 → 실라."""
    if end in _NASAL:
        if onset in ("n", "m", "4"):
            return _NASAL[end], "n" if onset == "4" else onset
        return end, _TENSE.get(onset, onset)
    if (end, onset) in (("n", "4"), ("l", "n"), ("l", "4")):
        return "l", "l"
    return end, "n" if end in ("m", "N") and onset == "4" else onset


def _score(text: str, rng: random.Random) -> str:
    """MBROLA's lines: a phone, its length in ms, and the pitch in Hz in the middle of it."""
    pace, pitch = rng.choice(_PACES), rng.choice(_PITCHES_HZ)
    lines = [f"_ {_BETWEEN_PHRASES_MS // 4}"]
    for phrase in re.split(r"(?<=[,.?!])\s*", text):
        words = [phones(word) for word in re.findall("[가-힣]+", phrase)]
        count, done = sum(map(len, words)), 0
        for word in words:
            for at, phone in enumerate(word):
                length = _LENGTHS_MS.get(phone, _PLAIN_MS) * pace
                if at >= len(word) - 2 and phone in VOWELS:
                    length *= _FINAL_VOWEL
                tone = pitch * (1.12 - 0.25 * done / count) * rng.uniform(0.98, 1.02)
                lines.append(f"{phone} {length:.0f} 50 {tone:.0f}")
                done += 1
            lines.append(f"_ {rng.choice(_BETWEEN_WORDS_MS) * pace:.0f}")
        if words:
            lines.append(f"_ {_BETWEEN_PHRASES_MS * pace:.0f}")
    return "\n".join(lines) + "\n"
