# SPDX-License-Identifier: Apache-2.0
"""Parameters of a launch file: evaluated to plain values, checked, and written as a parameter file."""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from launch.errors import LaunchError
from launch.launch_context import LaunchContext
from launch.substitution import Substitution
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch.utilities import is_substitution, nearest_names, substitute
from launch_ros.parameter_descriptions import ParameterValue

_SCALARS = (bool, int, float, str)
_EMBEDDED = re.compile(r"\$\(([\w-]+) +([^)]+?)\)")


@functools.cache
def _folder() -> str:
    folder = tempfile.mkdtemp(prefix="launch_params_")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def evaluate_parameter_dict(context: LaunchContext, parameters: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Return plain values by dotted name; text from substitutions becomes what YAML reads in it.

    Raises:
        LaunchError: a value of a type that no parameter has.
    """
    evaluated: dict[str, Any] = {}
    for key, value in parameters.items():
        name = prefix + (key if isinstance(key, str) else substitute(context, key))
        if isinstance(value, Mapping):
            evaluated.update(evaluate_parameter_dict(context, value, name + "."))
        else:
            evaluated[name] = _evaluate(context, name, value)
    return evaluated


def write_parameter_file(parameters: Mapping[str, Any], node: str = "/**") -> str:
    """Write a parameter file that goes when the launch ends, and return its path."""
    content = {node: {"ros__parameters": dict(parameters)}}
    with tempfile.NamedTemporaryFile("w", dir=_folder(), suffix=".yaml", delete=False, encoding="utf-8") as file:
        yaml.safe_dump(content, file, default_flow_style=False)
    return file.name


def check_parameter_file(path: str) -> str:
    """Return the path of a parameter file that exists and is YAML.

    Raises:
        LaunchError: it is not.
    """
    file = Path(path)
    if not file.is_file():
        siblings = [entry.name for entry in file.parent.glob("*.y*ml")]
        raise LaunchError(f"parameter file '{path}' does not exist{nearest_names(file.name, siblings)}")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LaunchError(f"parameter file '{path}' is not valid YAML: {_one_line(error)}") from error
    if not isinstance(content, Mapping):
        raise LaunchError(f"parameter file '{path}' must map node names to 'ros__parameters', it holds {content!r:.60}")
    return path


def expand_substitutions(context: LaunchContext, text: str) -> str:
    """Return the text with ``$(var x)``, ``$(env X)``, ``$(find-pkg-share p)`` put in.

    Raises:
        LaunchError: another kind of substitution.
    """
    from launch_ros.substitutions import FindPackagePrefix, FindPackageShare

    kinds: dict[str, Any] = {
        "var": LaunchConfiguration,
        "env": EnvironmentVariable,
        "find-pkg-share": FindPackageShare,
        "find-pkg-prefix": FindPackagePrefix,
    }

    def replace(match: re.Match[str]) -> str:
        if match[1] not in kinds:
            near = nearest_names(match[1], kinds)
            raise LaunchError(f"substitution '{match[0]}' is not known here{near}; known: {', '.join(kinds)}")
        return context.perform_substitution(kinds[match[1]](match[2]))

    return _EMBEDDED.sub(replace, text)


def _evaluate(context: LaunchContext, name: str, value: Any) -> Any:
    if isinstance(value, ParameterValue):
        return value.evaluate(context)
    if is_substitution(value):
        return yaml_value(substitute(context, value))
    if isinstance(value, (list, tuple)):
        return [_evaluate(context, name, entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist") and not isinstance(value, Substitution):
        return value.tolist()
    if not isinstance(value, _SCALARS):
        raise LaunchError(f"parameter '{name}' cannot hold {value!r} ({type(value).__name__})")
    return value


def yaml_value(text: str) -> Any:
    """Return what YAML reads in a text when a parameter can hold it, else the text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    plain = isinstance(value, _SCALARS)
    array = isinstance(value, list) and all(isinstance(entry, _SCALARS) for entry in value)
    return value if plain or array else text


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
