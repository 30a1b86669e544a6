# SPDX-License-Identifier: Apache-2.0
"""The controls with which a person takes the arm, moves its tool by steps, and hands it back. No motion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vla_ros.console.commands import Commands

__all__ = ["JogPanel"]

_TURNS_RAD = {"↺": float(np.radians(10.0)), "↻": float(np.radians(-10.0))}


class JogPanel:
    """Controls in the tab that is open when it is made; the arm is not taken yet."""

    def __init__(self, gui: Any, commands: Commands) -> None:
        self._commands = commands
        self._taken = False
        self._takeover = gui.add_button("Take over", hint="the arm follows you; the task pauses")
        self._takeover.on_click(lambda _: self._toggle())
        step = gui.add_slider("Step [cm]", min=0.5, max=5.0, step=0.5, initial_value=2.0, visible=False)
        moves: tuple[tuple[str, tuple[str, ...], Callable[[str], None]], ...] = (
            (
                "Tool",
                ("+x", "−x", "+y", "−y", "+z", "−z"),
                lambda choice: commands.jog(_direction(choice, step.value / 100.0), 0.0),
            ),
            (
                "Turn",
                ("↺", "↻"),
                lambda choice: commands.jog((0.0, 0.0, 0.0), _TURNS_RAD[choice]),
            ),
            ("Gripper", ("open", "close"), lambda choice: commands.grip(closed=choice == "close")),
        )
        self._controls = [step]
        for label, choices, act in moves:
            group = gui.add_button_group(label, choices, visible=False)
            group.on_click(lambda event, act=act: act(event.target.value))
            self._controls.append(group)

    def let_go(self) -> None:
        """Hand the arm back if it is taken."""
        if self._taken:
            self._toggle()

    def _toggle(self) -> None:
        self._taken = self._commands.take_over(active=not self._taken)
        self._takeover.label = "Hand back" if self._taken else "Take over"
        for control in self._controls:
            control.visible = self._taken  # groups of buttons cannot be disabled


def _direction(choice: str, step_m: float) -> tuple[float, float, float]:
    signed = step_m if choice[0] == "+" else -step_m
    x, y, z = (signed if choice[1] == axis else 0.0 for axis in "xyz")
    return x, y, z
