# SPDX-License-Identifier: Apache-2.0
"""The plot of a delay sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: field of the measurements, label, scale of the axis, and where a bar is drawn."""

    field: str
    label: str
    scale: str
    line: float | None = None


PANELS = (
    Panel("seam_position", "largest seam jump [in-chunk steps]", "log", line=1.0),
    Panel("tracking_rad", "tracking error, RMS [rad]", "linear"),
    Panel("jerk_rad_s3", "jerk, RMS [rad/s³]", "log"),
    Panel("starved_percent", "starved [% of time]", "linear"),
)


def plot(results: Mapping[tuple[str, int], Any], path: Path, panels: Sequence[Panel] = PANELS) -> None:
    """Draw one panel per figure over the delay, one line per strategy."""
    names = list(dict.fromkeys(name for name, _ in results))
    delays = sorted({delay for _, delay in results})
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), sharex=True)
    for axis, panel in zip(axes.flat, panels, strict=True):
        for index, name in enumerate(names):
            values = [max(getattr(results[name, delay], panel.field), 1e-4) for delay in delays]
            axis.plot(delays, values, label=name, color=plt.cm.tab20(index), marker="o", markersize=3)
        axis.set(ylabel=panel.label, yscale=panel.scale)
        axis.grid(alpha=0.3)
        if panel.line is not None:
            axis.axhline(panel.line, color="black", linewidth=0.8, linestyle="--")
    for axis in axes[1]:
        axis.set_xlabel("latency [ms], jitter ±25 %")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="lower center", ncol=7, frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path, dpi=110)
    plt.close(figure)
