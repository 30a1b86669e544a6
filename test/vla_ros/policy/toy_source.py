# SPDX-License-Identifier: Apache-2.0
"""A policy that a child process can load in milliseconds, and that fails on request."""

import os
import time
from dataclasses import dataclass

import numpy as np

from vla_ros.errors import PolicyError
from vla_ros.policy.prediction import Prediction
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import ActionChunk, ActionSpace, Provenance

P = 100_000_000
SPECIFICATION = PolicySpecification("toy", 4, P, ActionSpace.JOINT_POSITION, ("j0",), state_names=("j0.position",))


class ToyPolicy:
    """Holds the arm where it is; the instruction says how it fails."""

    specification = SPECIFICATION

    def __init__(self):
        self.resets = 0

    def infer(self, observation, instruction, context, deadline_ns):
        if instruction.text == "die":
            os._exit(3)
        if instruction.text == "hang":
            time.sleep(600.0)
        if instruction.text == "refuse":
            raise PolicyError("not this one")
        if instruction.text == "break":
            raise ZeroDivisionError("a defect")
        rows = np.repeat(observation.state[None, :1], 4, axis=0) + self.resets
        left_ms = (deadline_ns - time.monotonic_ns()) / 1e6
        origin = Provenance(observation.stamp_ns, f"toy {os.getpid()}", epoch=context.epoch, confidence=left_ms)
        return Prediction(
            ActionChunk(observation.stamp_ns + P, P, ActionSpace.JOINT_POSITION, ("j0",), rows, provenance=origin)
        )

    def reset(self):
        self.resets += 1

    def warm_up(self):
        pass


@dataclass(frozen=True)
class ToySource:
    """As ``IsolatedSource``."""

    refusal: str = ""

    def load(self):
        if self.refusal == "die":
            os._exit(4)
        if self.refusal:
            raise PolicyError(self.refusal)
        return ToyPolicy()
