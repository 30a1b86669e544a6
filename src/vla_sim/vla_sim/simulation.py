# SPDX-License-Identifier: Apache-2.0
"""A simulated Franka on a table: physics, controllers and cameras behind one object. No ROS, no clock, no task.

Time is the number of physics steps since the reset, in nanoseconds. The same seed and the same commands at the same
steps give the same states bit for bit, however the steps are grouped.
"""

import copy
from dataclasses import dataclass, field

import mujoco
import numpy as np

from vla_sim.arm import Arm
from vla_sim.controllers.hand_controller import HandCommand, HandController, HandStatus
from vla_sim.controllers.joint_trajectory_controller import Acceptance
from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import JointSamples, JointTrajectory
from vla_sim.kinematics import ARM_DOF
from vla_sim.limits import limits_of
from vla_sim.rendering import Image, SceneRenderer
from vla_sim.scene.apply import apply_layout
from vla_sim.scene.config import SceneConfig
from vla_sim.scene.layout import SceneLayout
from vla_sim.scene.model import base_model
from vla_sim.scene.robot import HAND_TENDON, TOOL_SITE
from vla_sim.scene.sample import sample_layout
from vla_sim.servo import ArmServo
from vla_sim.state import RobotState
from vla_sim.truth import GroundTruth


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """How a simulation runs; what is in it comes with the scene."""

    scene: SceneConfig = field(default_factory=SceneConfig)
    arm_id: str = "fr3"
    timestep_s: float = 0.001
    reflexes: bool = True
    image_height: int = 224
    image_width: int = 224

    def __post_init__(self) -> None:
        """Refuse time steps that nanoseconds cannot count and arms that are not known."""
        limits_of(self.arm_id)
        if self.timestep_s not in (0.001, 0.002):
            raise ValueError(f"timestep_s must be 0.001 or 0.002, got {self.timestep_s}")


class Simulation:
    """One robot and its scene."""

    def __init__(self, config: SimulationConfig | None = None, seed: int = 0) -> None:
        """Build (the model is compiled once per process) and reset with ``seed``."""
        self.config = config or SimulationConfig()
        limits = limits_of(self.config.arm_id)
        self.model = copy.copy(base_model(self.config.timestep_s))
        self.model.jnt_range[:ARM_DOF] = np.stack([limits.position_low, limits.position_high], axis=1)
        self.data = mujoco.MjData(self.model)
        self.truth = GroundTruth(self.model, self.data)
        self._servo = ArmServo(self.model)
        self._renderer: SceneRenderer | None = None
        self._step_ns = round(self.config.timestep_s * 1e9)
        self.reset(seed)

    def reset(self, seed: int, layout: SceneLayout | None = None, width_m: float = 0.08) -> SceneLayout:
        """Start anew at time 0 with a scene drawn from ``seed``, or with ``layout``; fingers ``width_m`` apart."""
        self.layout = layout or sample_layout(self.config.scene, np.random.default_rng(seed))
        apply_layout(self.model, self.data, self.layout, width_m)
        self.truth.names = tuple(thing.name for thing in self.layout.objects)
        self.time_ns = 0
        config, home = self.config, np.asarray(self.layout.home_rad)
        self.arm = Arm(config.arm_id, home, config.timestep_s, reflexes=config.reflexes)
        self.hand = HandController(width_m)
        self._settle()
        return self.layout

    def step(self) -> None:
        """Advance by one physics step."""
        self.advance(1)

    def advance(self, steps: int) -> None:
        """Advance by ``steps`` physics steps, each with its own reference sample."""
        done = 0
        while done < steps:
            done += self._advance_unbroken(steps - done)

    def accept(self, trajectory: JointTrajectory) -> Acceptance:
        """Give the arm a trajectory; stamps are in the simulation's time."""
        state = self.data
        measured = JointSamples(state.qpos[:ARM_DOF].copy(), state.qvel[:ARM_DOF].copy(), np.zeros(ARM_DOF))
        return self.arm.accept(trajectory, self.time_ns, measured)

    def command_hand(self, command: HandCommand) -> None:
        """Start a motion of the fingers."""
        self.hand.command(command, self._width_m())

    def hand_status(self) -> HandStatus:
        """Say where the motion of the fingers stands."""
        return self.hand.status(self._width_m())

    def recover(self) -> None:
        """Clear a reflex: the arm rests where it is and accepts commands again."""
        self.arm.recover(self.data.qpos[:ARM_DOF].copy(), self.time_ns)

    def state(self) -> RobotState:
        """Return what the robot measures now."""
        data = self.data
        site = self.model.site(TOOL_SITE).id
        jacobian = np.zeros((6, self.model.nv))
        mujoco.mj_jacSite(self.model, data, jacobian[:3], jacobian[3:], site)
        return RobotState(
            time_ns=self.time_ns,
            position=data.qpos[:ARM_DOF].copy(),
            velocity=data.qvel[:ARM_DOF].copy(),
            effort=data.actuator_force[:ARM_DOF].copy(),
            external_torque=self.arm.external_torque.copy(),
            commanded=self.arm.reference,
            tool_position=data.site_xpos[site].copy(),
            tool_rotation=data.site_xmat[site].reshape(3, 3).copy(),
            tool_velocity=jacobian @ data.qvel,
            gripper_width_m=self._width_m(),
            gripper_velocity_m_s=float(data.tendon(HAND_TENDON).velocity[0]),
            reflex=self.arm.reflex,
        )

    def render(self, camera: str) -> Image:
        """Return the picture ``(H, W, 3)`` of ``scene`` or ``wrist`` as of now."""
        if self._renderer is None:
            self._renderer = SceneRenderer(self.model, self.config.image_height, self.config.image_width)
        return self._renderer.render(self.data, camera)

    def close(self) -> None:
        """Free the renderer."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None

    def _width_m(self) -> float:
        return float(self.data.qpos[ARM_DOF] + self.data.qpos[ARM_DOF + 1])

    def _settle(self) -> None:
        """Make derived quantities (poses, forces) those of the start, so that the first state is not the last run's."""
        self._servo.write(self.data, *_rows(self.arm.reference))
        self.data.ctrl[ARM_DOF] = self._width_m()
        mujoco.mj_forward(self.model, self.data)

    def _advance_unbroken(self, steps: int) -> int:
        """Run up to ``steps`` steps of one reference; return how many, fewer when a reflex begins."""
        times_ns = self.time_ns + self._step_ns * np.arange(1, steps + 1)
        samples, allowed, reflex = self.arm.plan(times_ns)
        for index in range(allowed):
            self._physics_step(samples.row(index))
            if self.arm.collides(self.data.qfrc_constraint[:ARM_DOF]):
                self.arm.begin_reflex(Reflex.COLLISION, self.time_ns)
                return index + 1
        if reflex is not Reflex.NONE:
            self.arm.begin_reflex(reflex, self.time_ns)
        return allowed

    def _physics_step(self, reference: JointSamples) -> None:
        self._servo.write(self.data, *_rows(self.arm.reference))  # of the state that the step starts from
        self.data.ctrl[ARM_DOF] = self.hand.step(self._width_m(), self.config.timestep_s)
        self.model.actuator_forcerange[ARM_DOF] = (-self.hand.force_n, self.hand.force_n)
        mujoco.mj_step(self.model, self.data)
        self.arm.reference = reference
        self.time_ns += self._step_ns


def _rows(reference: JointSamples) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return reference.positions, reference.velocities, reference.accelerations
