# SPDX-License-Identifier: Apache-2.0
"""Plots of an evaluation as SVG text: success with intervals, times to success, safety grades. Deterministic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from vla_ros.evaluation.results import AttemptResult
from vla_ros.replay.report.plots import COLOURS, svg

__all__ = ["grade_plot", "success_plot", "time_plot"]

Groups = Sequence[Mapping[str, Any]]
# Calm to alarming; a grade that is not here is drawn last.
GRADES = {
    "unchanged": "#2e8b57",
    "slowed": "#9acd62",
    "projected": "#1668b8",
    "holding": "#c8c8c8",
    "recovering": "#b8860b",
    "braking": "#e07b39",
    "estopped": "#d1495b",
}


def _figure(groups: Groups) -> Figure:
    return Figure(figsize=(9.0, 0.32 * len(groups) + 0.9))


def success_plot(groups: Groups) -> str:
    """Return success and its interval, one line a group."""
    figure = _figure(groups)
    axes = figure.add_subplot(1, 1, 1)
    for place, group in enumerate(groups):
        axes.plot([group["success_low"], group["success_high"]], [place, place], color=COLOURS[1], linewidth=2)
        axes.plot([group["success"]], [place], marker="o", color=COLOURS[0], markersize=5)
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("share of attempts that succeed, 95 % interval", fontsize=7)
    return _named(figure, axes, groups)


def time_plot(groups: Groups, attempts: Sequence[AttemptResult]) -> str:
    """Return the share of attempts that have succeeded by a time, one curve a group."""
    figure = Figure(figsize=(9.0, 2.6))
    axes = figure.add_subplot(1, 1, 1)
    for index, group in enumerate(groups):
        own = [a for a in attempts if (a.condition, a.skill) == (group["condition"], group["skill"])]
        times = sorted(a.duration_s for a in own if a.success)
        shares = [(number + 1) / len(own) for number in range(len(times))]
        axes.step([0.0, *times], [0.0, *shares], where="post", color=f"C{index}", linewidth=1.2, label=group["name"])
    axes.set_ylim(0.0, 1.02)
    axes.set_xlabel("time [s]", fontsize=7)
    axes.set_ylabel("share done", fontsize=7)
    axes.tick_params(labelsize=6)
    axes.legend(fontsize=6)
    return svg(figure)


def grade_plot(groups: Groups) -> str:
    """Return the shares of safety's steps by grade, one bar a group."""
    figure = _figure(groups)
    axes = figure.add_subplot(1, 1, 1)
    names = list(dict.fromkeys([*GRADES, *(name for group in groups for name in group["grades"])]))
    left = [0.0] * len(groups)
    for name in names:
        shares = [group["grades"].get(name, 0.0) for group in groups]
        if any(shares):
            axes.barh(range(len(groups)), shares, left=left, color=GRADES.get(name, "#7a4fa3"), label=name, height=0.7)
            left = [a + b for a, b in zip(left, shares, strict=True)]
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("share of the safety filter's steps", fontsize=7)
    axes.legend(fontsize=6, ncol=len(names), loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return _named(figure, axes, groups)


def _named(figure: Figure, axes: Any, groups: Groups) -> str:
    axes.set_yticks(range(len(groups)), [group["name"] for group in groups], fontsize=7)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.tick_params(axis="x", labelsize=6)
    return svg(figure)
