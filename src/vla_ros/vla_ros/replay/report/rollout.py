# SPDX-License-Identifier: Apache-2.0
"""The check-list before a roll-out: is the new checkpoint, on held-out bags, shown to be no worse than the old? Pure.

A figure is kept where the worse end of the 95 % interval of the paired difference lies within what is allowed: "not
shown to be worse" is not enough. One bag has no interval, so that nothing is kept then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.replay.report.comparison import Difference, compare_variants

__all__ = ["DEFAULT_LIMITS", "Item", "RolloutLimit", "check_list", "load_limits"]

NEW, OLD = "new", "old"


@dataclass(frozen=True, slots=True)
class RolloutLimit:
    """What is allowed of one figure of a variant, e.g. ``position_m`` or ``safety.interventions``.

    Attributes:
        worse_by: Share of the old mean by which the new one may be worse.
        slack: The same in the figure's own unit, for figures whose old mean may be zero; the larger of the two counts.
        better: ``less`` or ``more``.
        required: Whether a report without the figure fails.
    """

    worse_by: float = 0.1
    slack: float = 0.0
    better: str = "less"
    required: bool = False

    def __post_init__(self) -> None:
        if self.better not in ("less", "more"):
            raise ConfigError(unknown_name("direction 'better'", self.better, ("less", "more")))
        if self.worse_by < 0.0 or self.slack < 0.0:
            raise ConfigError("worse_by and slack must be >= 0")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list: what was looked at, whether it is kept, and the sentence why."""

    name: str
    kept: bool
    sentence: str


# Errors, smoothness and how often safety had to act; margins are those within which two trainings of one recipe differ.
DEFAULT_LIMITS: Mapping[str, RolloutLimit] = {
    "mae_mean": RolloutLimit(0.10, slack=1e-6, required=True),
    "normalised_mean": RolloutLimit(0.10, slack=1e-6),
    "position_m": RolloutLimit(0.10, slack=0.002),
    "rotation_rad": RolloutLimit(0.10, slack=0.01),
    "gripper_f1": RolloutLimit(0.05, slack=0.02, better="more"),
    "gripper_event_error_s": RolloutLimit(0.10, slack=0.05),
    "seam_position_mean": RolloutLimit(0.20, slack=0.1),
    "jerk_rms": RolloutLimit(0.20),
    "disagreement_mean": RolloutLimit(0.20, slack=0.1),
    "starvations": RolloutLimit(0.0, slack=0.5),
    "predictions_outside_limits": RolloutLimit(0.0, slack=0.01),
    "safety.interventions": RolloutLimit(0.10, slack=0.5),
}


def load_limits(path: Path | str) -> dict[str, RolloutLimit]:
    """Read a file of limits: figures to mappings with the fields of ``RolloutLimit``.

    Raises:
        ConfigError: it cannot be read, or a key is not known.
    """
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"the limits {path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(data, Mapping):
        raise ConfigError(f"the limits {path} must be a mapping of figures")
    limits = {}
    for figure, entry in data.items():
        if not isinstance(entry, Mapping):
            raise ConfigError(f"{path}: {figure} must be a mapping with worse_by, slack, better or required")
        for key in entry:
            if key not in RolloutLimit.__slots__:
                raise ConfigError(f"{path}: {unknown_name(f'key of {figure}', str(key), RolloutLimit.__slots__)}")
        try:
            limits[str(figure)] = RolloutLimit(**entry)
        except TypeError as error:
            raise ConfigError(f"{path}: {figure}: {error}") from error
    return limits


def check_list(report: Mapping[str, Any], limits: Mapping[str, RolloutLimit]) -> list[Item]:
    """Return every line of the list for a report with the variants ``old`` and ``new``."""
    items = [_replayed(report), _sound(report), _answers(report)]
    found = {difference.path: difference for difference in compare_variants(report, OLD, NEW)}
    for figure, limit in limits.items():
        if figure in found:
            items.append(_no_worse(found[figure], limit))
        elif limit.required:
            items.append(Item(figure, kept=False, sentence="it is in no report: the bags hold nothing to compare with"))
    return items


def _replayed(report: Mapping[str, Any]) -> Item:
    refused = report["refused"]
    told = f"{refused[0]['bag']}: {refused[0]['reason']}" if refused else f"{report['replayed']} bags"
    return Item("every bag is replayed", kept=not refused, sentence=told)


def _sound(report: Mapping[str, Any]) -> Item:
    findings = report["findings"]
    told = findings[0]["sentence"] if findings else "no defect found in the bags or the predictions"
    return Item("no defects", kept=not findings, sentence=told)


def _answers(report: Mapping[str, Any]) -> Item:
    """Whether the new checkpoint answered at every observation with something that could be decoded."""
    errors: dict[str, int] = {}
    for episode in report["episodes"]:
        for sentence, count in episode["variants"][NEW]["errors"].items():
            errors[sentence] = errors.get(sentence, 0) + count
    told = "; ".join(f"{count} × {sentence}" for sentence, count in errors.items()) or "no inference failed"
    return Item("the new checkpoint answers", kept=not errors, sentence=told)


def _no_worse(difference: Difference, limit: RolloutLimit) -> Item:
    allowed = max(limit.worse_by * abs(difference.first), limit.slack)
    worst = difference.high if limit.better == "less" else -difference.low
    told = f"old {difference.first:.4g}, new {difference.second:.4g}"
    if difference.bags < 2:
        return Item(difference.path, kept=False, sentence=f"{told}: one bag has no interval, two are needed at least")
    interval = f"difference in [{difference.low:+.4g}, {difference.high:+.4g}] over {difference.bags} bags"
    return Item(difference.path, kept=worst <= allowed, sentence=f"{told}, {interval}, allowed {allowed:.4g} worse")
