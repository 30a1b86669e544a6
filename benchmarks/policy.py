# SPDX-License-Identifier: Apache-2.0
"""Default policy: time from observation to chunk on one CPU thread by back end, and a dispatcher's jitter beside it.

Both back ends are timed alternately in one process, so that other load on the machine hits them alike. The dispatcher
is a thread that wakes every 10 ms while another one infers without a pause.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np

from vla_ros.contract import load_contract
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.prediction import InferenceContext, Instruction
from vla_ros.policy.registry import BACKENDS, load_policy
from vla_ros.types import Observation

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "config" / "robots" / "franka.yaml"
CHECKPOINT = ROOT / "src" / "vla_ros" / "vla_ros" / "checkpoints" / "default_policy"
SENTENCE = Instruction("put the red cube in the left bin")
PERIOD_S = 0.010
BACKEND_NAMES = ("flow_onnx", "flow")


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Time 150 chunks (quick) or 600 of each back end."""
    import torch

    torch.set_num_threads(1)
    resources = PolicyResources(load_contract(CONTRACT), time.monotonic_ns, device="cpu")
    checkpoint = open_checkpoint(CHECKPOINT)
    policies = {name: load_policy(BACKENDS[name], checkpoint, resources) for name in BACKEND_NAMES}
    durations_ms = _alternately(policies, 150 if quick else 600)
    figures = {}
    for name, values in durations_ms.items():
        figures[f"{name}_p50_ms"], figures[f"{name}_p99_ms"] = np.percentile(values, [50, 99])
    best, next_best = sorted(BACKEND_NAMES, key=lambda name: figures[f"{name}_p50_ms"])
    figures["chunk_p50_ms"], figures["chunk_p99_ms"] = figures[f"{best}_p50_ms"], figures[f"{best}_p99_ms"]
    figures["next_best_p50_ms"] = figures[f"{next_best}_p50_ms"]
    figures["ratio_p50"] = figures["next_best_p50_ms"] / figures["chunk_p50_ms"]
    idle, busy = _jitter_ms(None, 3.0 if quick else 15.0), _jitter_ms(policies[best], 3.0 if quick else 15.0)
    figures["dispatcher_jitter_idle_p99_ms"], figures["dispatcher_jitter_p99_ms"] = idle, busy
    return {name: float(value) for name, value in figures.items()}


def _alternately(policies: dict[str, FlowPolicy], count: int) -> dict[str, list[float]]:
    observations = [_observation(policies[BACKEND_NAMES[0]], seed) for seed in range(8)]
    durations: dict[str, list[float]] = {name: [] for name in policies}
    for policy in policies.values():
        policy.warm_up()
    for index in range(count):
        for name, policy in policies.items():
            begin_ns = time.perf_counter_ns()
            policy.infer(observations[index % len(observations)], SENTENCE, InferenceContext(), 0)
            durations[name].append((time.perf_counter_ns() - begin_ns) / 1e6)
    return durations


def _jitter_ms(policy: FlowPolicy | None, duration_s: float) -> float:
    """Return the 99th percentile of a periodic thread's lateness [ms], ``policy`` inferring beside it or nothing."""
    stop = threading.Event()

    def infer() -> None:
        observation = _observation(policy, 0)
        while not stop.is_set():
            policy.infer(observation, SENTENCE, InferenceContext(), 0)

    worker = threading.Thread(target=infer if policy is not None else stop.wait)
    worker.start()
    lateness_ms, due_s = [], time.perf_counter()
    for _ in range(round(duration_s / PERIOD_S)):
        due_s += PERIOD_S
        time.sleep(max(0.0, due_s - time.perf_counter()))
        lateness_ms.append(1e3 * (time.perf_counter() - due_s))
    stop.set()
    worker.join()
    return float(np.percentile(lateness_ms, 99))


def _observation(policy: FlowPolicy, seed: int) -> Observation:
    """Return an observation of noise pictures: what is in a picture does not change how long it takes."""
    rng, specification = np.random.default_rng(seed), policy.specification
    images = {key: rng.integers(0, 256, (224, 224, 3), dtype=np.uint8) for key in specification.image_keys}
    state = np.array([0.0, -0.36, 0.0, -2.64, 0.0, 2.28, 0.785, 0.08])
    return Observation(1 + seed, images, dict.fromkeys(images, 1 + seed), specification.state_names, state)
