# SPDX-License-Identifier: Apache-2.0
"""A file of limits that a report has to keep: the gate for CI. Pure but for reading the file.

Each key is the path of a number in the report's ``mean``; ``*`` stands for any part. Each value has ``max`` or ``min``
or both. ``findings: 0`` limits the number of defects.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["Violation", "check_thresholds", "load_thresholds"]

Limits = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit that is not kept: path, value, sentence."""

    path: str
    value: float
    sentence: str


def load_thresholds(path: Path | str) -> Limits:
    """Read a file of limits.

    Raises:
        ConfigError: it cannot be read, or an entry is no limit.
    """
    path = Path(path)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"the thresholds {path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(data, Mapping):
        raise ConfigError(f"the thresholds {path} must be a mapping of figures to limits")
    limits: dict[str, Mapping[str, float]] = {}
    for key, entry in data.items():
        limit = {"max": entry} if isinstance(entry, int | float) else entry
        if not isinstance(limit, Mapping) or not limit:
            raise ConfigError(f"{path}: the limit of '{key}' must be a number, or have max or min")
        for word, value in limit.items():
            if word not in ("max", "min"):
                raise ConfigError(f"{path}: {unknown_name(f'key of {key}', str(word), ('max', 'min'))}")
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise ConfigError(f"{path}: {key}.{word} must be a number, got {value!r}")
        limits[str(key)] = {str(word): float(value) for word, value in limit.items()}
    return limits


def check_thresholds(report: Mapping[str, Any], limits: Limits) -> list[Violation]:
    """Return every limit that the report does not keep.

    Raises:
        ConfigError: a path matches nothing in the report: a gate that checks nothing is a mistake.
    """
    numbers = {"findings": float(len(report["findings"])), "refused": float(len(report["refused"]))}
    numbers |= report["mean"]
    violations = []
    for pattern, limit in limits.items():
        matching = [path for path in numbers if fnmatch.fnmatchcase(path, pattern)]
        if not matching:
            raise ConfigError(unknown_name("figure in the thresholds", pattern, numbers))
        for path in matching:
            violations += _violations(path, numbers[path], limit)
    return violations


def _violations(path: str, value: float, limit: Mapping[str, float]) -> list[Violation]:
    found = []
    if "max" in limit and value > limit["max"]:
        found.append(Violation(path, value, f"{path} is {value:.6g}, at most {limit['max']:.6g} is allowed"))
    if "min" in limit and value < limit["min"]:
        found.append(Violation(path, value, f"{path} is {value:.6g}, at least {limit['min']:.6g} is needed"))
    return found
