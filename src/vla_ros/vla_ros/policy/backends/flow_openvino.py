# SPDX-License-Identifier: Apache-2.0
"""The default policy on OpenVINO: a tenth faster than ONNX Runtime (`benchmarks policy`), and without PyTorch.

It reads the graph that ONNX Runtime reads and computes in single precision: the chunks are the same.
"""

from __future__ import annotations

from typing import Any

import openvino

from vla_ros.errors import PolicyError
from vla_ros.policy.backends.graph import Float32, GraphOptions, conditionings_of, feeds_of, load_graph
from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.flow.inputs import NetworkInputs
from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.policy.flow.steering import Steering
from vla_ros.policy.interface import PolicyResources

__all__ = ["OpenVinoRuntime", "load"]


class OpenVinoRuntime:
    """The exported graph, compiled; see :class:`vla_ros.policy.flow.policy.Runtime`."""

    def __init__(self, path: str, options: GraphOptions | None = None) -> None:
        """Compile the graph at ``path``, for one sample with every shape known beforehand and for any number.

        Raises:
            PolicyError: it cannot be read.
        """
        options = options or GraphOptions()
        settings = {
            "INFERENCE_NUM_THREADS": options.threads,
            "INFERENCE_PRECISION_HINT": "f32",  # half precision moves a chunk by millimetres
            "PERFORMANCE_HINT": "LATENCY",
        }
        core = openvino.Core()
        try:
            graph = core.read_model(path)
        except Exception as error:  # OpenVINO raises RuntimeError with pages of text
            raise PolicyError(f"{path} cannot be read by OpenVINO: {str(error).splitlines()[-1]}") from error
        self._any = core.compile_model(graph, "CPU", settings).create_infer_request()
        graph.reshape({port.any_name: _for_one(port.partial_shape) for port in graph.inputs})
        self._single = core.compile_model(graph, "CPU", settings).create_infer_request()
        self._names = frozenset(port.any_name for port in graph.inputs)
        self.conditionings = conditionings_of(self._names)

    def run(self, inputs: NetworkInputs, noise: Float32, steering: Steering | None = None) -> tuple[Float32, Float32]:
        """See :class:`vla_ros.policy.flow.policy.Runtime`."""
        request = self._single if len(noise) == 1 else self._any
        request.infer(feeds_of(self._names, inputs, noise, steering))
        # Copies: the request writes its next outputs over these.
        return request.get_tensor("chunk").data.copy(), request.get_tensor("auxiliary").data[0].copy()


def _for_one(shape: Any) -> list[int]:
    return [1 if dimension.is_dynamic else dimension.get_length() for dimension in shape]


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> FlowPolicy:
    """Return the policy of ``checkpoint`` on OpenVINO; see :func:`vla_ros.policy.backends.graph.load_graph`."""
    return load_graph("flow_openvino", checkpoint, resources, OpenVinoRuntime)
