# SPDX-License-Identifier: Apache-2.0
"""Measures a planner on scenes and words that training never saw. Any back end will do.

Exact means exact: every step with skill, object and target, in order; a refusal where one is due, of any wording.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vla_ros.planner.backend import Backend, CheckRequest, PlanRequest
from vla_ros.planner.compact import without_notes, write_plan
from vla_ros.planner.skills import SkillLibrary
from vla_ros.tasks import ErrorCode, Refusal, Subtask, Verdict
from vla_ros.training_planner.language import Drawer, Example, Kind
from vla_ros.training_planner.scenes import load_facts, load_images

__all__ = ["evaluate_backend"]

_VERDICTS = {"yes": Verdict.DONE, "no": Verdict.NOT_YET, "unsure": Verdict.UNSURE}
_ROWS: tuple[tuple[str, str, dict[str, bool]], ...] = (
    ("combinations", Kind.WORDS, {"combinations": True}),
    ("paraphrases", Kind.WORDS, {"paraphrases": True}),
    ("scene", Kind.SCENE, {}),
    ("check", Kind.CHECK, {}),
    ("refusal", Kind.REFUSE, {"paraphrases": True}),
    ("unsure", Kind.UNSURE, {}),
)


def evaluate_backend(
    backend: Backend,
    library: SkillLibrary,
    scenes: Path,
    count: int,
    clock_s: Callable[[], float],
    *,
    report: Callable[[str, int, int], None] = lambda name, done, right: None,
) -> dict[str, Any]:
    """Return the share of right answers per row, and the median time of a plan [s].

    Args:
        backend: What is measured.
        library: Its skills.
        scenes: Folder of held-out scenes.
        count: Examples per row.
        clock_s: A clock.
        report: Called after every example with the row, examples done and right answers.
    """
    facts, images = load_facts(scenes), load_images(scenes)
    figures: dict[str, Any] = {}
    times: list[float] = []
    for name, kind, held_out in _ROWS:
        rng = np.random.default_rng([13, len(name)])
        drawer = Drawer(library, rng, **held_out)
        right, drawn, tried = 0, 0, 0
        while drawn < count and tried < 100 * count:
            tried += 1
            index = int(rng.integers(len(facts)))
            example = drawer.draw(facts[index], kind)
            if example is None:
                continue
            drawn += 1
            begun = clock_s()
            right += _is_right(backend, example, {"image.scene": np.asarray(images[index])}, library)
            times.append(clock_s() - begun)
            report(name, drawn, right)
        figures[f"{name}_accuracy"] = right / max(drawn, 1)
        figures[f"{name}_count"] = drawn
    figures["answer_p50_s"] = float(np.median(times))
    return figures


def _is_right(backend: Backend, example: Example, images: dict[str, Any], library: SkillLibrary) -> bool:
    verb, _, text = example.prompt.partition(" : ")
    if verb == "check":
        subtask = Subtask("1", text, "", (), text, 1)
        return _judged(backend, CheckRequest(subtask, images)) is _VERDICTS[without_notes(example.answer)]
    try:
        steps = backend.plan(PlanRequest(text, images)).steps
    except Refusal as refusal:
        return example.kind in (Kind.REFUSE, Kind.UNSURE) and refusal.code is ErrorCode.NOT_UNDERSTOOD
    return not any(map(library.fault_of, steps)) and write_plan(steps) == without_notes(example.answer)


def _judged(backend: Backend, request: CheckRequest) -> Verdict | None:
    try:
        return backend.check(request).verdict
    except Refusal:
        return None
