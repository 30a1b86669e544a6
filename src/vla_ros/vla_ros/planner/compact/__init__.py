# SPDX-License-Identifier: Apache-2.0
"""The compact dialect: the short answers of the default checkpoint. What is seen, then the plan or the verdict."""

from vla_ros.planner.compact.dialect import (
    COLUMNS,
    Item,
    check_prompt,
    look_prompt,
    plan_prompt,
    read_plan,
    read_scene,
    read_verdict,
    reading_place,
    without_notes,
    write_note,
    write_plan,
    write_scene,
    write_whereabouts,
)

__all__ = [
    "COLUMNS",
    "Item",
    "check_prompt",
    "look_prompt",
    "plan_prompt",
    "read_plan",
    "read_scene",
    "read_verdict",
    "reading_place",
    "without_notes",
    "write_note",
    "write_plan",
    "write_scene",
    "write_whereabouts",
]
