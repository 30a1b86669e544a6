# SPDX-License-Identifier: Apache-2.0
"""From a YAML mapping to a frozen dataclass: unknown keys name the nearest one. No knowledge of any component."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from vla_safety.errors import ConfigError

Record = TypeVar("Record")


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the mapping in a YAML file.

    Raises:
        ConfigError: The file is missing, is not YAML, or holds no mapping.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(data, Mapping):
        raise ConfigError(f"{path}: must hold a mapping, holds {type(data).__name__}")
    return data


def build(cls: type[Record], data: object, where: str) -> Record:
    """Return ``cls`` made from ``data``; nested dataclasses and tuples of them are built too.

    Args:
        cls: A dataclass.
        data: Its mapping, as YAML gives it.
        where: Named in errors, e.g. ``panda.yaml: joints``.

    Raises:
        ConfigError: A key is unknown or missing, or a value has the wrong type or range.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"{where}: must be a mapping, is {type(data).__name__}")
    hints = typing.get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in data:
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, n=1, cutoff=0.0)
            raise ConfigError(f"{where}: unknown key {key!r}; nearest is {near[0]!r}")
    missing = [name for name, field in fields.items() if name not in data and _is_required(field)]
    if missing:
        raise ConfigError(f"{where}: {missing[0]!r} is missing")
    values = {key: _convert(hints[key], value, f"{where}: {key}") for key, value in data.items()}
    try:
        return cls(**values)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _convert(hint: Any, value: object, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return None if value is None else _convert(arguments[0], value, where)
    if dataclasses.is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    if origin is tuple:
        return _convert_tuple(arguments, value, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        known = [member.value for member in hint]
        if value not in known:
            raise ConfigError(f"{where}: must be one of {known}, is {value!r}")
        return hint(value)
    accepted = (int, float) if hint is float else hint
    if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{where}: must be {hint.__name__}, is {value!r}")
    return float(value) if hint is float else value


def _convert_tuple(arguments: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{where}: must be a list, is {value!r}")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_convert(arguments[0], item, f"{where}[{k}]") for k, item in enumerate(value))
    if len(value) != len(arguments):
        raise ConfigError(f"{where}: must have {len(arguments)} entries, has {len(value)}")
    return tuple(_convert(hint, item, where) for hint, item in zip(arguments, value, strict=True))
