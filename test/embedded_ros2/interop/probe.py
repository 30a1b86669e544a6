# SPDX-License-Identifier: Apache-2.0
"""The asking side of the interop test: a program for any rclpy that prints what it saw of ``peer`` as JSON."""

import json
import sys
import threading
import time

from action_msgs.msg import GoalStatus
from example_interfaces.action import Fibonacci
from example_interfaces.srv import AddTwoInts
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Log
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import String

import rclpy
from rclpy.action import ActionClient
from rclpy.executors import MultiThreadedExecutor
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.time import Time
from tf2_ros import Buffer, TransformListener

DEADLINE_S = 30.0
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def wait(condition):
    """Return the condition's value once it is true; end the program when it does not become so."""
    end = time.monotonic() + DEADLINE_S
    while not (value := condition()):
        if time.monotonic() > end:
            sys.exit(f"waited in vain in line {sys._getframe(1).f_lineno}")
        time.sleep(0.01)
    return value


def result(future):
    """Return the result of a future that another thread completes."""
    wait(future.done)
    return future.result()


def first(node, type_, name, qos):
    """Return the first message of a topic."""
    got = []
    subscription = node.create_subscription(type_, name, got.append, qos)
    message = wait(lambda: got)[0]
    node.destroy_subscription(subscription)
    return message


def topics(node):
    """Ask for one message each of a latched, a best effort and a large topic, and for an echo."""
    image = first(node, Image, "image", 1)
    heard, logs = [], []
    everything = QoSProfile(history=HistoryPolicy.KEEP_ALL)
    node.create_subscription(String, "echo", lambda message: heard.append(message.data), everything)
    node.create_subscription(Log, "/rosout", lambda log: logs.append([log.name, log.level, log.msg]), 100)
    say = node.create_publisher(String, "say", 10)
    wait(lambda: say.get_subscription_count() and node.count_publishers("/interop/echo"))
    wait(lambda: say.publish(String(data="hello ö")) or heard)
    wait(lambda: [log for log in logs if "heard" in log[2]])
    return {
        "latched": first(node, String, "latched", LATCHED).data,
        "joints": list(first(node, JointState, "joints", qos_profile_sensor_data).position),
        "image": bytes(image.data) == bytes(range(256)) * 3600,
        "echo": heard[0],
        "rosout": next(log for log in logs if "heard" in log[2]),
    }


def service(node):
    """Call a service."""
    client = node.create_client(AddTwoInts, "add")
    wait(client.service_is_ready)
    return {"sum": result(client.call_async(AddTwoInts.Request(a=2**40, b=-1))).sum}


def action(node):
    """Have goals succeed, be rejected and be cancelled."""
    client = ActionClient(node, Fibonacci, "count")
    wait(client.server_is_ready)
    feedback = []
    goal = result(client.send_goal_async(Fibonacci.Goal(order=5), lambda message: feedback.append(message)))
    done = result(goal.get_result_async())
    rejected = result(client.send_goal_async(Fibonacci.Goal(order=-1)))
    endless = result(client.send_goal_async(Fibonacci.Goal(order=10_000)))
    cancelled = result(endless.cancel_goal_async())
    return {
        "feedback": bool(feedback) and list(feedback[0].feedback.sequence) == [0, 1, 1],
        "result": [done.status == GoalStatus.STATUS_SUCCEEDED, list(done.result.sequence)],
        "rejected": not rejected.accepted,
        "canceling": len(cancelled.goals_canceling),
        "cancelled": result(endless.get_result_async()).status == GoalStatus.STATUS_CANCELED,
    }


def parameters(node):
    """List, read and set parameters; be refused."""
    client = AsyncParameterClient(node, "/interop/peer")
    wait(client.services_are_ready)
    wanted = [Parameter("gain", value=0.75), Parameter("gain", value=7.0), Parameter("fixed", value=2)]
    return {
        "set": [answer.successful for answer in result(client.set_parameters(wanted)).results],
        "names": sorted(result(client.list_parameters([], 0)).result.names),
        "values": [
            parameter_value_to_python(value) for value in result(client.get_parameters(["gain", "arm.joints"])).values
        ],
        "read_only": result(client.describe_parameters(["fixed"])).descriptors[0].read_only,
    }


def lifecycle(node):
    """Configure and activate."""
    change, get = (
        node.create_client(type_, f"managed/{name}")
        for type_, name in ((ChangeState, "change_state"), (GetState, "get_state"))
    )
    wait(lambda: change.service_is_ready() and get.service_is_ready())
    states = []
    for number in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        result(change.call_async(ChangeState.Request(transition=Transition(id=number))))
        states.append(result(get.call_async(GetState.Request())).current_state.label)
    return {"states": states}


def graph(node):
    """Look at the peer's node, its endpoints and their hashes."""
    wait(lambda: ("peer", "/interop") in node.get_node_names_and_namespaces())
    info = wait(lambda: node.get_publishers_info_by_topic("/interop/joints"))[0]
    return {
        "endpoint": [info.node_name, info.node_namespace, info.topic_type, str(info.topic_type_hash)],
        "qos": [info.qos_profile.reliability.name, info.qos_profile.durability.name],
        "services": sorted(
            name for name, _ in node.get_service_names_and_types_by_node("peer", "/interop") if "_action" not in name
        ),
        "topics": sorted(name for name, _ in node.get_publisher_names_and_types_by_node("peer", "/interop")),
    }


def transforms(node):
    """Look a static transform up."""
    buffer = Buffer(node=node)
    listener = TransformListener(buffer, node)
    wait(lambda: buffer.can_transform("base", "tool", Time()))
    x = buffer.lookup_transform("base", "tool", Time()).transform.translation.x
    listener.unregister()
    return {"x": x}


def main():
    """Print the answers of all parts."""
    rclpy.init()
    node = rclpy.create_node("probe", namespace="/interop", parameter_overrides=[Parameter("use_sim_time", value=True)])
    executor = MultiThreadedExecutor(num_threads=4)
    executor.add_node(node)
    threading.Thread(target=executor.spin, daemon=True).start()
    parts = (topics, service, action, parameters, lifecycle, graph, transforms)
    answers = {part.__name__: part(node) for part in parts}
    answers["sim_time"] = wait(lambda: node.get_clock().now().nanoseconds // 10**9)
    print(json.dumps(answers), flush=True)  # noqa: T201 (read by the test)
    executor.shutdown()
    rclpy.shutdown()


main()
