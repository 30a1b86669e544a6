# SPDX-License-Identifier: Apache-2.0
"""Reads a tree file: the tree itself and the configuration of the executor. Data only; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.executor.btcpp import tree_from_xml
from vla_ros.executor.config import Alternative, Budgets, ExecutorConfig, RecoveryConfig, SignalConfig, WordConfig

__all__ = ["TreeFile", "load_tree_file"]

Config = TypeVar("Config")
TreeFile = tuple[Any, ExecutorConfig]
_SECTIONS = {"recovery": RecoveryConfig, "budgets": Budgets, "signals": SignalConfig, "words": WordConfig}
_KEYS = ("tree", "expectations", "alternatives", "sure", *_SECTIONS)


def load_tree_file(path: Path) -> TreeFile:
    """Return the tree's data and the executor's configuration.

    Raises:
        ConfigError: the file cannot be read, a key is unknown or a value does not fit.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: the tree file cannot be read: {error}") from error
    if not isinstance(data, Mapping):
        raise ConfigError(f"{path}: must be a mapping with the keys {', '.join(_KEYS)}")
    for key in data:
        if key not in _KEYS:
            raise ConfigError(f"{path}: {unknown_name('key', key, _KEYS)}")
    if "tree" not in data or "recovery" not in data:
        raise ConfigError(f"{path}: the keys 'tree' and 'recovery' are required")
    sections: dict[str, Any] = {
        name: _section(path, name, cls, data[name]) for name, cls in _SECTIONS.items() if name in data
    }
    plain = {key: data[key] for key in ("expectations", "sure") if key in data}
    others = _section_of_mappings(path, data.get("alternatives", {}))
    return _tree(path, data["tree"]), ExecutorConfig(**sections, **plain, alternatives=others)


def _tree(path: Path, tree: Any) -> Any:
    """Return the tree's data, which may stand in a file of its own beside this one."""
    if not isinstance(tree, str):
        return tree
    beside = path.parent / tree
    try:
        return tree_from_xml(beside.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: the tree '{tree}' cannot be read: {error}") from error
    except ConfigError as error:
        raise ConfigError(f"{beside}: {error}") from error


def _section_of_mappings(path: Path, values: Any) -> dict[str, Alternative]:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{path}: alternatives must be a mapping from skills to their alternatives")
    return {skill: _section(path, f"alternatives.{skill}", Alternative, item) for skill, item in values.items()}


def _section(path: Path, name: str, config_class: type[Config], values: Any) -> Config:
    known = [item.name for item in fields(config_class)]  # type: ignore[arg-type]
    if not isinstance(values, Mapping):
        raise ConfigError(f"{path}: {name} must be a mapping with keys of {', '.join(known)}")
    for key in values:
        if key not in known:
            raise ConfigError(f"{path}: {name}: {unknown_name('key', key, known)}")
    try:
        return config_class(**{key: _value(value) for key, value in values.items()})
    except TypeError as error:
        raise ConfigError(f"{path}: {name}: {error}") from error


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
