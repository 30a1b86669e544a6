# SPDX-License-Identifier: Apache-2.0
"""Planner and executor in a live graph with a pretended robot: an instruction is carried out, a stop word stops."""

import json
import time
from pathlib import Path

import pytest
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger
from vla_msgs.action import ExecuteTask, RunPolicy
from vla_msgs.msg import ErrorCode, Observation, Plan, PolicyState, SafetyState, TaskState
from vla_msgs.srv import PlanTask, SetLanguageMotion

import rclpy
from rclpy.action import ActionClient, ActionServer, CancelResponse
from rclpy.executors import SingleThreadedExecutor
from rclpy.task import Future
from vla_ros.contract import load_contract
from vla_ros.nodes.executor_node import ExecutorNode
from vla_ros.nodes.planner_node import PlannerNode
from vla_ros.nodes.qos import interface_qos

CONFIG = Path(__file__).parents[3] / "config"
CONTRACT = CONFIG / "robots" / "franka.yaml"
HOME = [0.0, -0.35694, 0.0, -2.63707, 0.0, 2.28013, 0.785398]


class Robot:
    """Everything beside planner and executor: it grasps for half a second and lets go."""

    def __init__(self):
        self.node = node = rclpy.create_node("robot")
        self.contract = load_contract(str(CONTRACT), "fr3", "sim")
        self.latched, self.width, self.commanded, self.began = False, 0.08, 0.08, 0.0
        self.goals, self.ends, self.states, self.plans, self.trees = [], [], [], [], []
        self.joints = node.create_publisher(JointState, "joint_states", 10)
        self.hand = node.create_publisher(JointState, "franka_gripper/joint_states", 10)
        self.observation = node.create_publisher(Observation, "vla/observation", interface_qos("observation"))
        self.safety = node.create_publisher(SafetyState, "vla/safety/state", interface_qos("safety_state"))
        self.policy = node.create_publisher(PolicyState, "vla/policy_state", interface_qos("policy_state"))
        self.words = node.create_publisher(String, "vla/instruction", interface_qos("instruction"))
        node.create_subscription(TaskState, "vla/task_state", self.states.append, interface_qos("task_state"))
        node.create_subscription(Plan, "vla/plan", self.plans.append, interface_qos("plan"))
        node.create_subscription(String, "vla/tree_snapshot", self.trees.append, interface_qos("tree_snapshot"))
        node.create_service(SetBool, "vla/safety/estop", self.on_estop)
        node.create_service(Trigger, "vla/safety/reset", self.on_reset)
        ActionServer(
            node, RunPolicy, "vla/run_policy", self.on_goal, cancel_callback=lambda goal: CancelResponse.ACCEPT
        )
        self.tasks = ActionClient(node, ExecuteTask, "vla/execute_task")
        self.motions = []
        node.create_subscription(
            String, "vla/language_motion", lambda m: self.motions.append(m.data), interface_qos("language_motion")
        )
        self.motion_client = node.create_client(SetLanguageMotion, "vla/set_language_motion")
        self.plan_client = node.create_client(PlanTask, "vla/plan_task")
        node.create_timer(0.02, self.step)

    def on_estop(self, request, response):
        self.latched, response.success = request.data, True
        return response

    def on_reset(self, request, response):
        self.latched, response.success = False, True
        return response

    async def on_goal(self, handle):
        self.goals.append(handle)
        self.began, end = time.monotonic(), Future()
        self.ends.append((handle, end))
        await end
        handle.canceled()
        return RunPolicy.Result(error=ErrorCode(code=ErrorCode.CANCELED), stopped_by="cancel")

    def step(self):
        if self.ends:
            elapsed = time.monotonic() - self.began
            self.commanded = 0.0 if elapsed < 0.8 else 0.08
            self.width = 0.042 if elapsed < 0.8 else 0.08
            self.ends = [item for item in self.ends if not self.ended(*item)]
        fingers = ["fr3_finger_joint1", "fr3_finger_joint2"]
        names = [*self.contract.joints.names, *fingers]
        half = [self.width / 2] * 2
        self.joints.publish(JointState(name=names, position=[*HOME, *half], velocity=[0.0] * 9))
        self.hand.publish(JointState(name=fingers, position=half, velocity=[0.0] * 2))
        self.observation.publish(Observation())
        self.safety.publish(
            SafetyState(estop_latched=self.latched, reason="operator", gripper_width=self.commanded, epoch=1)
        )
        self.policy.publish(PolicyState(state=PolicyState.IDLE))

    @staticmethod
    def ended(handle, end):
        if handle.is_cancel_requested and not end.done():
            end.set_result(None)
        return end.done()


@pytest.fixture
def graph():
    rclpy.init(
        args=[
            "test", "--ros-args", "-p", f"executor:contract:={CONTRACT}", "-p", "executor:robot:=fr3",
            "-p", f"executor:tree:={CONFIG / 'trees/default.yaml'}",
            "-p", f"planner:planner:={CONFIG / 'planners/grammar.yaml'}",
        ]
    )  # fmt: skip
    robot, programs = Robot(), [PlannerNode(), ExecutorNode()]
    executor = SingleThreadedExecutor()
    for node in (robot.node, *(program.node for program in programs)):
        executor.add_node(node)
    for program in programs:
        program.start()

    def until(condition, what):
        end = time.monotonic() + 60.0  # a limit for a hung test, not a wait
        while not condition():
            assert time.monotonic() < end, f"never happened: {what}; {robot.states[-1:]}"
            executor.spin_once(timeout_sec=0.05)

    robot.until = until
    until(robot.tasks.server_is_ready, "the task action")
    until(lambda: robot.words.get_subscription_count() > 0, "the executor's ears")
    until(robot.plan_client.service_is_ready, "the planner")
    yield robot
    for program in programs:
        program.stop()
    executor.shutdown()
    for node in (robot.node, *(program.node for program in programs)):
        node.destroy_node()
    rclpy.shutdown()


def result_of(robot, goal):
    sent = robot.tasks.send_goal_async(goal)
    robot.until(sent.done, "the goal's acceptance")
    result = sent.result().get_result_async()
    robot.until(result.done, "the result")
    return result.result().result


def test_execute_task_runs_the_policy_and_returns_success(graph):
    result = result_of(graph, ExecuteTask.Goal(instruction="put the red cube in the left bin"))
    assert (result.error.code, result.subtasks_done, result.error.message) == (ErrorCode.SUCCESS, 1, "")
    assert [goal.request.subtask.text for goal in graph.goals] == ["put the red cube in the left bin"]
    graph.until(lambda: graph.plans and graph.states[-1].state == TaskState.SUCCEEDED, "plan and state")
    assert graph.plans[-1].planner_id == "grammar"
    snapshot = json.loads(graph.trees[-1].data)
    assert snapshot["tree"]["children"]


def test_nonsense_gets_a_clear_answer(graph):
    result = result_of(graph, ExecuteTask.Goal(instruction="paint the moon"))
    assert result.error.code == ErrorCode.NOT_UNDERSTOOD
    assert "do not understand" in result.error.message
    assert not graph.goals


def test_stop_word_on_the_topic_latches_the_stop_and_cancels_the_policy(graph):
    graph.words.publish(String(data="put the red cube in the left bin"))
    graph.until(lambda: graph.goals, "the policy's run")
    graph.words.publish(String(data="stop"))
    graph.until(lambda: graph.latched and graph.goals[-1].is_cancel_requested, "the stop")
    graph.until(lambda: graph.states[-1].state == TaskState.STOPPED, "the state")
    assert graph.states[-1].error.code == ErrorCode.STOPPED


def test_canceled_goal_ends_as_canceled(graph):
    sent = graph.tasks.send_goal_async(ExecuteTask.Goal(instruction="push the red cube to the green zone"))
    graph.until(lambda: graph.goals, "the policy's run")
    handle = sent.result()
    handle.cancel_goal_async()
    result = handle.get_result_async()
    graph.until(result.done, "the result")
    assert result.result().result.error.code == ErrorCode.CANCELED


def test_instruction_out_of_bounds_is_answered_on_the_state_topic(graph):
    graph.words.publish(String(data="x" * 2000))
    graph.until(lambda: graph.states and graph.states[-1].error.code == ErrorCode.REFUSED, "the refusal")
    assert not graph.goals


def test_language_motion_of_a_person_holds_for_its_time(graph):
    graph.until(graph.motion_client.service_is_ready, "the service")
    sent = graph.motion_client.call_async(SetLanguageMotion.Request(motion="move arm left", duration_s=0.5))
    graph.until(sent.done, "the answer")
    assert sent.result().accepted
    graph.until(lambda: graph.motions == ["move arm left", ""], "the motion and its end")
    refused = graph.motion_client.call_async(SetLanguageMotion.Request(motion="move arm left", duration_s=-1.0))
    graph.until(refused.done, "the answer")
    assert "duration_s must lie in" in refused.result().message
