# SPDX-License-Identifier: Apache-2.0
"""The services that read and set the levels of loggers from outside."""

from __future__ import annotations

from typing import Any

from rcl_interfaces.msg import LoggerLevel, SetLoggerLevelsResult
from rcl_interfaces.srv import GetLoggerLevels, SetLoggerLevels

from rclpy import logging


class LoggingService:
    """Serves ``~/get_logger_levels`` and ``~/set_logger_levels``.

    Args:
        node: The node that owns the services.
    """

    def __init__(self, node: Any) -> None:
        node.create_service(GetLoggerLevels, "~/get_logger_levels", self._get_logger_levels)
        node.create_service(SetLoggerLevels, "~/set_logger_levels", self._set_logger_levels)

    def _get_logger_levels(self, request: Any, response: Any) -> Any:
        response.levels = [LoggerLevel(name=name, level=int(logging.get_logger_level(name))) for name in request.names]
        return response

    def _set_logger_levels(self, request: Any, response: Any) -> Any:
        response.results = [self._set(item) for item in request.levels]
        return response

    @staticmethod
    def _set(wanted: LoggerLevel) -> SetLoggerLevelsResult:
        if logging.set_logger_level(wanted.name, wanted.level, detailed_error=True):
            return SetLoggerLevelsResult(successful=True)
        return SetLoggerLevelsResult(successful=False, reason=f"{wanted.level} is no log level")
