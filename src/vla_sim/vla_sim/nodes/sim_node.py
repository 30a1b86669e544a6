# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_sim sim_node``: a simulated Franka behind the interface of the real one. Wiring only."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import rclpy
from vla_sim.controllers.forward_controller import ForwardMode
from vla_sim.faults import Faults
from vla_sim.interventions import Interventions
from vla_sim.nodes.arm_interface import ForwardInterface, TrajectoryInterface
from vla_sim.nodes.camera_feed import CameraFeed
from vla_sim.nodes.camera_process import CameraSettings, CameraTopics
from vla_sim.nodes.diagnostics import ERROR, OK, WARN, Part, SimulationDiagnostics
from vla_sim.nodes.hand_interface import HandInterface
from vla_sim.nodes.importance import make_important
from vla_sim.nodes.loop import Moment, Pace, SimulationLoop
from vla_sim.nodes.parameters import SimulationParameters, read_parameters
from vla_sim.nodes.running import run_node
from vla_sim.nodes.scene_services import CAMERAS, SceneServices
from vla_sim.nodes.state_publisher import ClockPublisher, StatePublisher
from vla_sim.nodes.truth_messages import SceneIdentity
from vla_sim.nodes.viewer_feed import VIEWER_HZ, ViewerFeed
from vla_sim.simulation import Simulation

__all__ = ["SimulationNode", "main"]

FORWARD = {"forward_position": ForwardMode.POSITION, "forward_velocity": ForwardMode.VELOCITY}


class SimulationNode:
    """The program: a simulation in its loop, and what it offers to the graph."""

    def __init__(self) -> None:
        self.node = rclpy.create_node("sim")
        self._parameters = read_parameters(self.node)
        parameters, self._faults = self._parameters, Faults()
        config = parameters.simulation_config()
        simulation = Simulation(config, parameters.seed)
        if parameters.controller in FORWARD:
            simulation.arm.claim(FORWARD[parameters.controller], 0)
        identity = SceneIdentity(config.scene.name, parameters.seed, parameters.scene)
        pace = Pace(parameters.speed, parameters.lockstep, parameters.publishes_clock)
        self.loop = SimulationLoop(simulation, pace, lambda: self.node.get_clock().now().nanoseconds)
        if parameters.publishes_clock:  # first: who is woken by a message finds its time
            self.loop.observe(1e9, ClockPublisher(self.node).on_slice)
        self._states = StatePublisher(self.node, self.loop, parameters.arm, identity)
        self.loop.observe(parameters.joint_state_rate_hz, self._states.on_joints)
        self._arm = self._make_arm(parameters)
        self._hand = HandInterface(self.node, self.loop, self._faults)
        self._services = SceneServices(self.node, self.loop, self._faults, Interventions(simulation), identity)
        self._services.on_forced_open = self._hand.force_open
        self._services.base = f"{parameters.arm}_link0"
        self._services.step_ns = round(parameters.step_s * 1e9) if parameters.lockstep else 0
        self._services.on_reset.append(self._states.publish_fixed_frames)
        self.loop.observe(1e9, self._services.on_slice)
        self._viewer = self._make_viewer(simulation) if parameters.viewer else None
        self._cameras = self._make_cameras(simulation, parameters)
        sources = [self._physics_health, self._command_health, self._camera_health]
        SimulationDiagnostics(self.node, self.loop, sources)

    def start(self) -> None:
        """Let time go."""
        backend = self._cameras.wait_until_ready() if self._cameras else "no cameras"
        if self._viewer:
            self._viewer.wait_until_ready()
        self.loop.start()
        self.loop.call(self._states.publish_fixed_frames)
        parameters = self._parameters
        refused = make_important(parameters.niceness)
        if refused:
            self.node.get_logger().info(refused)
        scene = Path(parameters.scene).stem or "a table"
        self.node.get_logger().info(f"{parameters.arm} on {scene}, seed {parameters.seed}, rendering by {backend}")

    def stop(self) -> None:
        """Stop time, then cameras and viewer."""
        self.loop.stop()
        for feed in filter(None, (self._cameras, self._viewer)):
            feed.close()

    def _make_arm(self, parameters: SimulationParameters) -> TrajectoryInterface | ForwardInterface:
        if parameters.controller == "jtc":
            return TrajectoryInterface(self.node, self.loop, parameters.arm, self._faults)
        return ForwardInterface(self.node, self.loop, parameters.controller, self._faults)

    def _make_cameras(self, simulation: Simulation, parameters: SimulationParameters) -> CameraFeed | None:
        if not parameters.cameras:
            return None
        resolve = self.node.resolve_topic_name
        topics = tuple(
            CameraTopics(name, resolve(f"{name}/image_raw"), resolve(f"{name}/camera_info"), f"{name}_optical_frame")
            for name in CAMERAS
        )
        size = (parameters.camera_height, parameters.camera_width)
        settings = CameraSettings(self.node.get_namespace(), *size, topics)
        feed = CameraFeed(settings, simulation.layout, self._faults, lockstep=parameters.lockstep)
        self.loop.observe(parameters.camera_rate_hz, feed.on_frame)
        self._services.on_reset.append(lambda moment: feed.show(moment.simulation.layout))
        return feed

    def _make_viewer(self, simulation: Simulation) -> ViewerFeed:
        logger = self.node.get_logger()
        feed = ViewerFeed(simulation.layout, lambda: logger.info("the viewer was closed; the simulation goes on"))
        self.loop.observe(VIEWER_HZ, feed.on_frame)
        self._services.on_reset.append(feed.show)
        return feed

    def _physics_health(self, _moment: Moment) -> Part:
        timing = self.loop.timing
        figures = {
            "steps": timing.steps,
            "late_steps": timing.late_steps,
            "dropped_s": timing.dropped_ns * 1e-9,
            "worst_late_ms": round(timing.worst_late_s * 1e3, 3),
        }
        late = timing.late_steps > 0.01 * max(timing.steps, 1) or timing.dropped_ns > 0
        return "physics", WARN if late else OK, "late" if late else "ok", figures

    def _command_health(self, moment: Moment) -> Part:
        reflex = moment.simulation.arm.reflex.value
        figures = {"accepted": self._arm.accepted, "reflex": reflex, **self._arm.refused}
        if reflex != "none":
            return "arm", ERROR, f"reflex: {reflex}; waits for error recovery", figures
        return "arm", WARN if self._arm.refused else OK, "ok", figures

    def _camera_health(self, _moment: Moment) -> Part:
        feed = self._cameras
        if feed is None:
            return "cameras", OK, "off", {}
        figures = {"frames": feed.sent, "dropped": feed.dropped, "rendering": feed.backend}
        dropped = feed.dropped > 0.02 * max(feed.sent, 1)
        return "cameras", WARN if dropped else OK, "frames are dropped" if dropped else "ok", figures


def main(args: Sequence[str] | None = None) -> int:
    """Run the simulation."""
    return run_node(SimulationNode, args)


if __name__ == "__main__":
    sys.exit(main())
