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


class _ParameterLoader(yaml.SafeLoader):
    """Scalars as rcl reads them: ``1e-3`` is a double, dates stay strings."""


_ParameterLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":float", ":int"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_ParameterLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0x[0-9a-fA-F]+|[0-9]+)$"), list("-+0123456789")
)
_ParameterLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?((\d+\.\d*|\.\d+)([eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"),
    list("-+.0123456789"),
)


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    return int(text, 16) if "x" in text.lower() else int(text)


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value]
    repeated = sorted({key for key in keys if isinstance(key, str) and keys.count(key) > 1})
    if repeated:
        raise yaml.constructor.ConstructorError(None, None, f"the key '{repeated[0]}' is given twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_ParameterLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_ParameterLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


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
        raise YamlParameterError(f"{source} cannot be read: {error}") from None
    document = _load(text, source)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise YamlParameterError(f"{source} must hold a mapping of node names, got {type(document).__name__}")
    sections = _sections(document, "", source)
    if not sections:
        raise YamlParameterError(f"{source} has no '{PARAMETERS_KEY}' key under any of {sorted(map(str, document))}")
    return sections
