# SPDX-License-Identifier: Apache-2.0
"""Parameter files and values in YAML, with the scalar rules of rcl. No nodes and no name matching beyond sections."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

PARAMETERS_KEY = "ros__parameters"


class YamlParameterError(RuntimeError):
    """YAML text that is not a parameter value or a parameter file."""


_TRUE = frozenset(["Y", "y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE = frozenset(["N", "n", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
# strtoll with base 0: hexadecimal after 0x, octal after a leading zero.
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))")
# What strtod reads, less hexadecimal digits, and YAML's own infinities.
_DOUBLE = re.compile(
    r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|\.?(?:inf|Inf|INF)|nan|NaN|NAN)|\.(?:nan|NaN|NAN)"
)


def parse_scalar(text: str) -> bool | int | float | str:
    """Return what rcl reads out of an unquoted scalar: ``on`` and ``y`` are true, ``1e-3`` is a double, ``~`` text."""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    integer = _INTEGER.fullmatch(text)
    if integer:
        sign, hexadecimal, octal, decimal = integer.groups()
        number = int(hexadecimal, 16) if hexadecimal else int(octal or "0", 8) if decimal is None else int(decimal)
        number = -number if sign == "-" else number
        if -(2**63) <= number < 2**63:
            return number
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan")) if _DOUBLE.fullmatch(text) else text


class _ParameterLoader(yaml.SafeLoader):
    """YAML with the scalars of rcl; keys are always text."""


_PLAIN = "!plain"
_ParameterLoader.yaml_implicit_resolvers = {None: [(_PLAIN, re.compile(r"(?s).+"))]}


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
    keys = [key.value for key, _ in node.value]
    repeated = sorted({key for key in keys if isinstance(key, str) and keys.count(key) > 1})
    if repeated:
        raise yaml.constructor.ConstructorError(None, None, f"the key '{repeated[0]}' is given twice", node.start_mark)
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


def _construct_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str | None:
    # Without a resolver's tag an unquoted scalar is empty.
    return node.value if node.value or node.style else None


_ParameterLoader.add_constructor(_PLAIN, lambda loader, node: parse_scalar(node.value))
_ParameterLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_ParameterLoader.add_constructor("tag:yaml.org,2002:str", _construct_text)


def _load(text: str, source: str) -> Any:
    try:
        return yaml.load(text, Loader=_ParameterLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise YamlParameterError(f"{source}{where}: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlParameterError(f"{source}: {' '.join(str(error).split())}") from None


def parse_yaml_value(text: str) -> Any:
    """Return the Python value of a YAML scalar or flat list.

    Raises:
        YamlParameterError: The text is not YAML.
    """
    return _load(text, f"'{text}'")


def _flatten(values: dict[Any, Any], prefix: str, source: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if not isinstance(key, str):
            raise YamlParameterError(f"{source}: the parameter name {key!r} under '{prefix}' is not a string")
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{prefix}{key}.", source))
        else:
            flat[prefix + key] = _checked(value, prefix + key, source)
    return flat


def _checked(value: Any, name: str, source: str) -> Any:
    if value is None:
        raise YamlParameterError(f"{source}: the parameter '{name}' has no value")
    if isinstance(value, list):
        kinds = sorted({type(item).__name__ for item in value})
        if len(kinds) > 1 or set(kinds) - {"bool", "int", "float", "str"}:
            raise YamlParameterError(
                f"{source}: the list '{name}' holds {', '.join(kinds)}; all elements must be of one type out of "
                "bool, int, float and str"
            )
    return value


def _sections(document: dict[Any, Any], prefix: str, source: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for key, value in document.items():
        if not isinstance(key, str):
            raise YamlParameterError(f"{source}: the node name {key!r} is not a string")
        if not isinstance(value, dict):
            place = f"{prefix}/{key}" if prefix else key
            raise YamlParameterError(
                f"{source}: '{place}' must hold a mapping with the key '{PARAMETERS_KEY}', got {value!r}"
            )
        name = f"{prefix}/{key.lstrip('/')}" if prefix else key
        if PARAMETERS_KEY in value:
            found[name] = _section_parameters(value, name, source)
            value = {inner: item for inner, item in value.items() if inner != PARAMETERS_KEY}
        found.update(_sections(value, name, source))
    return found


def _section_parameters(section: dict[Any, Any], name: str, source: str) -> dict[str, Any]:
    parameters = section[PARAMETERS_KEY]
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise YamlParameterError(f"{source}: '{name}.{PARAMETERS_KEY}' must be a mapping, got {parameters!r}")
    return _flatten(parameters, "", source)


def read_parameter_file(path: str | Path) -> dict[str, dict[str, Any]]:
    """Return the flat parameters of each node section of a file, in file order.

    Args:
        path: A file whose nested keys lead to ``ros__parameters``.

    Returns:
        ``{section name: {parameter name: value}}``; section names may hold the wildcards ``*`` and ``**``.

    Raises:
        YamlParameterError: The file cannot be read, is not YAML, or does not have that form.
    """
    source = f"parameter file {path}"
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise YamlParameterError(f"{source} cannot be read: {reason}") from None
    document = _load(text, source)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise YamlParameterError(f"{source} must hold a mapping of node names, got {type(document).__name__}")
    sections = _sections(document, "", source)
    if not sections:
        raise YamlParameterError(f"{source} has no '{PARAMETERS_KEY}' key under any of {sorted(map(str, document))}")
    return sections
