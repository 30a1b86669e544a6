# SPDX-License-Identifier: Apache-2.0
"""The external force at the tool, as the robot estimates it: from joint torques. One function."""

import mujoco
import numpy as np

from vla_sim.controllers.trajectory import Float64
from vla_sim.kinematics import ARM_DOF
from vla_sim.scene.robot import TOOL_SITE
from vla_sim.simulation import Simulation


def external_wrench(simulation: Simulation) -> Float64:
    """Return force [N] and torque [Nm] ``(6,)`` on the tool in the base's axes: w with Jᵀ w = τ in least squares."""
    model = simulation.model
    jacobian = np.zeros((6, model.nv))
    mujoco.mj_jacSite(model, simulation.data, jacobian[:3], jacobian[3:], model.site(TOOL_SITE).id)
    return np.linalg.lstsq(jacobian[:, :ARM_DOF].T, simulation.arm.external_torque, rcond=None)[0]
