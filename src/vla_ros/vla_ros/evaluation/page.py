# SPDX-License-Identifier: Apache-2.0
"""The report of an evaluation as one HTML page that needs no other file and no network. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from vla_ros.evaluation.comparison import Comparison
from vla_ros.evaluation.figures import UNITS
from vla_ros.evaluation.plots import grade_plot, success_plot, time_plot
from vla_ros.evaluation.results import AttemptResult
from vla_ros.replay.report.elements import number, page, picture, table

__all__ = ["report_page"]

MAX_FILMS = 12  # of each group: failures come first

Films = Mapping[tuple[str, str, int], bytes]


def report_page(
    report: Mapping[str, Any], attempts: Sequence[AttemptResult], films: Films, comparisons: Sequence[Comparison] = ()
) -> str:
    """Return the page of a report (see ``summary``) with plots and film strips (JPEG, by attempt)."""
    groups = report["groups"]
    body = [_title(report), _overview(groups)]
    if groups:
        body += [success_plot(groups), time_plot(groups, attempts), grade_plot(groups)]
    body += [_comparison(comparisons), _figures(groups)]
    for group in groups:
        own = [a for a in attempts if (a.condition, a.skill) == (group["condition"], group["skill"])]
        body.append(_group(group, own, films))
    return page("Closed-loop evaluation", body)


def _title(report: Mapping[str, Any]) -> str:
    what = report["evaluated"]
    delay = "as measured" if what["delay_s"] is None else f"{what['delay_s']:g} s"
    strategy = what["strategy"] or "the policy's own"
    checkpoint = f", checkpoint {what['checkpoint'][:12]}" if what["checkpoint"] else ""
    return (
        f"<h1>{escape(str(what['policy']))} in closed loop</h1><p>Scheduler: {escape(strategy)}; inference delay "
        f"{delay}; safety {escape(what['safety'])}; contract {escape(what['contract'])}{checkpoint}. Simulated time in "
        "lock step: ingestion, policy, scheduler, safety filter, trajectory controller; no planner, no transport.</p>"
    )


def _overview(groups: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for group in groups:
        times = group["time_to_success_s"] or {}
        failures = ", ".join(f"{count} {kind}" for kind, count in group["failures"].items())
        rows.append(
            [
                group["name"],
                f"{group['successes']}/{group['attempts']}",
                f"{group['success']:.1%}",
                f"{group['success_low']:.1%} … {group['success_high']:.1%}",
                " / ".join(number(times.get(key)) for key in ("p10", "p50", "p90")),
                failures or "–",
            ]
        )
    head = [
        "task",
        "done",
        "success",
        "95 % interval (Clopper–Pearson)",
        "time to success p10 / p50 / p90 [s]",
        "failures",
    ]
    return f"<h2>Success</h2>{table(head, rows)}"


def _comparison(comparisons: Sequence[Comparison]) -> str:
    if not comparisons:
        return ""
    rows = [
        [
            item.name,
            f"{item.first[0]}/{item.first[1]}",
            f"{item.second[0]}/{item.second[1]}",
            f"{item.p_value:.3g}",
            " → ".join(number(value) for value in item.seconds),
            "differs" if item.sure else "",
        ]
        for item in comparisons
    ]
    head = ["task", "earlier", "now", "p (Barnard, two-sided)", "median time [s]", ""]
    return f"<h2>Comparison</h2>{table(head, rows)}"


def _figures(groups: Sequence[Mapping[str, Any]]) -> str:
    rows = [[text, *(number(group["figures"][name]) for group in groups)] for name, text in UNITS.items()]
    return f"<h2>Mean over attempts</h2>{table(['', *(group['name'] for group in groups)], rows)}"


def _group(group: Mapping[str, Any], attempts: Sequence[AttemptResult], films: Films) -> str:
    limits = group["interventions_by_limit"]
    parts = [f"<h2>{escape(group['name'])}</h2>"]
    if limits:
        parts.append(table(["limit", "interventions"], [[name, str(count)] for name, count in limits.items()]))
    parts += [f'<p class="bad">{escape(error)} ({count}×)</p>' for error, count in group["errors"].items()]
    if group["failed_seeds"]:
        parts.append(f"<p>Failed seeds: {', '.join(map(str, group['failed_seeds']))}</p>")
    shown = sorted((a for a in attempts if a.key in films), key=lambda a: (a.success, a.seed))[:MAX_FILMS]
    return "".join([*parts, *(_film(attempt, films[attempt.key]) for attempt in shown)])


def _film(attempt: AttemptResult, film: bytes) -> str:
    end = "done" if attempt.success else attempt.failure
    text = f"“{attempt.text}”, seed {attempt.seed}: {end}, {attempt.duration_s:.1f} s"
    kind = "good" if attempt.success else "bad"
    return f'<p class="{kind}">{escape(text)}</p><div class="film">{picture(film, text)}</div>'
