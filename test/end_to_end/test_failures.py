# SPDX-License-Identifier: Apache-2.0
"""The failure table (docs/failures.md) in simulation, through the real graph: recovered, or at rest with its code."""

import threading

import pytest
from std_srvs.srv import SetBool, Trigger
from vla_msgs.action import ExecuteTask
from vla_msgs.msg import ErrorCode, ObjectState, Question, TaskState
from vla_msgs.srv import AnswerQuestion, InjectFault, SetObjects

import rclpy
from rclpy.action import ActionClient
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos

SENTENCE = "put the red cube in the left bin"
ENDED = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Hand:
    """Does to the world what a test wants: faults, moved objects, stops, answers."""

    def __init__(self):
        self._context = Context()
        rclpy.init(context=self._context, args=[])
        self._node = rclpy.create_node("hand", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        names = {
            InjectFault: "sim/inject_fault",
            SetObjects: "sim/set_objects",
            SetBool: interface("estop").name,
            Trigger: interface("safety_reset").name,
            AnswerQuestion: interface("answer_question").name,
        }
        self._clients = {kind: self._node.create_client(kind, name) for kind, name in names.items()}
        self.questions = []
        question = interface("question")
        self._node.create_subscription(Question, question.name, self.questions.append, interface_qos(question.key))
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def close(self):
        self._executor.shutdown()
        self._thread.join()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def call(self, robot, kind, **request):
        client = self._clients[kind]
        robot.wait_for(client.service_is_ready, f"the service of {kind.__name__}")
        future = client.call_async(kind.Request(**request))
        robot.wait_for(future.done, f"the answer to {kind.__name__}")
        return future.result()

    def plant(self, robot, fault, target="", value=0.0):
        answer = self.call(robot, InjectFault, fault=fault, target=target, value=value)
        assert answer.success, answer.message

    def move(self, robot, name, dx, dy):
        (thing,) = (item for item in robot.truth.objects if item.name == name)
        thing = ObjectState(name=name, pose=thing.pose)
        thing.pose.position.x += dx
        thing.pose.position.y += dy
        answer = self.call(robot, SetObjects, objects=[thing])
        assert answer.success, answer.message

    def execute(self, robot, text, timeout_s):
        """Return the result of the action."""
        client = ActionClient(self._node, ExecuteTask, interface("execute_task").name)
        robot.wait_for(client.server_is_ready, "the action")
        sent = client.send_goal_async(ExecuteTask.Goal(instruction=text, timeout_s=timeout_s))
        robot.wait_for(sent.done, "the goal's acceptance")
        result = sent.result().get_result_async()
        robot.wait_for(result.done, "the result", 150.0)
        client.destroy()
        return result.result().result

    def give_up(self, robot):
        robot.wait_for(lambda: self.questions and self.questions[-1].question_id, "a question")
        question = self.questions[-1]
        assert self.call(robot, AnswerQuestion, question_id=question.question_id, answer="give up").accepted


@pytest.fixture(scope="module")
def hand(launched):
    made = Hand()
    yield made
    made.close()


@pytest.fixture
def busy(robot, hand):
    """Return a robot that moves, and leave a world without faults behind."""
    robot.instruct(SENTENCE)
    robot.wait_for(robot.moves, "motion")
    yield robot
    hand.plant(robot, InjectFault.Request.FAULT_CLEAR)
    if robot.safety is not None and robot.safety.estop_latched:
        robot.wait_for(robot.rests, "the arm at rest")
        hand.call(robot, Trigger)
    if robot.state() not in ENDED:
        robot.instruct("go home")
        robot.wait_for(lambda: robot.state() in ENDED and robot.rests(), "the end of the task", 120.0)


def succeeds(robot):
    robot.wait_for(lambda: robot.state() in ENDED, "the end of the task", 150.0)
    assert robot.state() == TaskState.SUCCEEDED, robot.states[-1].error.message
    assert robot.is_inside("red cube", "left bin")
    robot.wait_for(robot.rests, "the arm at rest")


def test_moved_object_is_fetched_from_where_it_is(busy, hand):
    hand.move(busy, "red cube", -0.04, 0.03)
    succeeds(busy)


def test_missed_grasp_is_tried_again(busy, hand):
    busy.wait_for(lambda: busy.safety is not None and 0.0 <= busy.safety.gripper_width < 0.06, "fingers that close")
    hand.move(busy, "red cube", -0.05, 0.06)  # beyond the open hand, off the other things and the bins
    succeeds(busy)


def test_new_instruction_takes_over_at_rest(busy, hand):
    busy.instruct("put the blue cube in the right bin")
    busy.wait_for(
        lambda: any(state.error.code == ErrorCode.PREEMPTED for state in busy.states), "the end of the old task"
    )
    busy.wait_for(lambda: busy.state() == TaskState.SUCCEEDED, "the end of the new task", 150.0)
    assert busy.is_inside("blue cube", "right bin")


def test_time_of_a_task_that_is_over_ends_it_at_rest(busy, hand):
    result = hand.execute(busy, SENTENCE, 1.0)
    assert result.error.code == ErrorCode.TIMEOUT
    assert busy.rests()


def test_stop_word_latches_the_stop_at_once(busy, hand):
    busy.instruct("stop")
    busy.wait_for(lambda: busy.safety.estop_latched, "the latched stop", 1.0)  # loose; the benchmark has the figure
    busy.wait_for(busy.rests, "the arm at rest", 2.0)
    busy.wait_for(lambda: busy.state() == TaskState.STOPPED, "the task says so")
    assert busy.states[-1].error.code == ErrorCode.STOPPED
    busy.instruct("resume")
    busy.wait_for(lambda: not busy.safety.estop_latched, "the release")


def test_dropped_object_is_picked_up_again(busy, hand):
    busy.wait_for(lambda: busy.truth.grasped == "red cube", "the grasp")
    busy.wait_for(lambda: next(o for o in busy.truth.objects if o.name == "red cube").pose.position.z > 0.06, "a lift")
    hand.plant(busy, InjectFault.Request.FAULT_DROP_OBJECT, value=1.0)
    succeeds(busy)


def test_kicked_object_is_fetched_from_where_it_went(busy, hand):
    hand.plant(busy, InjectFault.Request.FAULT_KICK_OBJECT, "red cube", 0.02)
    succeeds(busy)


def test_blocked_arm_ends_at_rest_and_goes_on_when_it_is_free(busy, hand):
    hand.plant(busy, InjectFault.Request.FAULT_BLOCK_ARM, value=3.0)
    busy.wait_for(busy.rests, "the arm at rest", 5.0)
    succeeds(busy)


def test_reflex_is_recovered_and_the_task_goes_on(busy, hand):
    hand.plant(busy, InjectFault.Request.FAULT_REFLEX)
    busy.wait_for(busy.rests, "the arm at rest", 5.0)
    succeeds(busy)


def test_lost_camera_stops_the_arm_until_it_returns(busy, hand):
    hand.plant(busy, InjectFault.Request.FAULT_CAMERA_DROP, "scene")
    busy.wait_for(busy.rests, "the arm at rest", 10.0)
    hand.plant(busy, InjectFault.Request.FAULT_CLEAR)
    succeeds(busy)


def test_camera_that_stays_lost_leads_to_a_question_and_its_code(busy, hand):
    hand.plant(busy, InjectFault.Request.FAULT_CAMERA_DROP, "scene")
    busy.wait_for(lambda: busy.state() == TaskState.ASKING, "a question", 120.0)
    assert busy.rests()
    hand.give_up(busy)
    busy.wait_for(lambda: busy.state() == TaskState.FAILED, "the end")
    assert busy.states[-1].error.code == ErrorCode.OBSERVATION_LOST


def test_emergency_stop_is_not_undone_by_an_instruction(busy, hand):
    assert hand.call(busy, SetBool, data=True).success
    busy.wait_for(lambda: busy.state() == TaskState.STOPPED and busy.rests(), "the stop")
    assert busy.states[-1].error.code == ErrorCode.STOPPED
    busy.instruct(SENTENCE)
    busy.wait_for(lambda: busy.states, "the answer")
    assert busy.states[-1].error.code == ErrorCode.STOPPED
    assert busy.rests()
    assert hand.call(busy, Trigger).success
    busy.wait_for(lambda: not busy.safety.estop_latched, "the reset")
    busy.instruct(SENTENCE)
    succeeds(busy)
