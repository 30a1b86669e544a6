# SPDX-License-Identifier: Apache-2.0
"""Actions that say something."""

from __future__ import annotations

import logging as _logging
from typing import Any

from launch import logging
from launch.action import Action
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import normalize_to_list_of_substitutions, substitute


class Log(Action):
    """Logs a message at a level."""

    def __init__(self, *, msg: SomeSubstitutionsType, level: SomeSubstitutionsType = "INFO", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._message = normalize_to_list_of_substitutions(msg)
        self._level = normalize_to_list_of_substitutions(level)

    @property
    def msg(self) -> list[Any]:
        """The message, as substitutions."""
        return self._message

    def describe(self) -> str:
        """Return one line for people."""
        return f"{type(self).__name__}({' + '.join(sub.describe() for sub in self._message)})"

    def execute(self, context: LaunchContext) -> None:
        """Log it."""
        level = _logging.getLevelName(substitute(context, self._level).upper())
        number = level if isinstance(level, int) else _logging.INFO
        logging.get_logger("launch.user").log(number, substitute(context, self._message))


class LogInfo(Log):
    """Logs a message."""

    def __init__(self, *, msg: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(msg=msg, level="INFO", **kwargs)


class LogDebug(Log):
    """Logs a message for developers."""

    def __init__(self, *, msg: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(msg=msg, level="DEBUG", **kwargs)


class LogWarning(Log):
    """Logs a warning."""

    def __init__(self, *, msg: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(msg=msg, level="WARNING", **kwargs)


class LogError(Log):
    """Logs an error."""

    def __init__(self, *, msg: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(msg=msg, level="ERROR", **kwargs)
