"""Reads and writes CTranslate2's `model.bin` with numpy alone.

The layout is that of `ModelSpec._serialize` in `ctranslate2/specs/model_spec.py`, little-endian:
u32 version, string name, u32 revision; u32 count, then for each variable its string name, u8 rank,
u32 × rank shape, u8 type, u32 bytes, data; u32 count, then for each alias two strings. A string is
u16 length, the terminating zero included, and its bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from realtime.errors import SetupError

BINARY_VERSION = 6
"""The version that ctranslate2 4.x writes."""

_TYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
"""In the order of `DataType` in CTranslate2's `types.h`."""
_BFLOAT16 = _TYPES.index("bfloat16")

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One array of a model. numpy has no bfloat16: such values are float32 here."""

    values: Array
    bfloat16: bool = False

    @property
    def floating(self) -> bool:
        """Whether the values are floating-point numbers, not integers with a scale."""
        return self.values.dtype.kind == "f"

    def having(self, values: Array) -> Variable:
        """A variable of the same type with other values."""
        return Variable(values.astype(self.values.dtype, copy=False), self.bfloat16)


@dataclass(slots=True)
class ModelFile:
    """A whole `model.bin` in memory."""

    name: str
    """`WhisperSpec` …"""
    revision: int
    variables: dict[str, Variable]
    aliases: dict[str, str]
    """Alias → name of the variable with its values."""


def read_model(path: Path) -> ModelFile:
    """Read a `model.bin`. Raises `SetupError` if it is missing, damaged or of another version."""
    try:
        data = memoryview(path.read_bytes())
    except OSError as error:
        raise SetupError(
            f"{path} cannot be read ({error.strerror}): give a model folder."
        ) from error
    try:
        return _parse(_Reader(data))
    except (struct.error, ValueError, IndexError) as error:
        raise SetupError(
            f"{path} is not a CTranslate2 model of version {BINARY_VERSION} ({error}): "
            "convert the model again with ctranslate2 4."
        ) from error


def write_model(model: ModelFile, path: Path) -> None:
    """Write a `model.bin`. Raises `OSError`."""
    with path.open("wb") as file:
        file.write(struct.pack("<I", BINARY_VERSION))
        _write_string(file, model.name)
        file.write(struct.pack("<II", model.revision, len(model.variables)))
        for name in sorted(model.variables):
            _write_variable(file, name, model.variables[name])
        file.write(struct.pack("<I", len(model.aliases)))
        for name in sorted(model.aliases):
            _write_string(file, name)
            _write_string(file, model.aliases[name])


class _Reader:
    """A cursor in the bytes. Raises `struct.error` or `ValueError` beyond the end."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._position = 0

    @property
    def at_end(self) -> bool:
        return self._position == len(self._data)

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(f"<{form}", self._data, self._position)
        self._position += struct.calcsize(form)
        return int(value)

    def string(self) -> str:
        return bytes(self.take(self.number("H"))[:-1]).decode()

    def take(self, count: int) -> memoryview:
        piece = self._data[self._position : self._position + count]
        if len(piece) != count:
            raise ValueError("the file ends too early")
        self._position += count
        return piece


def _parse(reader: _Reader) -> ModelFile:
    version = reader.number("I")
    if version != BINARY_VERSION:
        raise ValueError(f"its version is {version}")
    model = ModelFile(reader.string(), reader.number("I"), {}, {})
    for _ in range(reader.number("I")):
        name = reader.string()
        model.variables[name] = _parse_variable(reader)
    for _ in range(reader.number("I")):
        alias = reader.string()
        model.aliases[alias] = reader.string()
    if not reader.at_end:
        raise ValueError("something follows its end")
    return model


def _parse_variable(reader: _Reader) -> Variable:
    shape = [reader.number("I") for _ in range(reader.number("B"))]
    kind = reader.number("B")
    data = reader.take(reader.number("I"))
    if kind != _BFLOAT16:
        return Variable(np.frombuffer(data, np.dtype(_TYPES[kind])).reshape(shape))
    high_halves = np.frombuffer(data, np.uint16).astype(np.uint32) << 16
    return Variable(high_halves.view(np.float32).reshape(shape), bfloat16=True)


def _write_variable(file: BinaryIO, name: str, variable: Variable) -> None:
    values = np.ascontiguousarray(variable.values).reshape(variable.values.shape)
    kind = _TYPES.index(values.dtype.name)
    if variable.bfloat16:
        kind = _BFLOAT16
        bits = values.view(np.uint32).astype(np.uint64)
        # Round to the nearest, ties to even, as the hardware does.
        values = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    _write_string(file, name)
    file.write(struct.pack("<B", values.ndim))
    file.write(struct.pack(f"<{values.ndim}I", *values.shape))
    file.write(struct.pack("<BI", kind, values.nbytes))
    file.write(values.tobytes())


def _write_string(file: BinaryIO, text: str) -> None:
    data = text.encode()
    file.write(struct.pack("<H", len(data) + 1) + data + b"\0")
