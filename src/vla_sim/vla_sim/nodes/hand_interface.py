# SPDX-License-Identifier: Apache-2.0
"""The gripper's ROS side, named and behaving as the franka_gripper node: motions take real time, a new one replaces."""

from __future__ import annotations

import time
from typing import Any

from control_msgs.action import GripperCommand
from std_srvs.srv import Trigger

from rclpy.action import ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from vla_sim.controllers.hand_controller import FORCE_MAX_N, SPEED_MAX_M_S, WIDTH_MAX_M, HandCommand, HandStatus
from vla_sim.errors import SimulationError
from vla_sim.faults import Fault, Faults
from vla_sim.nodes.loop import Moment, SimulationLoop
from vla_sim.nodes.optional_types import franka_action

__all__ = ["HandInterface"]

POLL_S = 0.01
DEFAULT_FORCE_N = 20.0
SETTLE_NS = 30_000_000  # of a motion, before its status is believed


class HandInterface:
    """``franka_gripper/gripper_action``, ``…/stop``, and ``…/move``, ``…/grasp``, ``…/homing`` where their types exist.

    As in franka_ros2 the position of a ``GripperCommand`` is that of one finger: half the width.
    """

    def __init__(self, node: Node, loop: SimulationLoop, faults: Faults) -> None:
        self._loop, self._faults = loop, faults
        self._group = ReentrantCallbackGroup()
        self._node = node
        self._current = 0  # number of the newest motion
        self._servers = [self._serve(GripperCommand, "gripper_action", self._on_gripper_command)]
        for name, execute in (("move", self._on_move), ("grasp", self._on_grasp), ("homing", self._on_homing)):
            action = franka_action(name.capitalize())
            if action is not None:
                self._servers.append(self._serve(action, name, execute))
        node.create_service(Trigger, "franka_gripper/stop", self._on_stop, callback_group=self._group)

    def force_open(self) -> None:
        """Open, whatever was asked before: the fault ``drop_object``."""
        self._current += 1
        self._loop.post(lambda moment: moment.simulation.command_hand(HandCommand(WIDTH_MAX_M)))

    def _serve(self, action: Any, name: str, execute: Any) -> ActionServer:
        return ActionServer(
            self._node,
            action,
            f"franka_gripper/{name}",
            execute,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=self._group,
        )

    def _on_gripper_command(self, handle: Any) -> Any:
        command = handle.request.command
        force_n = command.max_effort if command.max_effort > 0.0 else DEFAULT_FORCE_N
        status, width_m = self._move(handle, 2.0 * command.position, SPEED_MAX_M_S, force_n)
        # Held up on the way to a smaller width is a grasp: the real action succeeds then, too.
        _finish(handle, succeeded=status in (HandStatus.ARRIVED, HandStatus.STALLED))
        return GripperCommand.Result(
            position=0.5 * width_m,
            effort=force_n,
            stalled=status is HandStatus.STALLED,
            reached_goal=status is HandStatus.ARRIVED,
        )

    def _on_move(self, handle: Any) -> Any:
        request = handle.request
        status, width_m = self._move(handle, request.width, request.speed, DEFAULT_FORCE_N)
        return _franka_result(handle, "Move", width_m, succeeded=status is HandStatus.ARRIVED)

    def _on_grasp(self, handle: Any) -> Any:
        """Close until something holds the fingers up; it is grasped where they are as far apart as asked for."""
        request = handle.request
        status, width_m = self._move(handle, 0.0, request.speed, request.force)
        low, high = request.width - request.epsilon.inner, request.width + request.epsilon.outer
        succeeded = status is HandStatus.STALLED and low < width_m < high
        return _franka_result(handle, "Grasp", width_m, succeeded=succeeded)

    def _on_homing(self, handle: Any) -> Any:
        ends = [self._move(handle, width_m, SPEED_MAX_M_S, DEFAULT_FORCE_N) for width_m in (0.0, WIDTH_MAX_M)]
        status, width_m = ends[-1]
        return _franka_result(handle, "Homing", width_m, succeeded=status is HandStatus.ARRIVED)

    def _on_stop(self, _request: Any, response: Trigger.Response) -> Trigger.Response:
        self._current += 1
        self._loop.call(_stop)
        response.success = True
        return response

    def _move(self, handle: Any, width_m: float, speed_m_s: float, force_n: float) -> tuple[HandStatus | None, float]:
        """Move until it is over; return how, None if refused, cancelled or replaced, and the width [m]."""
        try:
            command = HandCommand(width_m, min(speed_m_s, SPEED_MAX_M_S), min(force_n, FORCE_MAX_N))
        except SimulationError as error:
            self._node.get_logger().warning(str(error))
            return None, self._loop.call(_width)
        self._current += 1
        number = self._current
        begin_ns = self._loop.call(lambda moment: self._begin(moment, command))
        if begin_ns is None:
            return None, self._loop.call(_width)
        while number == self._current and not handle.is_cancel_requested:
            now_ns, status, now_m = self._loop.call(
                lambda moment: (moment.stamp_ns, moment.simulation.hand_status(), _width(moment))
            )
            if status is not HandStatus.MOVING and now_ns - begin_ns > SETTLE_NS:
                return status, now_m
            time.sleep(POLL_S)
        if number == self._current:
            self._loop.call(_stop)
        return None, self._loop.call(_width)

    def _begin(self, moment: Moment, command: HandCommand) -> int | None:
        blocked = self._faults.holds(Fault.CUT_COMMANDS, moment.time_ns)
        if blocked or self._faults.holds(Fault.DROP_OBJECT, moment.time_ns):
            return None
        moment.simulation.command_hand(command)
        return moment.stamp_ns


def _stop(moment: Moment) -> None:
    moment.simulation.hand.stop(_width(moment))


def _width(moment: Moment) -> float:
    return moment.simulation.state().gripper_width_m


def _finish(handle: Any, *, succeeded: bool) -> None:
    if handle.is_cancel_requested:
        handle.canceled()
    elif succeeded:
        handle.succeed()
    else:
        handle.abort()


def _franka_result(handle: Any, action: str, width_m: float, *, succeeded: bool) -> Any:
    _finish(handle, succeeded=succeeded)
    result = franka_action(action).Result(success=succeeded, error="" if succeeded else "the motion did not succeed")
    if hasattr(result, "current_width"):  # not in every release of franka_msgs
        result.current_width = width_m
    return result
