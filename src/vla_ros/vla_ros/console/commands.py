# SPDX-License-Identifier: Apache-2.0
"""What a person at the console can ask for. The node carries it out; tests record it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Commands"]


class Commands(Protocol):
    """Calls come from the web server's threads and must not block."""

    def stop(self) -> None:
        """Latch the emergency stop and end the task."""

    def reset(self) -> None:
        """Release the emergency stop; nothing moves by that."""

    def instruct(self, instruction: str) -> None:
        """Have something done."""

    def answer(self, question_id: str, answer: str) -> None:
        """Answer the robot's question."""

    def record(self, *, active: bool) -> None:
        """Begin or end a bag."""

    def take_over(self, *, active: bool) -> bool:
        """Take the arm, or hand it back; return whether it is taken now."""

    def jog(self, translation_m: tuple[float, float, float], yaw_rad: float) -> None:
        """Move the tool by that much in the base frame; only while taken over."""

    def grip(self, *, closed: bool) -> None:
        """Close or open the gripper; only while taken over."""
