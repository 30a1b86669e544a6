# SPDX-License-Identifier: Apache-2.0
"""The plot of the delay sweep."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from benchmarks.scheduler_support.sweep import Measurement

PANELS = (
    ("seam_position", "largest seam jump [in-chunk steps]", "log"),
    ("tracking_rad", "tracking error, RMS [rad]", "linear"),
    ("jerk_rad_s3", "jerk, RMS [rad/s³]", "log"),
    ("starved_percent", "starved [% of time]", "linear"),
)


def plot(results: dict[tuple[str, int], Measurement], path: Path) -> None:
    """Draw one panel per figure over the delay, one line per strategy."""
    names = list(dict.fromkeys(name for name, _ in results))
    delays = sorted({delay for _, delay in results})
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), sharex=True)
    for axis, (field, label, scale) in zip(axes.flat, PANELS, strict=True):
        for index, name in enumerate(names):
            values = [max(getattr(results[name, delay], field), 1e-4) for delay in delays]
            axis.plot(delays, values, label=name, color=plt.cm.tab20(index), marker="o", markersize=3)
        axis.set(ylabel=label, yscale=scale)
        axis.grid(alpha=0.3)
    axes[0, 0].axhline(1.0, color="black", linewidth=0.8, linestyle="--")
    for axis in axes[1]:
        axis.set_xlabel("latency [ms], jitter ±25 %")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="lower center", ncol=7, frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path, dpi=110)
    plt.close(figure)
