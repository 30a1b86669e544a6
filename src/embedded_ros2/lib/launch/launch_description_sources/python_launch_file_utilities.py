# SPDX-License-Identifier: Apache-2.0
"""Reading a launch file written in Python: import it and call its ``generate_launch_description()``."""

from __future__ import annotations

import traceback
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType

from launch.errors import InvalidLaunchFileError, LaunchError
from launch.launch_description import LaunchDescription
from launch.utilities import nearest_names

FUNCTION = "generate_launch_description"


class InvalidPythonLaunchFileError(InvalidLaunchFileError):
    """The file is not a launch file or raised while it was evaluated."""


def load_python_launch_file_as_module(path: str) -> ModuleType:
    """Execute the file as a fresh module."""
    loader = SourceFileLoader("python_launch_file", path)
    spec = spec_from_loader(loader.name, loader)
    if spec is None:
        raise InvalidPythonLaunchFileError(f"launch file '{path}' cannot be loaded as a Python module")
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def get_launch_description_from_python_launch_file(path: str) -> LaunchDescription:
    """Return what ``generate_launch_description()`` of the file returns.

    Raises:
        InvalidPythonLaunchFileError: with the line of the file where it went wrong.
    """
    try:
        module = load_python_launch_file_as_module(path)
        function = getattr(module, FUNCTION, None)
        description = function() if function is not None else None
    except LaunchError:
        raise
    except Exception as error:
        raise InvalidPythonLaunchFileError(
            f"launch file '{path}'{_line_of(error, path)} raised {_text(error)}"
        ) from error
    if function is None:
        near = nearest_names(FUNCTION, vars(module))
        raise InvalidPythonLaunchFileError(f"launch file '{path}' does not define {FUNCTION}(){near}")
    if not isinstance(description, LaunchDescription):
        kind = type(description).__name__
        raise InvalidPythonLaunchFileError(f"{FUNCTION}() of '{path}' must return a LaunchDescription, got {kind}")
    return description


def _line_of(error: Exception, path: str) -> str:
    if isinstance(error, SyntaxError) and error.filename == path:
        return f", line {error.lineno},"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f", line {lines[-1]}," if lines else ""


def _text(error: Exception) -> str:
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {message}"
