# SPDX-License-Identifier: Apache-2.0
"""How late a periodic thread wakes while a policy infers without a pause, in a thread beside it or in a process."""

import sys
import threading
import time

import numpy as np

from benchmarks.policy_support.variants import CHECKPOINT, CONTRACT, inference
from vla_ros.contract import load_contract
from vla_ros.policy.interface import Policy
from vla_ros.policy.isolated import IsolatedPolicy, IsolatedSource

__all__ = ["isolated", "jitter_ms"]

SWITCH_S = 5e-4  # how often Python hands its lock over, as the policy node sets it
PERIOD_S = 0.010  # half of the policy node's tick, and twice the rate of the commands


def isolated(backend: str) -> IsolatedPolicy:
    """Return the default policy in a process of its own."""
    source = IsolatedSource(backend, CHECKPOINT, load_contract(CONTRACT), "cpu", 0, {})
    return IsolatedPolicy(source, time.monotonic_ns)


def jitter_ms(policy: Policy | None, duration_s: float) -> np.ndarray:
    """Return the lateness [ms] of every wake-up, ``policy`` inferring beside it or nothing.

    The dispatcher sleeps until its time, as an executor does that waits for a timer; it spins no core.
    """
    sys.setswitchinterval(SWITCH_S)
    stop = threading.Event()

    def infer() -> None:
        once = inference(policy)
        index = 0
        while not stop.is_set():
            once(index)
            index += 1

    worker = threading.Thread(target=infer if policy is not None else stop.wait)
    worker.start()
    lateness_ms, due_s = [], time.perf_counter()
    for _ in range(round(duration_s / PERIOD_S)):
        due_s += PERIOD_S
        time.sleep(max(0.0, due_s - time.perf_counter()))
        lateness_ms.append(1e3 * (time.perf_counter() - due_s))
    stop.set()
    worker.join()
    return np.array(lateness_ms)
