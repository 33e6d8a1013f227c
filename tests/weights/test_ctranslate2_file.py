"""Reading and writing `model.bin`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from realtime.errors import SetupError
from realtime.weights.bundled import bundled_dir
from realtime.weights.ctranslate2_file import ModelFile, Variable, read_model, write_model

_DTYPES = st.sampled_from([np.float32, np.int8, np.int16, np.int32, np.float16])
_SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)
_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_VARIABLES = _DTYPES.flatmap(
    lambda dtype: hnp.arrays(
        dtype, _SHAPES, elements=hnp.from_dtype(np.dtype(dtype), allow_nan=False)
    )
).map(Variable)


@given(
    name=_NAMES,
    revision=st.integers(0, 2**32 - 1),
    variables=st.dictionaries(_NAMES, _VARIABLES, max_size=4),
    aliases=st.dictionaries(_NAMES, _NAMES, max_size=3),
)
def test_a_written_file_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    revision: int,
    variables: dict[str, Variable],
    aliases: dict[str, str],
) -> None:
    path = tmp_path_factory.mktemp("model") / "model.bin"
    write_model(ModelFile(name, revision, variables, aliases), path)
    read = read_model(path)
    assert (read.name, read.revision, read.aliases) == (name, revision, aliases)
    assert read.variables.keys() == variables.keys()
    for key, variable in variables.items():
        assert read.variables[key].values.dtype == variable.values.dtype
        assert read.variables[key].values.shape == variable.values.shape
        np.testing.assert_array_equal(read.variables[key].values, variable.values)


def test_the_bundled_model_is_written_byte_for_byte_as_ctranslate2_wrote_it(
    tmp_path: Path,
) -> None:
    original = bundled_dir() / "model.bin"
    write_model(read_model(original), tmp_path / "model.bin")
    assert (tmp_path / "model.bin").read_bytes() == original.read_bytes()


@given(
    hnp.arrays(
        np.float32, 20, elements=st.floats(-(2**100), 2**100, width=32, allow_subnormal=False)
    )
)
def test_bfloat16_is_rounded_to_the_nearest(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("model") / "model.bin"
    write_model(ModelFile("x", 1, {"v": Variable(values, bfloat16=True)}, {}), path)
    read = read_model(path).variables["v"]
    assert read.bfloat16
    # The significand has 8 bits with the hidden one: half a unit in the last place is at most 2**-8
    # of the value. Below the smallest normal number the step is constant.
    np.testing.assert_allclose(read.values, values, rtol=2**-8, atol=1e-38)
    write_model(ModelFile("x", 1, {"v": read}, {}), path)
    np.testing.assert_array_equal(read_model(path).variables["v"].values, read.values)


@given(st.integers(0, 400))
def test_a_file_cut_anywhere_is_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    path = tmp_path_factory.mktemp("model") / "model.bin"
    variables = {f"v{i}": Variable(np.arange(10, dtype=np.int32)) for i in range(7)}
    write_model(ModelFile("WhisperSpec", 3, variables, {"a": "v0"}), path)
    whole = path.read_bytes()
    assert len(whole) > 400
    path.write_bytes(whole[:length])
    with pytest.raises(SetupError, match="convert the model again"):
        read_model(path)


def test_bytes_after_the_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    write_model(ModelFile("WhisperSpec", 3, {}, {}), path)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(SetupError, match="something follows its end"):
        read_model(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"model\.bin cannot be read .*: give a model folder"):
        read_model(tmp_path / "model.bin")
