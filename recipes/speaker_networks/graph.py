"""A builder of graphs: nodes, and weights that stay in a checkpoint's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from recipes.speaker_networks.checkpoint import Place

OPSET = 17
IR_VERSION = 8


class Graph:
    """Builds an ONNX graph, in which values are identified by name."""

    def __init__(self, weights: Mapping[str, Place], file: str) -> None:
        """`weights`: places in the checkpoint; `file`: name of the checkpoint beside the graph."""
        self._weights = weights
        self._file = file
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def node(self, kind: str, inputs: Sequence[str], outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; → the name of its output, or the names if there are several."""
        names = [f"{kind.lower()}_{len(self._nodes)}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def weight(self, name: str) -> str:
        """Refer to a tensor of the checkpoint; → its name."""
        if name not in self._constants:
            place = self._weights[name]
            tensor = TensorProto(
                name=name,
                dims=place.shape,
                data_type=TensorProto.FLOAT,
                data_location=TensorProto.EXTERNAL,
            )
            parts = ("location", self._file), ("offset", place.offset), ("length", place.length)
            for key, value in parts:
                tensor.external_data.add(key=key, value=str(value))
            self._constants[name] = tensor
        return name

    def constant(self, name: str, values: Any, kind: Any = np.float32) -> str:
        """Add a small tensor that is stored in the graph itself; → its name."""
        self._constants[name] = numpy_helper.from_array(np.asarray(values, kind), name)
        return name

    def has(self, name: str) -> bool:
        """Whether the checkpoint has that tensor."""
        return name in self._weights

    def save(
        self,
        path: Path,
        given: tuple[str, Sequence[int | str]],
        made: tuple[str, Sequence[int | str]],
        said: str,
    ) -> None:
        """Write the graph. `given` and `made`: names and shapes of the input and the output."""
        name, shape = made
        self._nodes.append(helper.make_node("Identity", [self._nodes[-1].output[0]], [name]))
        graph = helper.make_graph(
            self._nodes,
            path.stem,
            [helper.make_tensor_value_info(given[0], TensorProto.FLOAT, given[1])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
            list(self._constants.values()),
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        model.doc_string = said
        path.write_bytes(model.SerializeToString())
