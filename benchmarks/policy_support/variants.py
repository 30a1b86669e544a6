# SPDX-License-Identifier: Apache-2.0
"""The default policy on every back end that this machine has, one thread each, and what an inference of it is."""

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vla_ros.contract import load_contract
from vla_ros.policy.backends.flow import TorchRuntime
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.flow.assets import ONNX_FILE
from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.policy.interface import Policy, PolicyResources
from vla_ros.policy.prediction import InferenceContext, Instruction
from vla_ros.policy.registry import BACKENDS, load_policy
from vla_ros.policy.specification import Conditioning
from vla_ros.types import Observation

__all__ = ["CHECKPOINT", "CONTRACT", "SENTENCE", "conditioned", "inference", "loaded", "observation", "policies"]

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "config" / "robots" / "franka.yaml"
CHECKPOINT = ROOT / "src" / "vla_ros" / "vla_ros" / "checkpoints" / "default_policy"
SENTENCE = Instruction("put the red cube in the left bin")
FAR_NS = 1 << 62  # no deadline


def loaded(backend: str, **options: object) -> FlowPolicy:
    """Return the default policy on a back end of the registry."""
    resources = PolicyResources(load_contract(CONTRACT), time.monotonic_ns, device="cpu", options=options)
    return load_policy(BACKENDS[backend], open_checkpoint(CHECKPOINT), resources)


def policies(*, compiled: bool) -> dict[str, FlowPolicy]:
    """Return the policy by the name of its back end; what is not installed is left out."""
    found = {
        "onnxruntime": loaded("flow_onnx"),
        "torch": loaded("flow"),
        "torch_bfloat16": loaded("flow", precision="bfloat16"),
    }
    if compiled:
        found["torch_compiled"] = loaded("flow", compiled=True)
    if importlib.util.find_spec("openvino") is not None:
        found["openvino"] = _on_openvino(loaded("flow_onnx"))
    return found


class _OpenVino:
    """The exported graph on OpenVINO; no back end of the product, here to know whether it should be one."""

    conditionings = TorchRuntime.conditionings

    def __init__(self, path: Path) -> None:
        import openvino

        settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._graph = openvino.compile_model(openvino.Core().read_model(path), "CPU", settings)

    def run(self, inputs: object, noise: np.ndarray, steering: object = None) -> tuple[np.ndarray, np.ndarray]:
        """See ``vla_ros.policy.flow.policy.Runtime``."""
        count = len(noise)
        feeds = {
            "images": inputs.images,
            "image_index": np.zeros(count, np.int64),
            "words": np.repeat(inputs.words, count, axis=0),
            "proprioception": np.repeat(inputs.proprioception, count, axis=0),
            "noise": noise,
            "prefix": np.zeros_like(noise),
            "weights": np.zeros_like(noise),
        }
        known = {name for port in self._graph.inputs for name in port.names}
        outputs = self._graph({name: value for name, value in feeds.items() if name in known})
        return outputs["chunk"], outputs["auxiliary"][0]


def _on_openvino(policy: FlowPolicy) -> FlowPolicy:
    policy._runtime = _OpenVino(CHECKPOINT / ONNX_FILE)
    return policy


def observation(policy: Policy, seed: int) -> Observation:
    """Return an observation of noise pictures: what is in a picture does not change how long it takes."""
    rng, specification = np.random.default_rng(seed), policy.specification
    images = {key: rng.integers(0, 256, (224, 224, 3), dtype=np.uint8) for key in specification.image_keys}
    state = np.array([0.0, -0.36, 0.0, -2.64, 0.0, 2.28, 0.785, 0.08])
    return Observation(1 + seed, images, dict.fromkeys(images, 1 + seed), specification.state_names, state)


def conditioned(policy: Policy, kind: Conditioning) -> InferenceContext:
    """Return the context of real-time chunking half a horizon into a chunk."""
    rows = policy.infer(observation(policy, 0), SENTENCE, InferenceContext(), FAR_NS).chunk
    return InferenceContext(
        conditioning=kind, prefix=rows.rows[4:], prefix_gripper_m=rows.gripper_m[4:], frozen_rows=2, soft_end_row=12
    )


def inference(policy: Policy, context: InferenceContext | None = None) -> Callable[[int], None]:
    """Return a function that infers one chunk from one of eight observations."""
    observations = [observation(policy, seed) for seed in range(8)]
    told = context or InferenceContext()

    def infer(index: int) -> None:
        policy.infer(observations[index % len(observations)], SENTENCE, told, FAR_NS)

    return infer
