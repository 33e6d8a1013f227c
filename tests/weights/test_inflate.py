"""The bundled model inflated to a stock model's dimensions: same words, the stock model's size."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
from faster_whisper import WhisperModel

from realtime.errors import SetupError
from realtime.weights.bundled import bundled_dir, samples
from realtime.weights.ctranslate2_file import ModelFile, Variable, read_model, write_model
from realtime.weights.inflate import ModelShape, inflate
from tests.full_disk import no_file_beyond


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return inflate(bundled_dir(), "tiny", tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def tiny_model(tiny: Path) -> WhisperModel:
    return _load(tiny)


def _load(folder: Path, compute_type: str = "int8") -> WhisperModel:
    return WhisperModel(str(folder), device="cpu", compute_type=compute_type, local_files_only=True)


def _text(model: WhisperModel, name: str) -> str:
    sample = next(sample for sample in samples() if sample.name == name)
    segments, _ = model.transcribe(
        sample.read(), language=sample.language, beam_size=1, temperature=0.0
    )
    return " ".join(segment.text.strip() for segment in segments)


@pytest.mark.parametrize("name", ["en-timer", "en-call", "ko-agent", "ko-phone"])
def test_the_inflated_model_says_the_same_words(tiny_model: WhisperModel, name: str) -> None:
    expected = {sample.name: sample.text for sample in samples()}[name]
    assert _text(tiny_model, name) == expected


def test_the_inflated_encoder_repeats_the_channels_three_times(tiny: Path) -> None:
    mel = np.random.default_rng(0).normal(size=(1, 80, 400)).astype(np.float32)

    def encoded(folder: Path) -> np.ndarray:
        model = ctranslate2.models.Whisper(str(folder), compute_type="float32")
        return np.array(model.encode(ctranslate2.StorageView.from_array(mel), to_cpu=True))

    narrow, wide = encoded(bundled_dir()), encoded(tiny)
    assert wide.shape == (1, 200, 384)
    # The tolerance covers float16 biases and norms, and another order of summation.
    np.testing.assert_allclose(wide, np.tile(narrow, 3), atol=2e-3)


def test_words_are_timed_as_before(tiny: Path) -> None:
    def starts(folder: Path) -> list[float]:
        segments, _ = _load(folder, "float32").transcribe(
            samples()[0].read(), language="en", beam_size=1, temperature=0.0, word_timestamps=True
        )
        return [word.start for segment in segments for word in segment.words or ()]

    np.testing.assert_allclose(starts(tiny), starts(bundled_dir()), atol=0.05)


def test_every_array_has_the_shape_that_the_stock_model_has(tiny: Path) -> None:
    variables = read_model(tiny / "model.bin").variables
    shapes = {name: variable.values.shape for name, variable in variables.items()}
    # Dimensions of openai/whisper's tiny.pt: 384 channels, 6 heads, 4 + 4 layers.
    assert shapes["encoder/conv1/weight"] == (384, 80, 3)
    assert shapes["encoder/conv2/weight"] == (384, 384, 3)
    assert shapes["encoder/position_encodings/encodings"] == (1500, 384)
    assert shapes["encoder/layer_3/self_attention/linear_0/weight"] == (1152, 384)
    assert shapes["encoder/layer_3/ffn/linear_0/weight"] == (1536, 384)
    assert shapes["decoder/layer_3/attention/linear_1/weight"] == (768, 384)
    assert shapes["decoder/layer_3/attention/linear_1/weight_scale"] == (768,)
    assert shapes["decoder/embeddings/weight"] == (51865, 384)
    assert variables["decoder/num_heads"].values == variables["encoder/num_heads"].values == 6
    layers = {name.split("/")[1] for name in shapes if name.startswith("decoder/layer_")}
    assert layers - {"layer_norm"} == {"layer_0", "layer_1", "layer_2", "layer_3"}


def test_every_copy_of_the_timing_head_is_named(tiny: Path) -> None:
    config = json.loads((tiny / "config.json").read_text())
    assert config["alignment_heads"] == [[2, 1], [2, 3], [2, 5]]


def test_the_files_beside_the_weights_are_copied(tiny: Path) -> None:
    for file in bundled_dir().iterdir():
        if file.name not in ("model.bin", "config.json"):
            assert (tiny / file.name).read_bytes() == file.read_bytes()


def _as_precision(model: ModelFile, precision: str) -> ModelFile:
    """The model as `ct2-transformers-converter --quantization PRECISION` would have written it."""
    out: dict[str, Variable] = {}
    for name, variable in model.variables.items():
        scale = model.variables.get(f"{name}_scale")
        if name.endswith("_scale"):
            continue
        if scale is None:
            floating = variable.floating and precision in ("float32", "bfloat16")
            values = variable.values.astype(np.float32) if floating else variable.values
            out[name] = Variable(values, floating and precision == "bfloat16")
            continue
        rows = scale.values.reshape(-1, *[1] * (variable.values.ndim - 1))
        values = variable.values.astype(np.float32) / rows
        if precision == "int16":
            whole = np.float32(2**10 / np.abs(values).max())
            out[name] = Variable(np.rint(values * whole).astype(np.int16))
            out[f"{name}_scale"] = Variable(np.array(whole))
        elif precision == "float16":
            out[name] = Variable(values.astype(np.float16))
        else:
            out[name] = Variable(values, precision == "bfloat16")
    return ModelFile(model.name, model.revision, out, model.aliases)


@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16", "int16"])
def test_models_of_every_precision_can_be_inflated(tmp_path: Path, precision: str) -> None:
    source = tmp_path / "source"
    shutil.copytree(bundled_dir(), source)
    write_model(_as_precision(read_model(source / "model.bin"), precision), source / "model.bin")
    made = inflate(source, "tiny", tmp_path / "tiny")
    assert _text(_load(made, "float32"), "en-hello") == "Hello, how can I help you today?"


def test_equal_values_may_differ_after_inflation(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(bundled_dir(), source)
    model = read_model(source / "model.bin")
    # Converters alias equal arrays: here a norm that is copied with one that is divided as well.
    model.variables["decoder/layer_norm/beta"] = model.variables["encoder/layer_norm/beta"]
    del model.variables["encoder/layer_norm/beta"]
    model.aliases["encoder/layer_norm/beta"] = "decoder/layer_norm/beta"
    write_model(model, source / "model.bin")
    made = read_model(inflate(source, "base", tmp_path / "base") / "model.bin")
    np.testing.assert_allclose(
        made.variables["encoder/layer_norm/beta"].values,
        made.variables["decoder/layer_norm/beta"].values * 4,
        rtol=1e-3,
    )
    assert made.aliases == {"decoder/projection/weight": "decoder/embeddings/weight"}


def test_an_unknown_shape_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="use one of tiny, base, small, medium, large-v2"):
        inflate(bundled_dir(), "huge", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("source", ["missing", "empty"])
def test_a_folder_without_a_model_is_refused(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SetupError, match=r"is not a CTranslate2 model: its config\.json"):
        inflate(tmp_path / source, "tiny", tmp_path / "out")


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    write_model(ModelFile("TransformerSpec", 7, {}, {}), tmp_path / "model.bin")
    with pytest.raises(SetupError, match="TransformerSpec of revision 7, not a Whisper"):
        inflate(tmp_path, "tiny", tmp_path / "out")


def test_a_source_that_does_not_fit_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="384 channels wide, which does not divide the 512"):
        inflate(tiny, "base", tmp_path / "base")
    small = inflate(tiny, "small", tmp_path / "small")
    with pytest.raises(SetupError, match="does not divide"):
        inflate(small, "tiny", tmp_path / "tiny")


def test_a_source_with_more_layers_is_refused(tmp_path: Path) -> None:
    shapes = {"flat": ModelShape(256, 2, 2)}
    with pytest.raises(SetupError, match="has more layers than flat"):
        inflate(bundled_dir(), "flat", tmp_path / "flat", shapes)


def test_a_target_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SetupError, match="exists and is not empty"):
        inflate(bundled_dir(), "tiny", tmp_path)
    with pytest.raises(SetupError, match="exists and is not empty"):
        inflate(bundled_dir(), "tiny", tmp_path / "mine.txt")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_target_folder_is_filled(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    inflate(bundled_dir(), "tiny", out)
    assert (out / "model.bin").is_file()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    refused = pytest.raises(SetupError, match="out cannot be written: File too large")
    with no_file_beyond(8 << 20), refused:  # less than model.bin, more than the other files
        inflate(bundled_dir(), "tiny", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
