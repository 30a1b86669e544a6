# SPDX-License-Identifier: Apache-2.0
"""The callbacks that a node's owner hangs on changes of parameters. No values are kept here."""

from __future__ import annotations

from collections.abc import Callable

from rcl_interfaces.msg import SetParametersResult

from rclpy._parameter_store import failure, success
from rclpy.parameter import Parameter


class SetCallbacks:
    """The user's callbacks before, on and after a change of parameters; the newest is called first."""

    def __init__(self) -> None:
        self._before: list[Callable[[list[Parameter]], list[Parameter]]] = []
        self._on: list[Callable[[list[Parameter]], SetParametersResult]] = []
        self._after: list[Callable[[list[Parameter]], None]] = []

    def add_pre_set_parameters_callback(self, callback: Callable[[list[Parameter]], list[Parameter]]) -> None:
        """Add a callback that may change the list of parameters to set."""
        self._before.insert(0, callback)

    def add_on_set_parameters_callback(self, callback: Callable[[list[Parameter]], SetParametersResult]) -> None:
        """Add a callback that accepts or refuses; it must have no side effect."""
        self._on.insert(0, callback)

    def add_post_set_parameters_callback(self, callback: Callable[[list[Parameter]], None]) -> None:
        """Add a callback that is told what was set."""
        self._after.insert(0, callback)

    def remove_pre_set_parameters_callback(self, callback: Callable) -> None:
        """Remove a callback added before; ``ValueError`` when it was not."""
        self._before.remove(callback)

    def remove_on_set_parameters_callback(self, callback: Callable) -> None:
        """Remove a callback added before; ``ValueError`` when it was not."""
        self._on.remove(callback)

    def remove_post_set_parameters_callback(self, callback: Callable) -> None:
        """Remove a callback added before; ``ValueError`` when it was not."""
        self._after.remove(callback)

    def rewrite(self, parameters: list[Parameter]) -> list[Parameter]:
        """Return the list after all callbacks that may change it."""
        for callback in list(self._before):
            parameters = callback(parameters)
        return parameters

    def ask(self, parameters: list[Parameter]) -> SetParametersResult:
        """Return the first refusal, else success."""
        for callback in list(self._on):
            result = callback(parameters)
            if not isinstance(result, SetParametersResult):
                return failure(
                    f"The on-set-parameters callback {getattr(callback, '__name__', callback)!r} returned "
                    f"{type(result).__name__}, expected SetParametersResult"
                )
            if not result.successful:
                return result
        return success()

    def tell(self, parameters: list[Parameter]) -> None:
        """Tell what was set."""
        for callback in list(self._after):
            callback(parameters)
