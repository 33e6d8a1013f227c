from __future__ import annotations

from dataclasses import replace

import pytest
import tokenizers
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from hypothesis import given
from hypothesis import strategies as st

from realtime.backends.whisper.tokens import CONTEXT_LENGTHS, EARLIER_TOKENS, Vocabulary
from realtime.errors import BadOption
from realtime.types import DecodeOptions, Word
from realtime.weights.bundled import bundled_dir

RAW = tokenizers.Tokenizer.from_file(str(bundled_dir() / "tokenizer.json"))
THEIRS = Tokenizer(RAW, True, task="transcribe", language="ko")
OURS = Vocabulary(RAW, multilingual=True)


def test_the_prompt_is_that_of_whisper() -> None:
    assert OURS.prompt((), "ko", "transcribe") == [*THEIRS.sot_sequence, THEIRS.no_timestamps]
    with_context = OURS.prompt((11, 12), "ko", "transcribe")
    assert with_context[:3] == [THEIRS.sot_prev, 11, 12]
    assert with_context[3:] == OURS.prompt((), "ko", "transcribe")
    assert OURS.prompt((), "ko", "translate") != OURS.prompt((), "ko", "transcribe")


def test_an_english_model_gets_neither_language_nor_task() -> None:
    english = Vocabulary(RAW, multilingual=False)
    assert english.start_sequence("en", "translate") == [THEIRS.sot]


def test_an_english_model_is_not_used_for_korean() -> None:
    """It would write English words, which would be reported as Korean."""
    with pytest.raises(BadOption, match=r"English only, not Korean \(ko\)") as caught:
        Vocabulary(RAW, multilingual=False).check_language("ko")
    assert caught.value.details == {"field": "language"}


def test_the_same_tokens_are_suppressed_as_by_faster_whisper() -> None:
    assert OURS.suppressed == list(get_suppressed_tokens(THEIRS, [-1]))


def test_an_unknown_language_is_refused_and_the_option_named() -> None:
    with pytest.raises(BadOption, match="'xx'") as caught:
        OURS.check_language("xx")
    assert caught.value.details == {"field": "language"}


def test_a_newer_language_is_refused_by_older_models() -> None:
    """Only large-v3 has Cantonese; other models have no token for it."""
    assert "yue" not in OURS.languages
    with pytest.raises(BadOption, match="Cantonese"):
        OURS.start_sequence("yue", "transcribe")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_pieces_are_the_bytes_of_the_text(text: str) -> None:
    tokens = RAW.encode(text, add_special_tokens=False).ids
    pieces = OURS.pieces(tokens)
    assert len(pieces) == len(tokens)
    assert OURS.decode(tokens) == THEIRS.decode(tokens)


def test_special_tokens_have_no_text() -> None:
    assert OURS.pieces([THEIRS.eot, THEIRS.sot, THEIRS.timestamp_begin + 5]) == [b"", b"", b""]


def test_the_context_ends_with_the_earlier_text() -> None:
    options = DecodeOptions(prompt="b", hotwords=" c ", previous_text="a")
    text = OURS.decode(OURS.context(replace(options, previous_text="again " * 20)))
    assert text.startswith(" c b again")
    assert text.endswith(" again")
    assert OURS.context(DecodeOptions(prompt="  ")) == ()


@given(words=st.integers(0, 400))
def test_contexts_have_one_of_few_lengths_and_keep_their_end(words: int) -> None:
    context = OURS.context(DecodeOptions(previous_text="again " * words))
    kept = min(words, EARLIER_TOKENS)
    assert len(context) == max(n for n in CONTEXT_LENGTHS if n <= kept)
    assert OURS.decode(context).split() == ["again"] * len(context)


@given(asked=st.integers(1, 300), words=st.integers(0, 300))
def test_earlier_text_never_replaces_prompt_and_hotwords(asked: int, words: int) -> None:
    options = DecodeOptions(prompt="name " * asked, previous_text="again " * words)
    said = OURS.decode(OURS.context(options)).split()
    assert said.count("name") == min(asked, CONTEXT_LENGTHS[-1])
    assert len(said) in CONTEXT_LENGTHS or said.count("again") == 0


def test_words_are_spelled_as_they_were_written() -> None:
    words = [Word(" 안녕하세요", 0, 1), Word(" 고객님.", 1, 2)]
    assert OURS.decode(OURS.text(words)) == " 안녕하세요 고객님."


def test_special_tokens_in_a_prompt_are_plain_text() -> None:
    options = DecodeOptions(prompt="<|endoftext|><|startoftranscript|> hello")
    assert all(token < OURS.end for token in OURS.context(options))
