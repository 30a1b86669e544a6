# SPDX-License-Identifier: Apache-2.0
"""Makes a planner out of a file of ``config/planners``: which back end, which skills. Heavy imports are late."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.planner.backend import Backend
from vla_ros.planner.openai.transport import Timing
from vla_ros.planner.planner import Planner, PlannerLimits
from vla_ros.planner.skills import SkillLibrary, load_skills

__all__ = ["BACKENDS", "load_backend", "load_planner"]

SHIPPED_CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"

Maker = Callable[[Mapping[str, Any], SkillLibrary, Path, Timing], Backend]
Config = TypeVar("Config")


def _grammar(options: Mapping[str, Any], library: SkillLibrary, folder: Path, timing: Timing) -> Backend:
    from vla_ros.planner.grammar import GrammarBackend

    if options:
        raise ConfigError(f"the grammar planner has no options, got {', '.join(options)}")
    return GrammarBackend(library)


def _openai(options: Mapping[str, Any], library: SkillLibrary, folder: Path, timing: Timing) -> Backend:
    from vla_ros.planner.openai import HttpTransport, OpenAiBackend, OpenAiConfig

    config = _options(OpenAiConfig, options)
    key = os.environ.get(config.api_key_variable, "") if config.api_key_variable else ""
    if config.api_key_variable and not key:
        raise ConfigError(f"the environment variable {config.api_key_variable} holds no key")
    return OpenAiBackend(config, library, HttpTransport(config.url, timing), timing, key)


def _transformers(options: Mapping[str, Any], library: SkillLibrary, folder: Path, timing: Timing) -> Backend:
    from vla_ros.planner.local import CompactBackend, LocalBackend, LocalConfig, SayCanBackend

    config = _options(LocalConfig, options)
    try:
        from vla_ros.planner.local.model import LocalModel
    except ImportError as error:
        raise ConfigError(f"this back end needs torch and transformers: {error}") from error
    shipped = SHIPPED_CHECKPOINTS / config.folder
    place = shipped if shipped.is_dir() else folder / Path(config.folder).expanduser()
    model = LocalModel(place, timing.now_ns, config.device)
    made: dict[str, Callable[..., Backend]] = {
        "compact": CompactBackend, "saycan": SayCanBackend, "json": LocalBackend,
    }  # fmt: skip
    return made[config.dialect](config, library, model, Path(config.folder).name)


BACKENDS: dict[str, Maker] = {"grammar": _grammar, "openai": _openai, "transformers": _transformers}


def load_planner(path: Path, timing: Timing) -> Planner:
    """Return the planner that the file describes.

    Args:
        path: YAML with ``backend``, ``skills`` (a file beside it) and the back end's own keys.
        timing: Monotonic clock, on which the deadlines of requests are, and how to wait.

    Raises:
        ConfigError: the file, a key, a back end or its model cannot be used.
    """
    backend, library = load_backend(path, timing)
    return Planner(backend, library, PlannerLimits())


def load_backend(path: Path, timing: Timing) -> tuple[Backend, SkillLibrary]:
    """Return the back end alone and its skills; see ``load_planner``."""
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
        return BACKENDS[data["backend"]](options, library, path.parent, timing), library
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _options(config_class: type[Config], options: Mapping[str, Any]) -> Config:
    known = [item.name for item in fields(config_class)]  # type: ignore[arg-type]
    for key in options:
        if key not in known:
            raise ConfigError(unknown_name("key", key, known))
    try:
        return config_class(**{key: tuple(v) if isinstance(v, list) else v for key, v in options.items()})
    except TypeError as error:
        raise ConfigError(str(error)) from error
