# SPDX-License-Identifier: Apache-2.0
"""Learning curves of a run as one picture."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["draw_curves"]

PANELS = (
    ("losses", ("flow", "grounding", "auxiliary"), "loss"),
    ("position on held-out frames", ("chunk_mm", "object_mm", "goal_mm"), "error [mm]"),
    ("taken for another object", ("object_wrong", "goal_wrong"), "share"),
)


def draw_curves(log: Path, picture: Path) -> None:
    """Draw every entry of ``log`` (one JSON object per line) over the training time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    minutes = [entry["elapsed_s"] / 60.0 for entry in entries]
    figure, axes = pyplot.subplots(1, len(PANELS), figsize=(13, 3.6), layout="constrained")
    for axis, (title, names, unit) in zip(axes, PANELS, strict=True):
        for name in names:
            axis.plot(minutes, [entry[name] for entry in entries], label=name)
        axis.set(title=title, xlabel="training time [min]", ylabel=unit)
        axis.set_yscale("symlog", linthresh=1e-3)
        axis.grid(visible=True, which="both", alpha=0.3)
        axis.legend()
    figure.savefig(picture, dpi=110)
    pyplot.close(figure)
