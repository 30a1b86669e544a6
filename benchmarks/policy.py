# SPDX-License-Identifier: Apache-2.0
"""Default policy: time from observation to chunk on one CPU thread by back end, and a dispatcher's jitter beside it.

All back ends are timed in turns in one process, so that other load on the machine hits them alike. The dispatcher is a
thread that wakes every 10 ms while the policy infers without a pause, in another thread or in a process of its own.
Where ``VLA_LEROBOT_PYTHON`` names a Python with the lerobot package, its ACT and Diffusion Policy stand beside it at
their default sizes; OpenVINO is measured where it is installed.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.policy_support.dispatcher import isolated, jitter_ms
from benchmarks.policy_support.variants import conditioned, inference, loaded, policies
from vla_ros.policy.prediction import InferenceContext
from vla_ros.policy.specification import Conditioning

BLOCK = 20  # chunks that one back end makes before it is the next one's turn
LEROBOT = Path(__file__).parent / "policy_support" / "lerobot_policies.py"


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Time 60 chunks (quick) or 500 of each back end; a full run compiles with torch.compile, too (minutes)."""
    import torch

    torch.set_num_threads(1)
    served = policies(compiled=not quick)
    for policy in served.values():
        policy.warm_up()
    runs = {name: inference(policy) for name, policy in served.items()}
    for kind in (Conditioning.INPAINT, Conditioning.GUIDED):
        runs[f"torch_{kind.value}"] = inference(served["torch"], conditioned(served["torch"], kind))
    runs["torch_16_samples"] = inference(served["torch"], InferenceContext(samples=16))
    durations_ms = _in_turns(runs, 60 if quick else 500)
    figures = {}
    for name, values in durations_ms.items():
        figures[f"{name}_p50_ms"], figures[f"{name}_p99_ms"] = np.percentile(values, [50, 99])
    best, next_best = sorted(served, key=lambda name: figures[f"{name}_p50_ms"])[:2]
    figures["chunk_p50_ms"], figures["chunk_p99_ms"] = figures[f"{best}_p50_ms"], figures[f"{best}_p99_ms"]
    figures["next_best_p50_ms"] = figures[f"{next_best}_p50_ms"]
    figures["ratio_p50"] = figures["next_best_p50_ms"] / figures["chunk_p50_ms"]
    figures |= _jitter(3.0 if quick else 15.0)
    figures |= _lerobot(2.0 if quick else 15.0)
    return {name: float(value) for name, value in figures.items()}


def _in_turns(runs: dict[str, Callable[[int], None]], count: int) -> dict[str, list[float]]:
    """Return durations [ms]; turns are blocks, because a policy that serves finds its own weights in the cache."""
    durations: dict[str, list[float]] = {name: [] for name in runs}
    for begin in range(0, count, BLOCK):
        for name, infer in runs.items():
            infer(begin)  # fetches the weights; not counted
            for index in range(begin, min(begin + BLOCK, count)):
                begin_ns = time.perf_counter_ns()
                infer(index)
                durations[name].append((time.perf_counter_ns() - begin_ns) / 1e6)
    return durations


def _jitter(duration_s: float) -> dict[str, float]:
    """Return the 99th percentile of a dispatcher's lateness [ms] beside nothing and beside every way to infer."""
    figures = {"dispatcher_jitter_idle_p99_ms": _p99(jitter_ms(None, duration_s))}
    for name in ("flow_onnx", "flow"):
        figures[f"dispatcher_jitter_{name}_thread_p99_ms"] = _p99(jitter_ms(loaded(name), duration_s))
        apart = isolated(name)
        try:
            figures[f"dispatcher_jitter_{name}_process_p99_ms"] = _p99(jitter_ms(apart, duration_s))
        finally:
            apart.close()
    figures["dispatcher_jitter_p99_ms"] = figures["dispatcher_jitter_flow_onnx_thread_p99_ms"]  # what ships
    return figures


def _p99(values: np.ndarray) -> float:
    return float(np.percentile(values, 99))


def _lerobot(seconds: float) -> dict[str, float]:
    """Return the figures of the lerobot package's policies; empty where there is no Python that has it."""
    python = os.environ.get("VLA_LEROBOT_PYTHON", "")
    if not python:
        return {}
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    command = [python, str(LEROBOT), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **offline})
    figures = {}
    for name, found in json.loads(done.stdout.splitlines()[-1]).items():
        figures[f"lerobot_{name}_p50_ms"], figures[f"lerobot_{name}_p99_ms"] = np.percentile(found["ms"], [50, 99])
        figures[f"lerobot_{name}_million_parameters"] = found["parameters"] / 1e6
    return figures
