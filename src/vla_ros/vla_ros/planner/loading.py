# SPDX-License-Identifier: Apache-2.0
"""Makes a planner out of a file of ``config/planners``: which back end, which skills. Heavy imports are late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.planner.backend import Backend
from vla_ros.planner.planner import Planner, PlannerLimits
from vla_ros.planner.skills import SkillLibrary, load_skills

__all__ = ["BACKENDS", "load_planner"]

Clock = Callable[[], int]
Maker = Callable[[Mapping[str, Any], SkillLibrary, Path, Clock], Backend]


def _grammar(options: Mapping[str, Any], library: SkillLibrary, folder: Path, clock: Clock) -> Backend:
    from vla_ros.planner.grammar import GrammarBackend

    if options:
        raise ConfigError(f"the grammar planner has no options, got {', '.join(options)}")
    return GrammarBackend(library)


BACKENDS: dict[str, Maker] = {"grammar": _grammar}


def load_planner(path: Path, clock: Clock) -> Planner:
    """Return the planner that the file describes.

    Args:
        path: YAML with ``backend``, ``skills`` (a file beside it) and the back end's own keys.
        clock: Monotonic nanoseconds; deadlines of requests are on this clock.

    Raises:
        ConfigError: the file, a key, a back end or its model cannot be used.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: the planner's file cannot be read: {error}") from error
    if not isinstance(data, Mapping) or not {"backend", "skills"} <= set(data):
        raise ConfigError(f"{path}: a planner's file has the keys 'backend' and 'skills'")
    if data["backend"] not in BACKENDS:
        raise ConfigError(f"{path}: {unknown_name('back end', str(data['backend']), BACKENDS)}")
    library = load_skills(path.parent / str(data["skills"]))
    options = {key: value for key, value in data.items() if key not in ("backend", "skills")}
    try:
        backend = BACKENDS[data["backend"]](options, library, path.parent, clock)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return Planner(backend, library, PlannerLimits())
