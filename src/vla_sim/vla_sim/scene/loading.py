# SPDX-License-Identifier: Apache-2.0
"""Strict construction of frozen dataclasses from YAML.

No scene knowledge, no defaults beside those of the dataclasses.
"""

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from vla_sim.errors import SceneError

T = TypeVar("T")


def nearest(word: str, known: typing.Iterable[str]) -> str:
    """Return a half sentence that names the alternative closest to ``word``, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the mapping in a YAML file.

    Raises:
        SceneError: The file is missing, is not YAML, or is not a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SceneError(f"{path}: no such file") from None
    except yaml.YAMLError as error:
        raise SceneError(f"{path}: not valid YAML ({str(error).splitlines()[0]})") from None
    if content is not None and not isinstance(content, Mapping):
        raise SceneError(f"{path}: expected a mapping, got {type(content).__name__}")
    return content or {}


def from_mapping(cls: type[T], content: Mapping[str, Any], where: str) -> T:
    """Build the dataclass ``cls`` from ``content``; lists become tuples, mappings nested dataclasses.

    Raises:
        SceneError: An unknown key (the nearest is named), a value of a wrong type, or one that ``cls`` refuses.
    """
    hints = typing.get_type_hints(cls)
    known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in content:
        if key not in known:
            raise SceneError(f"{where}: unknown key {key!r}; {nearest(str(key), known)}")
    values = {key: _convert(hints[key], value, f"{where}.{key}") for key, value in content.items()}
    try:
        return cls(**values)
    except SceneError as error:
        raise SceneError(f"{where}: {error}") from None
    except TypeError as error:
        raise SceneError(f"{where}: {str(error).split('__init__() ')[-1]}") from None


def _convert(hint: Any, value: Any, where: str) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return None if value is None else _convert(typing.get_args(hint)[0], value, where)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise SceneError(f"{where}: expected a mapping, got {value!r}")
        return from_mapping(hint, value, where)  # type: ignore[arg-type]
    if typing.get_origin(hint) is tuple:
        return _convert_tuple(typing.get_args(hint), value, where)
    return _convert_scalar(hint, value, where)


def _convert_tuple(items: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise SceneError(f"{where}: expected a list, got {value!r}")
    if items[-1] is Ellipsis:
        return tuple(_convert(items[0], item, f"{where}[{index}]") for index, item in enumerate(value))
    if len(value) != len(items):
        raise SceneError(f"{where}: expected {len(items)} values, got {len(value)}")
    return tuple(_convert(hint, item, f"{where}[{i}]") for i, (hint, item) in enumerate(zip(items, value, strict=True)))


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise SceneError(f"{where}: expected {hint.__name__}, got {value!r}")
    return value
