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

# Figures of the first table, with what they mean.
HEADLINES = (
    ("mae_mean", "mean absolute error"),
    ("normalised_mean", "error over spread"),
    ("position_m", "distance of the tool [m]"),
    ("rotation_rad", "rotation of the tool [rad]"),
    ("gripper_f1", "gripper F1"),
    ("gripper_event_error_s", "gripper event error [s]"),
    ("least_of_samples_rmse", "best of samples"),
    ("energy_score", "energy score"),
    ("seam_position_mean", "seam jump [steps]"),
    ("seam_velocity_mean", "seam speed change [steps]"),
    ("sparc", "spectral arc length"),
    ("log_dimensionless_jerk", "log dimensionless jerk"),
    ("disagreement_mean", "overlap disagreement [steps]"),
    ("observation_to_reference_p99_ms", "observation to reference, p99 [ms]"),
    ("starvations", "starvations"),
    ("predictions_outside_limits", "predictions outside limits"),
    ("safety.interventions", "safety interventions"),
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
    body += [_findings(report), _overview(report), _comparison(differences)]
    body += [_episode(result.figures, result.pictures) for result in results if result.figures and result.pictures]
    return page("Replay report", body)


def _verdict(report: Mapping[str, Any], violations: Sequence[Violation]) -> str:
    lines = [f'<li class="bad">{escape(violation.sentence)}</li>' for violation in violations]
    lines += [f'<li class="bad">{escape(item["bag"])}: {escape(item["reason"])}</li>' for item in report["refused"]]
    plan = report["plan"]
    facts = f"<p>{report['replayed']} replayed, mode {escape(plan['mode'])}.</p>"
    return facts + (f"<h2>Not kept</h2><ul>{''.join(lines)}</ul>" if lines else "")


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
    for d in differences:
        interval = "" if d.low != d.low else f"[{d.low:.4g}, {d.high:.4g}]"
        mark = "differs" if d.sure else ""
        rows.append([d.path, f"{d.first:.4g}", f"{d.second:.4g}", f"{d.second - d.first:+.4g}", interval, mark])
    head = ["figure", "first", "second", "difference", "95 % interval", ""]
    return f"<h2>Comparison</h2>{table(head, rows)}"


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
    rows = [[key, *(str(counts.get(kind, 0)) for kind in kinds)] for key, counts in conditions.items()]
    parts.append(table(["stream", *kinds], rows))
    return "".join(parts)


def _film(key: str, images: Sequence[tuple[float, bytes]]) -> str:
    shown = (picture(jpeg, f"{key} at {at:.1f} s") for at, jpeg in images)
    return f'<div class="film">{"".join(shown)}</div>'
