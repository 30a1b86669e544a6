# SPDX-License-Identifier: Apache-2.0
"""The default policy on ONNX Runtime: on any CPU, and without PyTorch."""

from __future__ import annotations

import onnxruntime

from vla_ros.errors import PolicyError
from vla_ros.policy.backends.graph import Float32, GraphOptions, conditionings_of, feeds_of, load_graph
from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.flow.inputs import NetworkInputs
from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.policy.flow.steering import Steering
from vla_ros.policy.interface import PolicyResources

__all__ = ["OnnxRuntime", "load"]


class OnnxRuntime:
    """A session over the exported graph; see :class:`vla_ros.policy.flow.policy.Runtime`."""

    def __init__(self, path: str, options: GraphOptions | None = None) -> None:
        """Open the graph at ``path``.

        Raises:
            PolicyError: it cannot be read.
        """
        options = options or GraphOptions()
        self._any, self._single = _session(path, options), _session(path, options, samples=1)
        self._names = frozenset(item.name for item in self._any.get_inputs())
        self.conditionings = conditionings_of(self._names)

    def run(self, inputs: NetworkInputs, noise: Float32, steering: Steering | None = None) -> tuple[Float32, Float32]:
        """See :class:`vla_ros.policy.flow.policy.Runtime`."""
        session = self._single if len(noise) == 1 else self._any
        chunk, auxiliary = session.run(["chunk", "auxiliary"], feeds_of(self._names, inputs, noise, steering))
        return chunk, auxiliary[0]


def _session(path: str, options: GraphOptions, samples: int = 0) -> onnxruntime.InferenceSession:
    """Return a session for any number of samples or, with every shape known beforehand and a fifth faster, for one."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = options.threads, 1
    settings.log_severity_level = 3
    if samples:
        settings.add_free_dimension_override_by_name("samples", samples)
    try:
        return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises its own, undocumented types
        raise PolicyError(f"{path} cannot be read by ONNX Runtime: {error}") from error


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> FlowPolicy:
    """Return the policy of ``checkpoint`` on ONNX Runtime; see :func:`vla_ros.policy.backends.graph.load_graph`."""
    return load_graph("flow_onnx", checkpoint, resources, OnnxRuntime)
