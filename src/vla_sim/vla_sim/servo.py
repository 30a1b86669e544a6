# SPDX-License-Identifier: Apache-2.0
"""The arm's inner loop: the servo set-point that makes the simulated joints follow a reference.

With the joint servo ``f = kp (u - q) - kv v`` the set-point

    u = q_d + ((kv + d) v_d + M(q) a_d + b(q, v)) / kp

makes the tracking error vanish for a perfect model (b: Coriolis and gravity, M: inertia with rotors, d: joint damping).
A grasped object is not in the model, as on the real arm. Without the velocity term it would lag by ``kv / kp`` times
speed.
"""

import mujoco
import numpy as np

from vla_sim.controllers.trajectory import Float64
from vla_sim.kinematics import ARM_DOF
from vla_sim.scene.robot import JOINTS


class ArmServo:
    """Computes and writes the seven set-points of one model."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Read stiffness and damping from ``model``, whose first joints and actuators are the arm's."""
        if [model.joint(index).name for index in range(ARM_DOF)] != list(JOINTS):
            raise ValueError("the arm's joints must be the model's first")
        self._model = model
        self._stiffness = model.actuator_gainprm[:ARM_DOF, 0].copy()
        # dof_damping has one column per polynomial order; the first is the linear one.
        passive = np.asarray(model.dof_damping).reshape(model.nv, -1)[:ARM_DOF, 0]
        self._damping = -model.actuator_biasprm[:ARM_DOF, 2] + passive
        self._acceleration = np.zeros(model.nv)
        self._torque = np.zeros(model.nv)

    def write(self, data: mujoco.MjData, position: Float64, velocity: Float64, acceleration: Float64) -> None:
        """Set the set-points for the reference ``(7,)`` [rad], [rad/s], [rad/s^2]."""
        self._acceleration[:ARM_DOF] = acceleration
        mujoco.mj_mulM(self._model, data, self._torque, self._acceleration)
        torque = self._torque[:ARM_DOF] + data.qfrc_bias[:ARM_DOF] + self._damping * velocity
        data.ctrl[:ARM_DOF] = position + torque / self._stiffness
