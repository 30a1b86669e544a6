# SPDX-License-Identifier: Apache-2.0
"""Tool pose and Jacobian of the arm at any joint position, on a private copy of the robot. No scene, no control.

The tool's frame: origin between the finger tips (franka_description's hand_tcp), z out of the hand, y along the
fingers' motion. The tool "points down with yaw psi" when its rotation in the base is ``Rz(psi) diag(1, -1, -1)``.
"""

from dataclasses import dataclass
from functools import cache

import mujoco
import numpy as np

from vla_sim.controllers.trajectory import Float64
from vla_sim.scene.robot import TOOL_SITE, robot_spec

ARM_DOF = 7


@dataclass(frozen=True, slots=True, eq=False)
class ToolKinematics:
    """At one joint position: ``position (3,)`` [m], ``rotation (3, 3)`` of tool in base, ``jacobian (6, 7)``."""

    position: Float64
    rotation: Float64
    jacobian: Float64


@cache
def _robot_model() -> mujoco.MjModel:
    return robot_spec().compile()


class Kinematics:
    """Forward kinematics; one instance per thread."""

    def __init__(self) -> None:
        """Share the compiled robot, own the scratch data."""
        self._model = _robot_model()
        self._data = mujoco.MjData(self._model)
        self._site = self._model.site(TOOL_SITE).id
        self._jacobian = np.zeros((6, self._model.nv))

    def tool(self, joints_rad: Float64) -> ToolKinematics:
        """Return the tool at ``joints_rad (7,)``."""
        data = self._data
        data.qpos[:ARM_DOF] = joints_rad
        mujoco.mj_kinematics(self._model, data)
        mujoco.mj_comPos(self._model, data)
        mujoco.mj_jacSite(self._model, data, self._jacobian[:3], self._jacobian[3:], self._site)
        return ToolKinematics(
            data.site_xpos[self._site].copy(),
            data.site_xmat[self._site].reshape(3, 3).copy(),
            self._jacobian[:, :ARM_DOF].copy(),
        )


def yaw_of(rotation: Float64) -> float:
    """Return the yaw [rad] of a tool that points (about) down."""
    return float(np.arctan2(rotation[1, 0], rotation[0, 0]))


def tilt_error(rotation: Float64, yaw_rad: float) -> Float64:
    """Return the rotation vector ``(3,)`` in the base [rad] from ``rotation`` to pointing down with ``yaw_rad``.

    First order: half the sum of the cross products of the axes; exact in direction, within 4 % up to 0.5 rad.
    """
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    wanted = np.array([[c, s, 0.0], [s, -c, 0.0], [0.0, 0.0, -1.0]])
    return 0.5 * np.cross(rotation.T, wanted.T).sum(axis=0)
