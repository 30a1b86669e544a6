# SPDX-License-Identifier: Apache-2.0
"""A robot's faults are cleared by the action or by the service that it offers, and it is said where it offers none."""

from types import SimpleNamespace

import pytest
from franka_msgs.action import ErrorRecovery
from std_srvs.srv import Trigger

import rclpy
import vla_sim.nodes.scene_services as scene_services
from rclpy.action import ActionServer
from rclpy.executors import SingleThreadedExecutor
from vla_ros.nodes.executor_ports import RobotOverRos
from vla_ros.tasks import ErrorCode
from vla_sim.controllers.reflex import Reflex

NAME = "action_server/error_recovery"


@pytest.fixture
def node():
    context = rclpy.Context()
    context.init(args=[])
    node = rclpy.create_node("robot", context=context)
    yield node
    node.destroy_node()
    context.try_shutdown()


def answer_of(node, offered):
    """Have the robot recovered and return the answer; ``offered`` tells whether the robot's side is found."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    robot = RobotOverRos(node, NAME)
    while not offered(robot):
        executor.spin_once(timeout_sec=0.05)
    operation = robot.recover()
    while (answer := operation.answer()) is None:
        executor.spin_once(timeout_sec=0.05)
    executor.shutdown()
    return answer


def test_the_action_is_used_where_there_is_one(node):
    done = []

    def recover(handle):
        done.append(handle)
        handle.succeed()
        return ErrorRecovery.Result()

    server = ActionServer(node, ErrorRecovery, NAME, recover)
    answer = answer_of(node, lambda robot: robot._recovery.server_is_ready())
    server.destroy()
    assert answer.code is ErrorCode.SUCCESS
    assert len(done) == 1


@pytest.mark.parametrize(("success", "code"), [(True, ErrorCode.SUCCESS), (False, ErrorCode.ROBOT_FAULT)])
def test_a_service_of_that_name_will_do(node, success, code):
    def recover(_request, response):
        response.success, response.message = success, "the brakes are closed"
        return response

    node.create_service(Trigger, NAME, recover)
    answer = answer_of(node, lambda robot: robot._recovery_service.service_is_ready())
    assert (answer.code, answer.message) == (code, "the brakes are closed")


def test_a_robot_without_either_is_named(node):
    answer = answer_of(node, lambda robot: True)
    assert answer.code is ErrorCode.ROBOT_FAULT
    assert answer.message == "the robot offers no error recovery"


def test_the_simulation_offers_the_service_where_franka_msgs_is_not_installed(node, monkeypatch):
    monkeypatch.setattr(scene_services, "franka_action", lambda name: None)
    recovered = []
    simulation = SimpleNamespace(
        state=lambda: SimpleNamespace(reflex=Reflex.COLLISION), recover=lambda: recovered.append(True)
    )
    loop = SimpleNamespace(call=lambda job: job(SimpleNamespace(simulation=simulation)))
    services = scene_services.SceneServices(node, loop, None, None, None)
    answer = answer_of(node, lambda robot: robot._recovery_service.service_is_ready())
    assert services.step_ns == 0
    assert answer.code is ErrorCode.SUCCESS
    assert recovered == [True]
