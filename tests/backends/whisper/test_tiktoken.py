"""OpenAI's package has the same tokenizer as the bundled model, and the same languages."""

from __future__ import annotations

import pytest
import tokenizers

from realtime.backends.whisper.tiktoken import tokenizer_of
from realtime.backends.whisper.tokens import Vocabulary
from realtime.languages import NAMES, language_code
from realtime.weights.bundled import bundled_dir, samples

whisper_tokenizer = pytest.importorskip("whisper.tokenizer")


# The package leaves its own tokenizer file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_both_tokenizers_are_the_same() -> None:
    encoding = whisper_tokenizer.get_tokenizer(True, num_languages=99).encoding
    made = Vocabulary(tokenizer_of(encoding._mergeable_ranks, encoding._special_tokens), True)
    bundled = tokenizers.Tokenizer.from_file(str(bundled_dir() / "tokenizer.json"))
    known = Vocabulary(bundled, True)
    texts = [sample.text for sample in samples()] + [" a", "  b\n", "naïve 한국어 😀 'll 12,345"]
    for text in texts:
        ids = made.tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == known.tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == encoding.encode(text)
        assert made.decode(ids) == text
    assert made.suppressed == known.suppressed
    assert made.languages == known.languages
    assert made.prompt((), "ko", "translate") == known.prompt((), "ko", "translate")
    assert (made.end, made.no_speech, made.blank) == (known.end, known.no_speech, known.blank)


def test_the_languages_are_those_of_openai_whisper() -> None:
    assert dict(NAMES) == whisper_tokenizer.LANGUAGES
    for name, code in whisper_tokenizer.TO_LANGUAGE_CODE.items():
        assert language_code(name) == code
