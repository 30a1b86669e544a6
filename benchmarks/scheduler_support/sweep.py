# SPDX-License-Identifier: Apache-2.0
"""One run of a strategy under a latency: a discrete-event loop in simulated time, and what is measured of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from benchmarks.scheduler_support.gaussian_policy import JOINTS, GaussianPolicy, GaussianPolicyConfig, Motion
from vla_ros.policy.prediction import Prediction
from vla_ros.policy.schedule.scheduler import ChunkScheduler, MergeStatus, SchedulerConfig
from vla_ros.policy.schedule.strategy import strategy
from vla_ros.policy.schedule.timeline import Timeline

Array = npt.NDArray[np.float64]

TICK_NS = 10_000_000
FRAME_NS = 30_000_000  # observations arrive that often: between 0 and 30 ms old when an inference starts
JITTER = 0.25  # of the latency, uniform
WARM_UP_S = 2.0  # not measured: the delay is being learned


@dataclass(frozen=True, slots=True)
class Measurement:
    """Figures of one run. Jumps are in units of the newest chunk: its RMS step, and its RMS change of step."""

    seam_position: float  # largest jump of the row that is due next
    seam_velocity: float  # largest jump of the curve's velocity at the merge
    seam_acceleration: float
    seam_rms: float  # of the position's
    tracking_rad: float  # RMS per joint
    jerk_rad_s3: float  # RMS of the motion
    starved_percent: float


@dataclass(slots=True)
class _Trace:
    positions: list[Array]
    times_s: list[float]
    seams: list[tuple[float, float, float]]
    starved: int = 0


def run(name: str, latency_ms: float, seed: int, duration_s: float) -> Measurement:
    """Run one strategy for ``duration_s`` of simulated time."""
    rng = np.random.default_rng([seed, 7])
    motion, chosen = Motion.draw(rng), strategy(name)
    policy = GaussianPolicy(motion, GaussianPolicyConfig(), chosen.conditioning, seed)
    scheduler, trace = ChunkScheduler(chosen, SchedulerConfig()).reset(1), _Trace([], [], [])
    pending: tuple[int, Prediction] | None = None
    start = motion.at(np.zeros(1))[0]
    for now_ns in range(0, round(duration_s * 1e9), TICK_NS):
        if pending is not None and now_ns >= pending[0]:
            scheduler = _merge(scheduler, now_ns, pending[1], trace)
            pending = None
        if scheduler.wants_inference(now_ns):
            observed_ns = now_ns // FRAME_NS * FRAME_NS
            position = executed(scheduler.timeline, observed_ns, start)
            scheduler, context = scheduler.start(now_ns, observed_ns, policy.period_ns)
            delay_ns = latency_ms * 1e6 * (1.0 + JITTER * rng.uniform(-1.0, 1.0))
            pending = (now_ns + max(TICK_NS, round(delay_ns)), policy.infer(observed_ns, position, context))
        trace.positions.append(executed(scheduler.timeline, now_ns, start))
        trace.times_s.append(now_ns * 1e-9)
        trace.starved += scheduler.timeline is not None and not scheduler.timeline.covers(now_ns)
    return _measured(trace, motion)


def executed(timeline: Timeline | None, now_ns: int, start: Array) -> Array:
    """Return where the arm is: on the cubic through the reference, at rest after its end."""
    return start if timeline is None else _curve(timeline, now_ns)[0]


def _curve(timeline: Timeline, now_ns: int) -> Array:
    """Return position, velocity and acceleration ``(3, J)`` of the timeline at ``now_ns``."""
    chunk = timeline.reference(now_ns)
    at_s = (now_ns - chunk.stamp_ns) * 1e-9
    times_s = (chunk.times_ns - chunk.stamp_ns) * 1e-9
    if len(times_s) < 4 or at_s >= times_s[-1] or at_s < 0.0:
        row = chunk.rows[0] if at_s < 0.0 else timeline.at(np.array([now_ns]))[0][0]
        return np.stack([row, np.zeros(JOINTS), np.zeros(JOINTS)])
    spline = CubicSpline(times_s, chunk.rows)
    return np.stack([spline(at_s), spline(at_s, 1), spline(at_s, 2)])


def _merge(scheduler: ChunkScheduler, now_ns: int, prediction: Prediction, trace: _Trace) -> ChunkScheduler:
    before = scheduler.timeline
    scheduler, result = scheduler.merge(now_ns, prediction)
    if before is not None and result.status is MergeStatus.MERGED and now_ns * 1e-9 > WARM_UP_S:
        trace.seams.append(_seam(before, scheduler.timeline, now_ns, prediction))
    return scheduler


def _seam(before: Timeline, after: Timeline | None, now_ns: int, prediction: Prediction) -> tuple[float, float, float]:
    """Return the jump at a merge: of the next row, and of the curve's velocity and acceleration now."""
    if after is None:
        return 0.0, 0.0, 0.0
    times = after.grid(now_ns, now_ns + after.chunk.period_ns)
    row = np.abs(after.at(times)[0] - before.at(times)[0]).max()
    jump = np.abs(_curve(after, now_ns) - _curve(before, now_ns)).max(axis=1)
    rows, period_s = prediction.chunk.rows, after.chunk.period_ns * 1e-9
    step, bend = _rms(np.diff(rows, axis=0)), _rms(np.diff(rows, n=2, axis=0))
    return float(row / step), float(jump[1] * period_s / step), float(jump[2] * period_s**2 / bend)


def _measured(trace: _Trace, motion: Motion) -> Measurement:
    times = np.array(trace.times_s)
    positions, kept = np.stack(trace.positions), times > WARM_UP_S
    jerk = np.diff(positions[kept], n=3, axis=0) / (TICK_NS * 1e-9) ** 3
    seams = np.array(trace.seams or [(0.0, 0.0, 0.0)])
    return Measurement(
        seam_position=float(seams[:, 0].max()),
        seam_velocity=float(seams[:, 1].max()),
        seam_acceleration=float(seams[:, 2].max()),
        seam_rms=_rms(seams[:, 0]),
        tracking_rad=_rms(positions[kept] - motion.at(times[kept])),
        jerk_rad_s3=_rms(jerk),
        starved_percent=100.0 * trace.starved / len(times),
    )


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.asarray(values) ** 2)))
