"""A check for every network: a text whose first words are known is continued correctly."""

from __future__ import annotations

import numpy as np

from realtime.backends.whisper.backend import WhisperBackend
from realtime.backends.whisper.features import LogMel
from realtime.backends.whisper.network import Sampling
from realtime.weights.bundled import samples


def check_known_words(backend: WhisperBackend, beam_size: int = 1) -> None:
    """Continue two texts in one call, with different numbers of known tokens; both end as usual."""
    network, vocabulary = backend._network, backend.vocabulary
    chosen = [sample for sample in samples() if sample.name in ("en-hello", "en-timer")]
    features = np.zeros((2, network.n_mels, 800), np.float32)
    for row, sample in zip(features, chosen, strict=True):
        LogMel(network.n_mels)(sample.read(), 800, out=row)
    prompts = [vocabulary.prompt((), "en", "transcribe")] * 2
    sampling = Sampling(beam_size, 60, vocabulary.suppressed)
    encoding = network.encode(features)
    whole = network.generate(encoding, prompts, sampling, [(), ()])
    known = [whole[0].tokens[:2], whole[1].tokens[:3]]
    rest = network.generate(encoding, prompts, sampling, known)
    for before, all_of_it, behind in zip(known, whole, rest, strict=True):
        assert [*before, *behind.tokens] == all_of_it.tokens
        assert -0.5 < behind.avg_logprob < 0.0
    assert vocabulary.decode(whole[0].tokens).strip() == chosen[0].text
