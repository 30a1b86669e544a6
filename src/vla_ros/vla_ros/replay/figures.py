# SPDX-License-Identifier: Apache-2.0
"""All figures of one replayed bag as plain numbers by name, ready for JSON. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from vla_ros.contract import Contract
from vla_ros.recording.actions import ActionTrack, track_of_references
from vla_ros.replay.defects import DETECTORS
from vla_ros.replay.metrics import (
    energy_score,
    gripper_score,
    horizon_error,
    jerk_figures,
    least_of_samples,
    log_dimensionless_jerk,
    rotation_distance_rad,
    seam_jumps,
    sparc,
)
from vla_ros.replay.result import EpisodeResult, Observed, VariantResult
from vla_ros.replay.truth import ROTATION, Truth
from vla_ros.types import ActionSpace

__all__ = ["episode_figures"]

Array = npt.NDArray[np.float64]
SMOOTHNESS_RATE_HZ = 100.0  # motions are sampled at it: five times the cut-off of the spectral arc length


def episode_figures(episode: EpisodeResult, contract: Contract) -> dict[str, Any]:
    """Return everything that the report tells of one bag; NaN becomes None."""
    findings = [finding for detector in DETECTORS for finding in detector(episode, contract)]
    return _plain(
        {
            "bag": episode.bag,
            "instruction": episode.instruction,
            "outcome": episode.outcome,
            "period_s": 1.0 / contract.action.rate_hz,
            "duration_s": (episode.end_ns - episode.start_ns) * 1e-9,
            "actions_from": episode.actions.source,
            "findings": [{"kind": f.kind, "subject": f.subject, "sentence": f.sentence} for f in findings],
            "streams": _streams(episode.observed, contract),
            "variants": {v.name: _variant(v, episode, contract) for v in episode.variants},
        }
    )


def _streams(observed: Observed, contract: Contract) -> dict[str, Any]:
    total = max(1, len(observed.times_ns) + sum(observed.rejections.values()))
    lags = {key: np.array(lag) * 1e-6 for key, lag in observed.lag_ns.items()}
    positions = observed.column(tuple(f"{name}.position" for name in contract.joints.names))
    outside = {}
    if positions is not None:
        below, above = positions < contract.joints.lower_rad, positions > contract.joints.upper_rad
        share = (below | above).mean(axis=0)
        outside = {name: float(value) for name, value in zip(contract.joints.names, share, strict=True) if value > 0}
    stale = sum(counts["stale"] for counts in observed.reports.values())
    return {
        "observations": len(observed.times_ns),
        "rejected": dict(observed.rejections),
        "rejected_share": sum(observed.rejections.values()) / total,
        "stale": stale,
        "conditions": {key: dict(counts) for key, counts in observed.reports.items()},
        "lag_p50_ms": {key: float(np.median(lag)) for key, lag in lags.items()},
        "lag_p99_ms": {key: float(np.percentile(lag, 99)) for key, lag in lags.items()},
        "malformed": dict(observed.faults),
        "outside_limits": outside,
    }


def _variant(result: VariantResult, episode: EpisodeResult, contract: Contract) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "policy": result.policy_id,
        "strategy": result.strategy,
        "inferences": len(result.predictions),
        "errors": dict(result.errors),
        "merges": dict(result.merges),
        "starvations": result.starvations,
        "runs_ended": dict(result.ends),
    }
    truth = episode.truths.get(result.name)
    if truth is not None and len(truth.track.times_ns):
        figures |= _errors(result, truth, contract)
    figures |= _latency(result)
    figures |= _motion(result)
    figures |= _equality(result, episode)
    if result.safety is not None:
        tally = result.safety
        figures["safety"] = {
            "steps": tally.steps,
            "grades": dict(tally.grades),
            "steps_by_limit": dict(tally.limits),
            "interventions_by_limit": dict(tally.interventions),
            "interventions": sum(tally.interventions.values()),
            "refused": dict(tally.refused),
            "anchors": tally.anchors,
        }
    return figures


def _errors(result: VariantResult, truth: Truth, contract: Contract) -> dict[str, Any]:
    chunks = [p.chunk for p in result.predictions if p.chunk.provenance.decode_ok and p.chunk.names == truth.names]
    if not chunks:
        return {}
    predicted, commanded, covered = truth.pairs(chunks)
    error = horizon_error(predicted, commanded, covered)
    # Of tool poses the means are over the position: one over metres and quaternions says nothing.
    columns = slice(0, 3) if truth.is_tool_pose else slice(None)
    mean = horizon_error(predicted[..., columns], commanded[..., columns], covered)
    names = truth.names
    figures: dict[str, Any] = {
        "mae": dict(zip(names, error.mae.tolist(), strict=True)),
        "rmse": dict(zip(names, error.rmse.tolist(), strict=True)),
        "normalised": dict(zip(names, error.normalised.tolist(), strict=True)),
        "units": dict(zip(names, truth.units, strict=True)),
        "mae_mean": float(mean.mae.mean()),
        "normalised_mean": _mean(mean.normalised),
        "mae_by_row": mean.by_row.tolist(),
        "compared_rows": error.count,
    }
    low, high = np.array(contract.action.lower), np.array(contract.action.upper)
    if names == contract.action.names and len(low) == len(names):
        figures["predictions_outside_limits"] = float(((predicted < low) | (predicted > high)).any(axis=2).mean())
    if truth.is_tool_pose and covered.any():
        apart = rotation_distance_rad(predicted[..., ROTATION], commanded[..., ROTATION])[covered]
        distance = np.linalg.norm((predicted - commanded)[..., :3], axis=-1)[covered]
        figures |= {"rotation_rad": float(apart.mean()), "position_m": float(distance.mean())}
    figures |= _samples(result, truth)
    if contract.arm.gripper is not None and len(truth.track.gripper_m) and all(len(c.gripper_m) for c in chunks):
        figures |= _gripper(result, truth.track, 0.5 * contract.arm.gripper.max_width_m)
    return figures


def _samples(result: VariantResult, truth: Truth) -> dict[str, Any]:
    best, energy = [], []
    columns = slice(0, 3) if truth.is_tool_pose else slice(None)
    for prediction in result.predictions:
        if prediction.samples is None:
            continue
        rows, _, covered = truth.track.at(prediction.chunk.times_ns)
        if covered.all():
            best.append(least_of_samples(prediction.samples[..., columns], rows[:, columns]))
            energy.append(energy_score(prediction.samples[..., columns], rows[:, columns]))
    return {"least_of_samples_rmse": float(np.mean(best)), "energy_score": float(np.mean(energy))} if best else {}


def _gripper(result: VariantResult, actions: ActionTrack, threshold_m: float) -> dict[str, Any]:
    executed = track_of_references(result.references, actions.rows.shape[1])
    if not len(executed.gripper_m):
        return {}
    _, truth, covered = actions.at(executed.times_ns)
    score = gripper_score(executed.times_ns[covered], executed.gripper_m[covered], truth[covered], threshold_m)
    return {
        "gripper_f1": score.f1,
        "gripper_events": score.events,
        "gripper_events_found": score.found,
        "gripper_event_error_s": score.event_error_s,
    }


def _latency(result: VariantResult) -> dict[str, Any]:
    delays, ages = np.array(result.delays_ns) * 1e-6, np.array(result.ages_ns) * 1e-6
    figures: dict[str, Any] = {}
    for name, values in (("observation_to_reference", delays), ("observation_age", ages)):
        if len(values):
            figures |= {f"{name}_p{p}_ms": float(np.percentile(values, p)) for p in (50, 99, 100)}
    if result.disagreements:
        figures["disagreement_mean"] = float(np.mean(result.disagreements))
        figures["disagreement_p95"] = float(np.percentile(result.disagreements, 95))
    return figures


def _motion(result: VariantResult) -> dict[str, Any]:
    seams = seam_jumps(result.references)
    figures: dict[str, Any] = {"seams": len(seams.position)}
    for name in ("position", "velocity", "acceleration"):
        values = getattr(seams, name)
        if len(values):
            figures |= {f"seam_{name}_mean": float(values.mean()), f"seam_{name}_max": float(values.max())}
    if not result.references:
        return figures
    newest = result.references[-1][1]
    executed = track_of_references(result.references, len(newest.names))
    if len(executed.times_ns) < 5:
        return figures
    if newest.space is ActionSpace.TOOL_POSE:  # how smooth the way of the tool's point is
        executed = replace(executed, rows=executed.rows[:, :3])
    grid = np.arange(executed.times_ns[0], executed.times_ns[-1], round(1e9 / SMOOTHNESS_RATE_HZ), dtype=np.int64)
    rows = CubicSpline(_seconds(executed.times_ns, executed.times_ns[0]), executed.rows)(_seconds(grid, grid[0]))
    peak, mean = jerk_figures(rows, SMOOTHNESS_RATE_HZ)
    speed = np.linalg.norm(np.diff(rows, axis=0), axis=1) * SMOOTHNESS_RATE_HZ
    return figures | {
        "sparc": sparc(speed, SMOOTHNESS_RATE_HZ) if len(speed) > 3 else None,
        "log_dimensionless_jerk": log_dimensionless_jerk(speed, SMOOTHNESS_RATE_HZ) if len(speed) > 3 else None,
        "jerk_peak": peak,
        "jerk_rms": mean,
    }


def _seconds(times_ns: npt.NDArray[np.int64], origin_ns: int) -> Array:
    return np.asarray((times_ns - origin_ns) * 1e-9, np.float64)


def _equality(result: VariantResult, episode: EpisodeResult) -> dict[str, Any]:
    """Count predictions that equal, bit for bit, the recorded chunk of the same observation."""
    recorded = {chunk.provenance.observation_stamp_ns: chunk for _, chunk in episode.recorded_chunks}
    pairs = [(p.chunk, recorded.get(p.chunk.provenance.observation_stamp_ns)) for p in result.predictions]
    both = [(now, then) for now, then in pairs if then is not None]
    equal = [now.stamp_ns == then.stamp_ns and np.array_equal(now.rows, then.rows) for now, then in both]
    return {"same_observations": len(both), "equal_chunks": sum(equal)}


def _mean(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in value}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
