"""Finds the place of each tensor in the file of a torch checkpoint, without torch.

A checkpoint is a ZIP archive whose storages are not compressed, so a tensor is a contiguous range
of bytes of the file, to which an ONNX graph can refer for its weights.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SIZES = {"FloatStorage": 4, "LongStorage": 8}
_LOCAL_HEADER = struct.Struct("<26xHH")
"""Header of a member of a ZIP archive: the lengths of its name and of its extra field."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a tensor in the file, in row-major order."""

    offset: int
    """Bytes from the beginning of the file."""
    length: int
    """Length in bytes."""
    shape: tuple[int, ...]


def places(checkpoint: Path) -> Mapping[str, Place]:
    """The float32 tensors of a checkpoint, which is a dictionary or has one as `state_dict`."""
    with zipfile.ZipFile(checkpoint) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        root = next(name for name in infos if name.endswith("/data.pkl")).removesuffix("data.pkl")
        with archive.open(f"{root}data.pkl") as file:
            loaded = _Reader(file).load()
        state = loaded.get("state_dict", loaded)
        found = {}
        for name, tensor in state.items():
            if isinstance(tensor, _Tensor) and tensor.kind == "FloatStorage":
                begin = _begin(checkpoint, infos[f"{root}data/{tensor.key}"])
                found[name] = tensor.place(begin)
        return found


def _begin(checkpoint: Path, info: zipfile.ZipInfo) -> int:
    """Offset of a member's data. Raises ValueError where it is compressed."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{info.filename} is compressed")
    with checkpoint.open("rb") as file:
        file.seek(info.header_offset)
        name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    return info.header_offset + _LOCAL_HEADER.size + int(name) + int(extra)


@dataclass(frozen=True, slots=True)
class _Tensor:
    kind: str
    key: str
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def place(self, begin: int) -> Place:
        count, strides = 1, list[int]()
        for size in reversed(self.shape):
            strides.insert(0, count)
            count *= size
        if any(
            size > 1 and wanted != stride
            for size, wanted, stride in zip(self.shape, strides, self.strides, strict=True)
        ):
            raise ValueError("a tensor is not stored row by row")
        size = _SIZES[self.kind]
        return Place(begin + size * self.first, size * count, self.shape)


class _Reader(pickle.Unpickler):
    """Unpickles only dictionaries of tensors."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _SIZES:
            return lambda: name
        return lambda *_: None

    def persistent_load(self, pid: tuple[Any, ...]) -> tuple[str, str]:
        _, kind, key, *_ = pid
        return kind(), key


def _tensor(storage: tuple[str, str], first: int, shape: Any, strides: Any, *_: Any) -> _Tensor:
    return _Tensor(*storage, first, tuple(shape), tuple(strides))
