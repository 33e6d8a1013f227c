"""The torch runtimes with the bundled model's weights: the same words as with CTranslate2."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("whisper")

import torch

from realtime.backends.whisper.backend import WhisperBackend
from realtime.backends.whisper.runtimes.openai_whisper import OpenAIWhisperBackend
from realtime.backends.whisper.runtimes.torch_device import torch_device, torch_dtype
from realtime.backends.whisper.runtimes.transformers import TransformersBackend, _from_weights
from realtime.backends.whisper.weights import Weights
from realtime.errors import BadOption, LoadFailed
from realtime.types import SAMPLE_RATE, DecodeOptions, Window
from realtime.weights.bundled import Sample, bundled_dir, samples
from realtime.weights.torch_state import torch_state
from tests.backends.known_words import check_known_words

pytestmark = pytest.mark.slow

SOURCE = partial(torch_state, bundled_dir())
MADE: dict[str, Callable[[], WhisperBackend]] = {
    "transformers": cache(lambda: TransformersBackend(bundled_dir(), "cpu", source=SOURCE)),
    "openai-whisper": cache(lambda: OpenAIWhisperBackend(bundled_dir(), "cpu", source=SOURCE)),
}
SAMPLES = {sample.name: sample for sample in samples()}


@pytest.fixture(params=MADE)
def backend(request: pytest.FixtureRequest) -> WhisperBackend:
    return MADE[request.param]()


def window(sample: Sample, start: int = 0, final: bool = True, **options: Any) -> Window:
    chosen = DecodeOptions(language=sample.language)
    return Window(sample.read(), start, final, replace(chosen, **options))


@pytest.mark.parametrize("final", [True, False])
def test_recordings_are_transcribed(backend: WhisperBackend, final: bool) -> None:
    chosen = list(SAMPLES.values()) if final else [SAMPLES["en-timer"], SAMPLES["ko-call"]]
    for sample in chosen:
        [hypothesis] = backend.decode([window(sample, final=final)])
        assert hypothesis.text == sample.text
        assert -0.5 < hypothesis.avg_logprob < 0.0
        assert hypothesis.no_speech_probability < 0.05
        assert hypothesis.passes == 1


def test_a_batch_gives_the_same_and_detects_languages(backend: WhisperBackend) -> None:
    chosen = [SAMPLES[name] for name in ("en-hello", "ko-call", "en-call", "ko-agent")]
    hypotheses = backend.decode([window(sample, language=None) for sample in chosen])
    assert [h.text for h in hypotheses] == [sample.text for sample in chosen]
    assert [h.language for h in hypotheses] == ["en", "ko", "en", "ko"]
    assert min(h.language_probability for h in hypotheses) > 0.9


@pytest.mark.parametrize("beam_size", [1, 5])
def test_words_have_times(backend: WhisperBackend, beam_size: int) -> None:
    chosen, start_s = [SAMPLES["en-hello"], SAMPLES["en-timer"]], 100
    hypotheses = backend.decode(
        [
            window(sample, start=start_s * SAMPLE_RATE, word_times=True, beam_size=beam_size)
            for sample in chosen
        ]
    )
    for hypothesis, sample in zip(hypotheses, chosen, strict=True):
        assert [word.text for word in hypothesis.words] == [word.text for word in sample.words]
        off = [
            abs(heard.start_s - start_s - said.start_s)
            for heard, said in zip(hypothesis.words, sample.words, strict=True)
        ]
        assert np.median(off) < 0.15
        assert all(0.0 < word.probability <= 1.0 for word in hypothesis.words)


@pytest.mark.parametrize("beam_size", [1, 5])
def test_a_text_continues_after_known_words(backend: WhisperBackend, beam_size: int) -> None:
    check_known_words(backend, beam_size)


@pytest.mark.parametrize("seconds", [0.01, 1.0, 31.0])
def test_silence_gives_no_text(backend: WhisperBackend, seconds: float) -> None:
    audio = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    options = DecodeOptions(language="en", word_times=True)
    [hypothesis] = backend.decode([Window(audio, 0, True, options)])
    assert (hypothesis.text, hypothesis.words) == ("", ())


def test_windows_that_cannot_be_decoded_are_refused(backend: WhisperBackend) -> None:
    bad = window(SAMPLES["en-hello"])
    bad.samples[100] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        backend.decode([bad])
    with pytest.raises(BadOption):
        backend.group_key(window(SAMPLES["en-hello"], language="xx").shape)


def test_the_backend_describes_itself(backend: WhisperBackend) -> None:
    info = backend.info
    assert (info.device, info.compute_type) == ("cpu", "float32")
    assert info.model_path == str(bundled_dir())
    assert backend.traits.left_context_s > 0, "the bundled model's traits lie beside its weights"
    assert backend.workers == 1
    assert backend.measured(), "the warm-up measured something"


def test_a_folder_in_hugging_faces_format_is_loaded(tmp_path: Path) -> None:
    model = _from_weights(Weights(*SOURCE()))
    torch.nn.Module.half(model).save_pretrained(tmp_path)
    for name in ("tokenizer.json", "context_policy.json"):
        shutil.copy(bundled_dir() / name, tmp_path)
    loaded = TransformersBackend(tmp_path, "cpu")
    assert loaded.info.model == tmp_path.name
    [hypothesis] = loaded.decode([window(SAMPLES["ko-call"], word_times=True)])
    assert hypothesis.text == SAMPLES["ko-call"].text
    assert len(hypothesis.words) == len(SAMPLES["ko-call"].words)
    loaded.close()
    with pytest.raises(LoadFailed, match="closed"):
        loaded.decode([window(SAMPLES["ko-call"])])


# The package leaves its own tokenizer file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_checkpoint_in_openais_format_is_loaded(tmp_path: Path) -> None:
    weights = Weights(*SOURCE())
    dimensions = weights.dimensions
    names = (*dimensions.__slots__,)
    state = {name: torch.from_numpy(values).half() for name, values in weights.state.items()}
    dims = {name: getattr(dimensions, name) for name in names}
    torch.save({"dims": dims, "model_state_dict": state}, tmp_path / "micro.pt")
    shutil.copy(bundled_dir() / "context_policy.json", tmp_path)
    loaded = OpenAIWhisperBackend(tmp_path / "micro.pt", "cpu")
    assert loaded.info.model == "micro"
    [hypothesis] = loaded.decode([window(SAMPLES["ko-call"])])
    assert hypothesis.text == SAMPLES["ko-call"].text


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadFailed, match=r"config\.json"):
        TransformersBackend(tmp_path, "cpu")
    damaged = tmp_path / "small.pt"
    damaged.write_bytes(b"nonsense")
    with pytest.raises(LoadFailed, match="small"):
        OpenAIWhisperBackend(damaged, "cpu")


@pytest.mark.parametrize("device", ["gpu", "cuda:77"])
def test_a_missing_device_is_refused(device: str) -> None:
    with pytest.raises(LoadFailed, match="device"):
        torch_device(device)


@pytest.mark.parametrize(
    ("asked", "device", "used"),
    [
        ("auto", "cpu", torch.float32),
        ("int8", "cpu", torch.float32),
        ("bfloat16", "cpu", torch.bfloat16),
        ("auto", "cuda", torch.float16),
        ("int8_float16", "cuda", torch.float16),
        ("float32", "cuda", torch.float32),
    ],
)
def test_the_compute_type_is_chosen(asked: str, device: str, used: torch.dtype) -> None:
    assert torch_dtype(asked, torch.device(device)) is used
