# SPDX-License-Identifier: Apache-2.0
"""What a general vision-language model is told. The system text never changes, so that servers can cache its prefix."""

from __future__ import annotations

from vla_ros.planner.backend import CheckRequest, PlanRequest
from vla_ros.planner.grounding import Convention
from vla_ros.planner.skills import SkillLibrary

__all__ = ["check_text", "plan_text", "repair_text", "system_text"]

_COORDINATES = {
    Convention.PIXELS_XY: "in pixels of the first image, x before y",
    Convention.THOUSAND_XY: "in thousandths of the first image's width and height, x before y",
    Convention.THOUSAND_YX: "in thousandths of the first image's width and height, y before x",
}
_KEPT = 20  # lines of history and feedback; older ones no longer matter


def system_text(library: SkillLibrary, convention: Convention) -> str:
    """Return the rules: skills, names, refusals, coordinates."""
    skills = "\n".join(
        f"- {skill.name}: {skill.sentence.format(object='OBJECT', target='TARGET')} (target: {skill.target.value})"
        for skill in library.skills.values()
    )
    return (
        "You plan for a robot arm at a table. Answer with one JSON object and nothing else.\n"
        f"Skills:\n{skills}\n"
        f"An object is a colour ({', '.join(library.colours)}) and a shape ({', '.join(library.shapes)}), such as "
        f"'red cube'. A bin is {' or '.join(library.bins)}. A zone is a colour and 'zone'.\n"
        "Left and right are the robot's; a camera that faces the robot shows them mirrored.\n"
        "Plan only what the instruction asks for, in its order. If it makes no sense, names something that is not in "
        "the image, or fits several things, give no steps and say why in 'refusal'. Never guess: say unsure instead.\n"
        f"Coordinates of 'objects' are {_COORDINATES[convention]}."
    )


def plan_text(request: PlanRequest) -> str:
    """Return the question for a plan, with what happened so far (Inner Monologue)."""
    lines = [f"Instruction: {request.instruction}"]
    if request.reason != "new":
        lines.append(f"A new plan is needed because of: {request.reason}. Do not repeat what is done.")
    lines += [f"Attempt: {line}" for line in request.history[-_KEPT:]]
    lines += [f"Feedback: {line}" for line in request.feedback[-_KEPT:]]
    return "\n".join([*lines, "Give the plan."])


def check_text(request: CheckRequest) -> str:
    """Return the question whether a subtask is done."""
    return (
        f"The robot was told: {request.subtask.text}.\n{request.subtask.success_question}\n"
        "Verdict: done, not_yet (under way or not begun), failed (needs another attempt), or unsure (cannot be seen)."
    )


def repair_text(fault: str) -> str:
    """Return what is sent back once after an answer that cannot be used."""
    return f"Your answer cannot be used: {fault}. Give the JSON object again, corrected."
