# SPDX-License-Identifier: Apache-2.0
"""Services of the simulated world: reset, move objects, plant faults, recover from a reflex, step in lock step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from std_srvs.srv import Trigger
from vla_msgs.srv import GetGroundTruth, InjectFault, ResetScene, SetObjects

from rclpy.action import ActionServer
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from vla_sim.errors import SimulationError
from vla_sim.faults import CAMERA_FAULTS, Fault, Faults, fault_named
from vla_sim.interventions import Interventions
from vla_sim.nodes.loop import Moment, SimulationLoop
from vla_sim.nodes.optional_types import franka_action
from vla_sim.nodes.parameters import load_named_scene
from vla_sim.nodes.truth_messages import SceneIdentity, ground_truth_message

__all__ = ["SceneServices"]

CAMERAS = ("scene", "wrist")


class SceneServices:
    """``sim/reset_scene``, ``…/set_objects``, ``…/get_ground_truth``, ``…/inject_fault``, ``…/step``, and recovery."""

    def __init__(
        self,
        node: Node,
        loop: SimulationLoop,
        faults: Faults,
        interventions: Interventions,
        identity: SceneIdentity,
    ) -> None:
        self._loop, self._faults, self._identity = loop, faults, identity
        self._interventions = interventions
        self.on_reset: list[Callable[[Moment], None]] = []  # called in the loop's thread after a new layout
        self.on_forced_open: Callable[[], None] = lambda: None
        self.base = ""
        group = ReentrantCallbackGroup()

        def recover(_request: Any, response: Any) -> Any:
            return self._answer(response, _recover)

        for service, name, callback in (
            (ResetScene, "sim/reset_scene", self._on_reset),
            (SetObjects, "sim/set_objects", self._on_set_objects),
            (GetGroundTruth, "sim/get_ground_truth", self._on_truth),
            (InjectFault, "sim/inject_fault", self._on_fault),
            (Trigger, "sim/step", self._on_step),
            (Trigger, "sim/error_recovery", recover),
        ):
            node.create_service(service, name, callback, callback_group=group)
        self.step_ns = 0  # of lock step; 0: time goes on by itself
        recovery, name = franka_action("ErrorRecovery"), "action_server/error_recovery"
        if recovery is not None:
            self._recovery = ActionServer(node, recovery, name, self._execute_recovery, callback_group=group)
        else:
            node.create_service(Trigger, name, recover, callback_group=group)

    def _on_reset(self, request: Any, response: Any) -> Any:
        return self._answer(response, lambda moment: self._reset(moment, request, response))

    def _reset(self, moment: Moment, request: Any, response: Any) -> str:
        simulation = moment.simulation
        if request.scene and request.scene != self._identity.scene:
            self._interventions.use_scene(load_named_scene(self._identity.path, request.scene))
            self._identity.scene = request.scene
        simulation.reset(request.seed)
        self._identity.seed = request.seed
        self._faults.clear()
        self._loop.restart_time()
        now = self._loop.moment()
        self._notify(now)
        response.state = ground_truth_message(now, self.base, self._identity)
        return f"{self._identity.scene}, seed {request.seed}"

    def _on_set_objects(self, request: Any, response: Any) -> Any:
        return self._answer(response, lambda moment: self._set_objects(moment, request.objects))

    def _set_objects(self, moment: Moment, objects: Any) -> str:
        for wanted in objects:
            self._interventions.change_object(wanted.name, wanted.shape, wanted.color, tuple(wanted.size))
            position, turn = wanted.pose.position, wanted.pose.orientation
            quaternion = np.array([turn.w, turn.x, turn.y, turn.z])
            norm = float(np.linalg.norm(quaternion))
            if abs(norm - 1.0) > 0.01:
                raise SimulationError(f"{wanted.name}: the orientation is no unit quaternion, its length is {norm:.3f}")
            point = np.array([position.x, position.y, position.z])
            self._interventions.place_object(wanted.name, point, quaternion / norm)
        self._notify(moment)
        return f"{len(objects)} objects set"

    def _on_truth(self, _request: Any, response: Any) -> Any:
        response.state = self._loop.call(lambda moment: ground_truth_message(moment, self.base, self._identity))
        return response

    def _on_fault(self, request: Any, response: Any) -> Any:
        return self._answer(response, lambda moment: self._plant(moment, request))

    def _plant(self, moment: Moment, request: Any) -> str:
        fault = fault_named(request.fault)
        if not np.isfinite(request.value) or request.value < 0.0:
            raise SimulationError(f"value must be finite and >= 0, got {request.value}")
        match fault:
            case Fault.CLEAR:
                self._faults.clear()
                self._interventions.release_arm()
            case Fault.KICK_OBJECT:
                self._interventions.kick_object(request.target, request.value)
            case Fault.REFLEX:
                self._interventions.force_reflex()
            case _ if fault in CAMERA_FAULTS:
                self._plant_in_camera(fault, request)
            case _:
                self._faults.begin(fault, moment.time_ns, request.value)
                self._enact(fault)
        return f"{fault.value} {request.target}".strip()

    def _plant_in_camera(self, fault: Fault, request: Any) -> None:
        if request.target not in CAMERAS:
            raise SimulationError(f"target must be one of {list(CAMERAS)}, got {request.target!r}")
        self._faults.set_camera(fault, request.target, request.value)

    def _enact(self, fault: Fault) -> None:
        """Do what a fault that lasts begins with."""
        if fault is Fault.BLOCK_ARM:
            self._interventions.block_arm()
        elif fault is Fault.DROP_OBJECT:
            self.on_forced_open()

    def on_slice(self, moment: Moment) -> None:
        """End what has to end by itself. An observer of the loop."""
        if self._interventions.is_blocked and not self._faults.holds(Fault.BLOCK_ARM, moment.time_ns):
            self._interventions.release_arm()

    def _on_step(self, _request: Any, response: Any) -> Any:
        if self.step_ns <= 0:
            response.message = "the simulation is not in lock step; start it with lockstep:=true"
            return response
        response.success = True
        response.message = f"stamp_ns={self._loop.advance(self.step_ns)}"
        return response

    def _execute_recovery(self, handle: Any) -> Any:
        self._loop.call(_recover)
        handle.succeed()
        return franka_action("ErrorRecovery").Result()

    def _notify(self, moment: Moment) -> None:
        for notice in self.on_reset:
            notice(moment)

    def _answer(self, response: Any, job: Callable[[Moment], str]) -> Any:
        try:
            response.message = self._loop.call(job)
            response.success = True
        except SimulationError as error:
            response.success, response.message = False, str(error)
        return response


def _recover(moment: Moment) -> str:
    before = moment.simulation.state().reflex
    moment.simulation.recover()
    return f"cleared: {before.value}"
