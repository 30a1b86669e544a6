# SPDX-License-Identifier: Apache-2.0
"""The alarm level of a checkpoint, as it was measured on runs that succeeded: ``calibration.json`` in its folder.

A level holds for the way in which it was measured: another strategy or another commitment makes successive chunks
differ more or less. It is used where both are the same, else there is no alarm.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from pathlib import Path

from vla_ros.errors import PolicyError
from vla_ros.policy.checkpoint import Checkpoint, require_keys
from vla_ros.policy.configuration import PolicyConfig

__all__ = ["CALIBRATION_FILE", "Calibration", "calibrated", "read_calibration", "write_calibration"]

CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Where an alarm is raised, and how that level was found.

    Attributes:
        disagreement_threshold: Distance of successive chunks in in-chunk steps; see ``schedule.disagreement``.
        false_alarms: Largest share of successful runs that exceed it once.
        runs: Successful runs that it was measured on.
        strategy: Chunk scheduling strategy of these runs.
        execute_rows: Rows that were executed between inferences.
    """

    disagreement_threshold: float
    false_alarms: float
    runs: int
    strategy: str
    execute_rows: int

    def __post_init__(self) -> None:
        if not self.disagreement_threshold > 0.0 or not 0.0 < self.false_alarms < 1.0 or self.runs < 1:
            raise PolicyError(
                f"{CALIBRATION_FILE} needs a threshold > 0, false alarms within 0..1 and runs >= 1, "
                f"got {self.disagreement_threshold}, {self.false_alarms}, {self.runs}"
            )


def read_calibration(checkpoint: Checkpoint) -> Calibration | None:
    """Return the calibration of a checkpoint; None where it has none.

    Raises:
        PolicyError: the file is damaged, or has an unknown or missing key.
    """
    if CALIBRATION_FILE not in checkpoint.files:
        return None
    try:
        content = json.loads(checkpoint.file(CALIBRATION_FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise PolicyError(f"{CALIBRATION_FILE} of the checkpoint {checkpoint.folder} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise PolicyError(f"{CALIBRATION_FILE} of the checkpoint {checkpoint.folder} must be a mapping")
    require_keys(CALIBRATION_FILE, content, [item.name for item in dataclasses.fields(Calibration)])
    try:
        return Calibration(**content)
    except TypeError as error:  # a value of another type meets a comparison
        raise PolicyError(f"{CALIBRATION_FILE}: a value has the wrong type: {error}") from error


def write_calibration(folder: Path, calibration: Calibration) -> Path:
    """Write the file into a checkpoint's folder; the checkpoint's hash changes with it."""
    path = folder / CALIBRATION_FILE
    path.write_text(json.dumps(dataclasses.asdict(calibration), indent=1) + "\n", encoding="utf-8")
    return path


def calibrated(config: PolicyConfig, checkpoint: Checkpoint) -> PolicyConfig:
    """Return ``config`` with the checkpoint's alarm level where it sets none itself and the level holds for it."""
    calibration = read_calibration(checkpoint)
    if calibration is None or config.session.disagreement_threshold > 0.0:
        return config
    if (calibration.strategy, calibration.execute_rows) != (config.strategy, config.scheduler.execute_rows):
        return config
    session = replace(config.session, disagreement_threshold=calibration.disagreement_threshold)
    return replace(config, session=session)
