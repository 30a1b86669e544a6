# SPDX-License-Identifier: Apache-2.0
"""The numbers of one attempt: smoothness, seams, latency, safety. Pure; the metrics are those of the bag evaluation."""

from __future__ import annotations

import math

import numpy as np

from vla_ros.evaluation.attempt import Attempt
from vla_ros.replay.metrics import jerk_figures, log_dimensionless_jerk, seam_jumps, sparc

__all__ = ["UNITS", "attempt_figures"]

# Every figure with what it is; the report's tables are in this order.
UNITS = {
    "sparc": "spectral arc length of the tool's speed",
    "log_dimensionless_jerk": "log dimensionless jerk of the tool's speed",
    "jerk_rms": "jerk of the commanded joints, RMS [rad/s³]",
    "jerk_peak": "jerk of the commanded joints, peak [rad/s³]",
    "tool_path_m": "way of the tool [m]",
    "seam_position": "jump at a seam, mean [steps]",
    "seam_position_max": "jump at a seam, largest [steps]",
    "seam_velocity": "change of speed at a seam, mean [steps]",
    "latency_p50_ms": "observation to reference, p50 [ms]",
    "latency_p99_ms": "observation to reference, p99 [ms]",
    "inference_p50_ms": "inference on this machine, p50 [ms]",
    "inference_p99_ms": "inference on this machine, p99 [ms]",
    "inferences": "inferences",
    "starvations": "timeline ran out",
    "interventions": "interventions of safety",
    "unchanged_share": "share of safety's steps that changed nothing",
    "refused": "references that safety refused",
    "largest_stop_rad": "largest stop held ready [rad]",
}


def attempt_figures(attempt: Attempt, rate_hz: float) -> dict[str, float | None]:
    """Return the figures by name, None where there is nothing to measure; ``rate_hz`` is the safety filter's."""
    flown, safety = attempt.flown, attempt.safety
    speed = np.linalg.norm(np.diff(attempt.tool_m, axis=0), axis=1) * rate_hz
    seams = seam_jumps(flown.references)
    peak, rms = jerk_figures(np.array(safety.positions), rate_hz)
    active = max(1, safety.steps - safety.grades["holding"])
    figures = {
        "sparc": sparc(speed, rate_hz) if len(speed) > 3 else math.nan,
        "log_dimensionless_jerk": log_dimensionless_jerk(speed, rate_hz),
        "jerk_rms": rms,
        "jerk_peak": peak,
        "tool_path_m": float(speed.sum() / rate_hz),
        "seam_position": _mean(seams.position),
        "seam_position_max": float(seams.position.max()) if len(seams.position) else math.nan,
        "seam_velocity": _mean(seams.velocity),
        **_percentiles("latency", flown.delays_ns),
        **_percentiles("inference", flown.inference_ns),
        "inferences": float(len(flown.inference_ns)),
        "starvations": float(attempt.starvations),
        "interventions": float(sum(safety.interventions.values())),
        "unchanged_share": safety.grades["unchanged"] / active,
        "refused": float(sum(safety.refused.values())),
        "largest_stop_rad": attempt.largest_stop_rad,
    }
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


def _percentiles(name: str, values_ns: list[int]) -> dict[str, float]:
    values = np.array(values_ns, np.float64) * 1e-6
    return {f"{name}_p{p}_ms": float(np.percentile(values, p)) if len(values) else math.nan for p in (50, 99)}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan
