# SPDX-License-Identifier: Apache-2.0
"""The report as one HTML page that needs no other file and no network. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from vla_ros.replay.evaluation import Evaluated
from vla_ros.replay.pictures import EpisodePictures
from vla_ros.replay.report.comparison import Difference
from vla_ros.replay.report.elements import number, page, picture, table
from vla_ros.replay.report.plots import action_plot, bar_plot, horizon_plot
from vla_ros.replay.report.thresholds import Violation

__all__ = ["report_page"]

MODES = {
    "open-loop": "inferences take no time",
    "shadow": "asked where the recorded policy was asked, and as slow as it was",
    "fixed": "inferences take a given time",
}
# Figures of the first table, with what they mean.
HEADLINES = (
    ("mae_mean", "mean absolute error (rad or m) ↓"),
    ("normalised_mean", "the same over the spread of the commands ↓"),
    ("position_m", "distance of the tool [m] ↓"),
    ("rotation_rad", "rotation of the tool [rad] ↓"),
    ("gripper_f1", "gripper F1 ↑"),
    ("gripper_event_error_s", "gripper event error [s] ↓"),
    ("least_of_samples_rmse", "error of the best sample ↓"),
    ("energy_score", "energy score ↓"),
    ("seam_position_mean", "jump at seams [steps] ↓"),
    ("seam_velocity_mean", "change of speed at seams [steps per row] ↓"),
    ("sparc", "spectral arc length (nearer to 0 is smoother)"),
    ("log_dimensionless_jerk", "log dimensionless jerk (nearer to 0 is smoother)"),
    ("jerk_rms", "jerk, root mean square ↓"),
    ("disagreement_mean", "disagreement of successive chunks [steps] ↓"),
    ("observation_to_reference_p50_ms", "observation to reference, median [ms] ↓"),
    ("observation_to_reference_p99_ms", "observation to reference, 99 % [ms] ↓"),
    ("starvations", "starvations ↓"),
    ("predictions_outside_limits", "share of predictions outside limits ↓"),
    ("safety.interventions", "interventions of safety ↓"),
)


def report_page(
    report: Mapping[str, Any],
    results: Sequence[Evaluated],
    violations: Sequence[Violation] = (),
    differences: Sequence[Difference] = (),
) -> str:
    """Return the page of a report (see ``summary``) with plots and thumbnails of its bags."""
    body = [
        f"<h1>Replay of {report['bags']} bag{'s' if report['bags'] != 1 else ''}</h1>",
        _verdict(report, violations),
    ]
    body += [_findings(report), _variants(report), _bags(report), _overview(report), _comparison(differences)]
    body += [_episode(result.figures, result.pictures) for result in results if result.figures and result.pictures]
    return page("Replay report", body)


def _verdict(report: Mapping[str, Any], violations: Sequence[Violation]) -> str:
    lines = [f'<li class="bad">{escape(violation.sentence)}</li>' for violation in violations]
    lines += [f'<li class="bad">{escape(item["bag"])}: {escape(item["reason"])}</li>' for item in report["refused"]]
    plan = report["plan"]
    facts = f"<p>{report['replayed']} replayed, mode {escape(plan['mode'])}: {MODES.get(plan['mode'], '')}.</p>"
    return facts + (f"<h2>Not kept</h2><ul>{''.join(lines)}</ul>" if lines else "")


def _variants(report: Mapping[str, Any]) -> str:
    """Say what was compared: policies, schedulers, and whether they answered."""
    rows = []
    for variant in report["plan"]["variants"]:
        of_bags = [episode["variants"][variant["name"]] for episode in report["episodes"]]
        errors = sum(count for figures in of_bags for count in figures["errors"].values())
        inferences = sum(figures["inferences"] for figures in of_bags)
        policies = ", ".join(dict.fromkeys(figures["policy"] for figures in of_bags))
        strategies = ", ".join(dict.fromkeys(figures["strategy"] for figures in of_bags))
        safety = variant["safety"].rpartition("/")[2] or "none"
        rows.append([variant["name"], policies, strategies, safety, str(inferences), str(errors)])
    head = ["variant", "policy", "scheduler", "safety", "inferences", "failed"]
    return f"<h2>What was replayed</h2>{table(head, rows)}" if rows else ""


def _bags(report: Mapping[str, Any]) -> str:
    """List the bags with what matters most of each."""
    names = [variant["name"] for variant in report["plan"]["variants"]]
    rows = []
    for figures in report["episodes"]:
        errors = [number(figures["variants"][name].get("mae_mean")) for name in names]
        facts = [figures["outcome"] or "–", f"{figures['duration_s']:.1f} s", str(figures["streams"]["observations"])]
        rows.append([figures["bag"], *facts, str(len(figures["findings"])), *errors])
    head = ["bag", "outcome", "length", "observations", "defects", *(f"error of {name}" for name in names)]
    return f"<h2>Bags</h2>{table(head, rows)}" if rows else ""


def _findings(report: Mapping[str, Any]) -> str:
    if not report["findings"]:
        return '<h2>Defects</h2><p class="good">none found</p>'
    items = (
        f"<li><b>{escape(f['kind'])}</b> ({escape(f['bag'])}): {escape(f['sentence'])}</li>" for f in report["findings"]
    )
    return f'<h2>Defects</h2><ul class="bad">{"".join(items)}</ul>'


def _overview(report: Mapping[str, Any]) -> str:
    names = [variant["name"] for variant in report["plan"]["variants"]]
    mean = report["mean"]
    rows = []
    for key, label in HEADLINES:
        values = [mean.get(f"variants.{name}.{key}") for name in names]
        if any(value is not None for value in values):
            rows.append([label, *(number(value) for value in values)])
    streams = [
        [label, number(mean.get(f"streams.{key}"))]
        for key, label in (
            ("observations", "observations a bag"),
            ("rejected_share", "share rejected"),
            ("stale", "stale samples"),
        )
    ]
    return f"<h2>Mean over bags</h2>{table(['', *names], rows)}{table(['streams', ''], streams)}"


def _comparison(differences: Sequence[Difference]) -> str:
    if not differences:
        return ""
    rows = []
    changed = [d for d in differences if d.first != d.second]
    for d in sorted(changed, key=lambda difference: not difference.sure):
        interval = "" if d.low != d.low else f"[{d.low:.4g}, {d.high:.4g}]"
        mark = "differs" if d.sure else ""
        rows.append([d.path, f"{d.first:.4g}", f"{d.second:.4g}", f"{d.second - d.first:+.4g}", interval, mark])
    head = ["figure", "first", "second", "difference", "95 % interval", ""]
    same = f"<p>{len(differences) - len(changed)} figures are equal; those that differ for sure come first.</p>"
    return f"<h2>Comparison</h2>{same}{table(head, rows)}"


def _episode(figures: Mapping[str, Any], pictures: EpisodePictures) -> str:
    variants = figures["variants"]
    parts = [f"<h2>{escape(figures['bag'])}</h2><p>“{escape(figures['instruction'])}” {escape(figures['outcome'])}"]
    parts.append(f" · {figures['duration_s']:.1f} s · actions from: {escape(figures['actions_from'])}</p>")
    parts += [_film(key, images) for key, images in pictures.thumbnails.items()]
    parts += [action_plot(panels) for panels in pictures.panels]
    errors = {name: v["mae_by_row"] for name, v in variants.items() if v.get("mae_by_row")}
    if errors:
        parts.append(horizon_plot(errors, figures["period_s"]))
    grades = {name: v["safety"]["grades"] for name, v in variants.items() if "safety" in v}
    if grades:
        parts.append(bar_plot(grades, "safety steps by grade"))
        limits = {name: v["safety"]["interventions_by_limit"] for name, v in variants.items() if "safety" in v}
        parts.append(bar_plot(limits, "interventions by limit") if any(limits.values()) else "")
    for name, variant in variants.items():
        if "mae" in variant:
            rows = [
                [column, unit, *(number(variant[key][column]) for key in ("mae", "rmse", "normalised"))]
                for column, unit in variant["units"].items()
            ]
            parts.append(f"<h3>{escape(name)}</h3>{table(['column', 'unit', 'mae', 'rmse', 'over spread'], rows)}")
    conditions = figures["streams"]["conditions"]
    kinds = sorted({kind for counts in conditions.values() for kind in counts})
    lag = figures["streams"]["lag_p50_ms"], figures["streams"]["lag_p99_ms"]
    rows = [
        [key, *(str(counts.get(kind, 0)) for kind in kinds), *(number(lags.get(key)) for lags in lag)]
        for key, counts in conditions.items()
    ]
    parts.append(table(["stream", *kinds, "stamp to arrival [ms]", "99 %"], rows))
    return "".join(parts)


def _film(key: str, images: Sequence[tuple[float, bytes]]) -> str:
    shown = (picture(jpeg, f"{key} at {at:.1f} s") for at, jpeg in images)
    return f'<h3>{escape(key)}</h3><div class="film">{"".join(shown)}</div>'
