"""CTranslate2 weights under the names that openai/whisper uses."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import SetupError
from realtime.weights.bundled import bundled_dir
from realtime.weights.ctranslate2_file import read_model
from realtime.weights.torch_state import torch_state


def test_every_parameter_of_the_network_is_converted() -> None:
    whisper = pytest.importorskip("whisper")
    state, heads = torch_state(bundled_dir())
    dims = whisper.ModelDimensions(80, 1500, 128, 2, 4, 51865, 448, 128, 2, 3)
    expected = {name: tuple(v.shape) for name, v in whisper.Whisper(dims).state_dict().items()}
    assert {name: values.shape for name, values in state.items()} == expected
    assert heads == ((2, 1),)
    assert all(values.dtype == np.float32 for values in state.values())


def test_integers_are_divided_by_their_scales() -> None:
    model = read_model(bundled_dir() / "model.bin")
    weight = model.variables["encoder/conv1/weight"].values.astype(np.float32)
    scale = model.variables["encoder/conv1/weight_scale"].values
    state, _ = torch_state(bundled_dir())
    assert np.allclose(state["encoder.conv1.weight"], weight / scale[:, None, None])


def test_stacked_layers_are_split_in_order() -> None:
    model = read_model(bundled_dir() / "model.bin")
    stacked = model.variables["decoder/layer_1/attention/linear_1/bias"].values
    state, _ = torch_state(bundled_dir())
    assert "decoder.blocks.1.cross_attn.key.bias" not in state
    assert np.allclose(state["decoder.blocks.1.cross_attn.value.bias"], stacked[128:])


def test_a_model_that_is_not_a_whisper_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        torch_state(tmp_path)
    shutil.copy(bundled_dir() / "model.bin", tmp_path)
    with pytest.raises(SetupError, match="convert it again"):
        torch_state(tmp_path)
