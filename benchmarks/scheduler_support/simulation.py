# SPDX-License-Identifier: Apache-2.0
"""One cell of the delay sweep in simulation: an attempt of the default policy under a strategy and a latency."""

import functools
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vla_ros.policy.interface import Policy
from vla_ros.policy.schedule.scheduler import MergeStatus
from vla_ros.policy.schedule.strategy import STRATEGIES, strategy
from vla_ros.policy.session import require_strategy
from vla_ros.training.conditions import CONDITIONS, prepare
from vla_ros.training.delayed_loop import DelayedRun, Latency, Merge, Scheduling, curve_at, run_delayed
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.task import Skill

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "config" / "robots" / "franka.yaml"
CHECKPOINT = ROOT / "src" / "vla_ros" / "vla_ros" / "checkpoints" / "default_policy"
FIRST_SEED = 950_000  # of neither training nor evaluation
SKILL = Skill.PLACE_IN_BIN
TIMESTEP_S = 0.002
COMPANIONED = ("hybrid",)  # needs a token head beside the flow, which the default policy has not

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination that is measured."""

    strategy: str
    delay_ms: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """Figures of one attempt; ``seams`` is ``(M, 3)``: position, velocity, acceleration in units of the new chunk."""

    success: bool
    seams: Array
    tracking_mm: float
    jerk_m_s3: float
    starved_percent: float


@dataclass(frozen=True, slots=True)
class SimulatedMeasurement:
    """Figures of one cell. Jumps are in units of the newest chunk: its RMS step, and its RMS change of step."""

    success_percent: float
    seam_position: float  # 95th percentile of the jump of the row that is due next
    seam_velocity: float  # of the jump of the curve's velocity at the merge
    seam_acceleration: float
    tracking_mm: float  # RMS distance of the tool from the timeline
    jerk_m_s3: float  # RMS of the tool's motion
    starved_percent: float

    @classmethod
    def of(cls, attempts: list[Attempt]) -> "SimulatedMeasurement":
        """Return the figures of the attempts of one cell."""
        seams = np.concatenate([item.seams for item in attempts])
        position, velocity, acceleration = np.percentile(seams, 95, axis=0) if len(seams) else np.full(3, np.nan)
        means = [
            float(np.mean([getattr(item, name) for item in attempts]))
            for name in ("tracking_mm", "jerk_m_s3", "starved_percent")
        ]
        success = 100.0 * float(np.mean([item.success for item in attempts]))
        return cls(success, float(position), float(velocity), float(acceleration), *means)


def one_thread() -> None:
    """Keep every process of a sweep on one core."""
    os.environ["OMP_NUM_THREADS"] = "1"


def served() -> list[str]:
    """Return the strategies that the default policy can serve."""
    specification = loaded("flow").specification
    names = []
    for name, chosen in STRATEGIES.items():
        if name in COMPANIONED:
            continue
        try:
            require_strategy(specification, chosen)
        except Exception as refusal:
            print(f"left out: {refusal}")
            continue
        names.append(name)
    return names


@functools.lru_cache
def loaded(backend: str) -> Policy:
    """Return the default policy on a back end, one thread."""
    import torch

    from vla_ros.contract import load_contract
    from vla_ros.policy.checkpoint import open_checkpoint
    from vla_ros.policy.interface import PolicyResources
    from vla_ros.policy.registry import BACKENDS, load_policy

    torch.set_num_threads(1)
    resources = PolicyResources(load_contract(CONTRACT), time.monotonic_ns, device="cpu")
    return load_policy(BACKENDS[backend], open_checkpoint(CHECKPOINT), resources)


@functools.lru_cache
def simulated() -> Simulation:
    """Return the simulation of this process."""
    return Simulation(SimulationConfig(timestep_s=TIMESTEP_S))


def attempt(job: tuple[Cell, int]) -> tuple[Cell, Attempt]:
    """Run one attempt; the same seed is the same scene in every cell."""
    cell, seed = job
    chosen = strategy(cell.strategy)
    policy = _fastest(cell.strategy)
    task, _ = prepare(simulated(), CONDITIONS["nominal"], SKILL, FIRST_SEED + seed)
    scheduling = Scheduling(chosen, Latency(cell.delay_ms / 1e3, seed=seed))
    return cell, _measured(run_delayed(simulated(), task, policy, scheduling))


def _fastest(name: str) -> Policy:
    """Return the default policy on ONNX Runtime where that can serve the strategy, else on PyTorch."""
    if strategy(name).conditioning in loaded("flow_onnx").specification.conditionings:
        return loaded("flow_onnx")
    return loaded("flow")


def _measured(run: DelayedRun) -> Attempt:
    seams = [_seam(merge) for merge in run.merges if merge.before is not None and _merged(merge)]
    measured, planned = np.array(run.measured), np.array(run.planned)
    known = np.isfinite(planned[:, 0])
    period_s = run.times_s[1] - run.times_s[0]
    return Attempt(
        run.success,
        np.array(seams).reshape(-1, 3),
        1e3 * _rms(np.linalg.norm(measured - planned, axis=1)[known]),
        _rms(np.linalg.norm(np.diff(measured[known], n=3, axis=0), axis=1) / period_s**3),
        100.0 * float(np.mean(np.array(run.starved)[known])) if known.any() else 0.0,
    )


def _merged(merge: Merge) -> bool:
    return merge.result.status is MergeStatus.MERGED


def _seam(merge: Merge) -> tuple[float, float, float]:
    """Return the jump at a merge: of the next row, and of the curve's velocity and acceleration now."""
    before, after = merge.before, merge.after
    times = after.grid(merge.now_ns, merge.now_ns + after.chunk.period_ns)
    row = np.linalg.norm((after.at(times)[0] - before.at(times)[0])[0, :3])
    jump = np.linalg.norm((curve_at(after, merge.now_ns) - curve_at(before, merge.now_ns))[:, :3], axis=1)
    rows, period_s = merge.prediction.chunk.rows[:, :3], after.chunk.period_ns * 1e-9
    step = max(_rms(np.linalg.norm(np.diff(rows, axis=0), axis=1)), SMALLEST_STEP_M)
    bend = max(_rms(np.linalg.norm(np.diff(rows, n=2, axis=0), axis=1)), SMALLEST_STEP_M)
    return float(row / step), float(jump[1] * period_s / step), float(jump[2] * period_s**2 / bend)


SMALLEST_STEP_M = 1e-3  # a chunk that stands still has no step to measure a jump by


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.asarray(values) ** 2))) if len(values) else 0.0
