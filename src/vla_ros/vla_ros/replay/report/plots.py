# SPDX-License-Identifier: Apache-2.0
"""Plots as SVG text for a page that needs no other file. Deterministic: no dates, fixed identifiers."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from vla_ros.replay.pictures import Panels

__all__ = ["COLOURS", "action_plot", "bar_plot", "horizon_plot", "svg"]

COLOURS = ("#111111", "#1668b8", "#d1495b", "#2e8b57", "#b8860b", "#7a4fa3")  # recorded first
WIDTH_IN = 9.0


def svg(figure: Figure) -> str:
    """Return a figure as SVG text."""
    FigureCanvasSVG(figure)
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "vla_ros", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None}, bbox_inches="tight")
    text = stream.getvalue()
    return text[text.index("<svg") :]


def action_plot(pictures: Panels) -> str:
    """Return the recorded actions and each variant's references over time, one panel a column."""
    gripper = any(len(curve.gripper_m) for curve in pictures.curves.values())
    panels = [*zip(pictures.columns, pictures.units, strict=True), *([("gripper", "m")] if gripper else [])]
    rows = -(-len(panels) // 2)
    figure = Figure(figsize=(WIDTH_IN, 1.4 * rows + 0.4))
    for index, (name, unit) in enumerate(panels):
        axes: Axes = figure.add_subplot(rows, 2, index + 1)
        for colour, (label, curve) in zip(COLOURS, pictures.curves.items(), strict=False):
            values = curve.gripper_m if index == len(pictures.columns) else curve.rows[:, index : index + 1]
            if len(values):
                # What was recorded lies under the others, and is seen beside them.
                drawn, width = ("#b8b8b8", 3.0) if label == "recorded" else (colour, 1.0)
                axes.plot(curve.times_s, values, color=drawn, linewidth=width, label=label)
        axes.set_title(f"{name} [{unit}]" if unit else name, fontsize=7, loc="left")
        if index >= len(panels) - 2:
            axes.set_xlabel("time since the bag's begin [s]", fontsize=6)
        axes.tick_params(labelsize=6)
    if figure.axes and figure.axes[0].lines:
        figure.axes[0].legend(fontsize=6)
    figure.tight_layout(pad=0.5)
    return svg(figure)


def horizon_plot(errors: Mapping[str, Sequence[float | None]], period_s: float) -> str:
    """Return the error by place in the chunk, one line a variant."""
    figure = Figure(figsize=(WIDTH_IN / 2, 2.2))
    axes = figure.add_subplot(1, 1, 1)
    for colour, (label, values) in zip(COLOURS[1:], errors.items(), strict=False):
        drawn = [float("nan") if value is None else value for value in values]
        axes.plot([index * period_s for index in range(len(drawn))], drawn, color=colour, marker=".", label=label)
    axes.set_xlabel("time in the chunk [s]", fontsize=7)
    axes.set_ylabel("mean absolute error", fontsize=7)
    axes.tick_params(labelsize=6)
    axes.set_ylim(bottom=0.0)
    axes.legend(fontsize=6)
    return svg(figure)


def bar_plot(values: Mapping[str, Mapping[str, float]], label: str) -> str:
    """Return bars by key, side by side for each variant."""
    keys = sorted({key for counts in values.values() for key in counts})
    figure = Figure(figsize=(WIDTH_IN / 2, 2.2))
    axes = figure.add_subplot(1, 1, 1)
    width = 0.8 / max(1, len(values))
    for index, (colour, (name, counts)) in enumerate(zip(COLOURS[1:], values.items(), strict=False)):
        places = [place + index * width for place in range(len(keys))]
        axes.bar(places, [counts.get(key, 0.0) for key in keys], width=width, color=colour, label=name)
    axes.set_xticks(range(len(keys)), keys, fontsize=6, rotation=20, ha="right")
    axes.set_ylabel(label, fontsize=7)
    axes.tick_params(labelsize=6)
    axes.legend(fontsize=6)
    return svg(figure)
