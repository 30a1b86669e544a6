# SPDX-License-Identifier: Apache-2.0
"""The action that ends a launch."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.events.process import ProcessExited
from launch.events.shutdown import Shutdown as ShutdownEvent
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import normalize_to_list_of_substitutions, substitute


class Shutdown(Action):
    """Ends the launch.

    Where it is visited because a process ended (``on_exit=Shutdown()``), that process was required: its exit code
    becomes the launch's. ``exit_code`` overrides it; a real ROS 2 does not know this argument.
    """

    def __init__(
        self, *, reason: SomeSubstitutionsType = "reason not given", exit_code: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._reason = normalize_to_list_of_substitutions(reason)
        self._exit_code = exit_code

    def describe(self) -> str:
        """Return one line for people."""
        return f"Shutdown({' + '.join(sub.describe() for sub in self._reason)})"

    def execute(self, context: LaunchContext) -> None:
        """Emit the event; a launch that ends already is left alone."""
        if context.is_shutdown:
            return
        event = context.get_locals_as_dict().get("event")
        if self._exit_code is not None:
            context.exit_code = self._exit_code
        elif isinstance(event, ProcessExited):
            # As a shell does it: 128 + the number of the signal.
            context.exit_code = event.returncode if event.returncode >= 0 else 128 - event.returncode
        context.emit_event_sync(ShutdownEvent(reason=substitute(context, self._reason)))
