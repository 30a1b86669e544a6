# SPDX-License-Identifier: Apache-2.0
"""Errors of the simulation package. Nothing else."""


class SimulationError(Exception):
    """Base of every error raised on purpose by `vla_sim`."""


class SceneError(SimulationError, ValueError):
    """A scene file or value is wrong; the sentence names the field, the value and the alternatives."""
