# SPDX-License-Identifier: Apache-2.0
"""What is kept of an attempt, and the folder in which an evaluation grows: it can be stopped and gone on with."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vla_ros.errors import VlaError
from vla_ros.evaluation.plan import EvaluationPlan

__all__ = ["AttemptResult", "ResultFolder"]

PLAN_FILE, ATTEMPTS_FILE, FILMS = "plan.json", "attempts.jsonl", "films"
# Of a plan, what may differ between two parts of one evaluation: where files lie, not what they hold.
PLACES = ("policies", "film")


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """One attempt as it is kept.

    Attributes:
        condition, skill, seed: Which.
        text: What was asked.
        success: Whether it was done.
        duration_s: Until it was, or until the end.
        failure: Kind of failure; empty for success.
        figures: Numbers by name, see ``figures``; None where there is nothing to measure.
        grades: Safety steps by grade.
        limits: Interventions of safety by limit.
        errors: Inferences without answer, by sentence.
        film: JPEG strip; empty for none. Kept in a file of its own.
    """

    condition: str
    skill: str
    seed: int
    text: str
    success: bool
    duration_s: float
    failure: str
    figures: Mapping[str, float | None]
    grades: Mapping[str, int]
    limits: Mapping[str, int]
    errors: Mapping[str, int]
    film: bytes = b""

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from the others of its evaluation."""
        return self.condition, self.skill, self.seed


class ResultFolder:
    """Attempts of one plan, one JSON line each, as they come."""

    def __init__(self, path: Path, plan: EvaluationPlan, checkpoint_hash: str) -> None:
        """Open or make the folder.

        Raises:
            VlaError: it holds attempts of another plan, or cannot be written.
        """
        self.path = path
        self.identity = _identity(plan, checkpoint_hash)
        try:
            (path / FILMS).mkdir(parents=True, exist_ok=True)
            self._claim()
        except OSError as error:
            raise VlaError(f"the folder '{path}' cannot be used: {error.strerror}") from error

    def attempts(self) -> list[AttemptResult]:
        """Return what was kept so far, the newest of each attempt; a line that was cut off counts as not made."""
        file = self.path / ATTEMPTS_FILE
        found: dict[tuple[str, str, int], AttemptResult] = {}
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            try:
                result = AttemptResult(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[result.key] = result
        return list(found.values())

    def add(self, result: AttemptResult) -> None:
        """Keep an attempt."""
        if result.film:
            self.film_file(result).write_bytes(result.film)
        values = dataclasses.asdict(dataclasses.replace(result, film=b""))
        del values["film"]
        with (self.path / ATTEMPTS_FILE).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(values) + "\n")

    def film_file(self, result: AttemptResult) -> Path:
        """Return where the film strip of an attempt lies, if it has one."""
        return self.path / FILMS / f"{result.condition}-{result.skill}-{result.seed}.jpg"

    def _claim(self) -> None:
        file = self.path / PLAN_FILE
        if not file.is_file():
            file.write_text(json.dumps(self.identity, indent=2) + "\n", encoding="utf-8")
            return
        try:
            other = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise VlaError(f"{file} is damaged; give another folder with --out") from error
        for key, value in self.identity.items():
            if other.get(key) != value:
                raise VlaError(
                    f"'{self.path}' holds an evaluation with {key} {other.get(key)!r}, this one has {value!r}; "
                    "give another folder with --out"
                )


def _identity(plan: EvaluationPlan, checkpoint_hash: str) -> dict[str, Any]:
    values = {key: value for key, value in dataclasses.asdict(plan).items() if key not in PLACES}
    for key in ("contract", "safety"):
        values[key] = Path(values[key]).name
    return {**values, "checkpoint": checkpoint_hash}
