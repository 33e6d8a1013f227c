"""Converts OpenAI's tokenizer files to the tokenizer that all backends share."""

from __future__ import annotations

from collections.abc import Mapping

import tokenizers
from tokenizers import AddedToken, decoders, models, pre_tokenizers

from realtime.backends.whisper.tokens import byte_letters


def tokenizer_of(ranks: Mapping[bytes, int], special: Mapping[str, int]) -> tokenizers.Tokenizer:
    """Turn byte-pair encoding by ranks into merge rules; a second for Whisper's 50,000 tokens.

    `ranks`: token → index, more common ones first; `special`: token's name → index, which must
    follow those of `ranks` without a gap.
    """
    letters = byte_letters()

    def shown(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    merges = [
        (shown(parts[0]), shown(parts[1]))
        for token in sorted(ranks, key=ranks.__getitem__)
        if len(token) > 1 and len(parts := _parts(token, ranks)) == 2
    ]
    vocabulary = {shown(token): rank for token, rank in ranks.items()}
    made = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    names = sorted(special, key=special.__getitem__)
    made.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names])
    return made


def _parts(token: bytes, ranks: Mapping[bytes, int]) -> list[bytes]:
    """The pieces that byte-pair encoding joins last to form a token; two are its merge rule."""
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        joined = [ranks.get(parts[i] + parts[i + 1]) for i in range(len(parts) - 1)]
        known = [(rank, i) for i, rank in enumerate(joined) if rank is not None]
        if not known or min(known)[0] >= ranks[token]:
            break
        _, i = min(known)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return parts
