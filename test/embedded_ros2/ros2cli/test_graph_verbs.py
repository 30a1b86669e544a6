# SPDX-License-Identifier: Apache-2.0
"""The verbs that look at the graph, each in a process of its own beside a node in another."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

NODE = """
import rclpy
from example_interfaces.action import Fibonacci
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.action import ActionServer
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import QoSProfile, DurabilityPolicy
from std_msgs.msg import String
from std_srvs.srv import Trigger

def answer(request, response):
    response.success, response.message = True, "went"
    return response

def execute(handle):
    feedback, result = Fibonacci.Feedback(), Fibonacci.Result()
    feedback.sequence = [0, 1]
    handle.publish_feedback(feedback)
    handle.succeed()
    result.sequence = [0, 1, 1]
    return result

rclpy.init()
node = LifecycleNode("worker")
node.declare_parameter("gain", 1.5, ParameterDescriptor(description="a gain"))
latched = node.create_publisher(String, "words", QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
latched.publish(String(data="hello"))
service = node.create_service(Trigger, "go", answer)
server = ActionServer(node, Fibonacci, "count", execute)
print("ready", flush=True)
rclpy.spin(node)
"""


@pytest.fixture(scope="module")
def worker() -> Iterator[None]:
    """A lifecycle node with a latched topic, a service, an action and a parameter."""
    process = subprocess.Popen([sys.executable, "-c", NODE], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    yield
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def ros2(worker) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ros2cli", *words]
        return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), check=False)

    return call


# The spin time is long because a loaded machine discovers slowly; verbs that name something end earlier.
SLOW = ("--spin-time", "2")
SHOWN = [
    (("node", "list", *SLOW), "/worker"),
    (("node", "info", "worker", *SLOW), "    /words: std_msgs/msg/String"),
    (("topic", "list", "-t", *SLOW), "/words [std_msgs/msg/String]"),
    (("topic", "info", "/words", *SLOW), "Type: std_msgs/msg/String"),
    (("topic", "info", "-v", "/words", *SLOW), "  Durability: TRANSIENT_LOCAL"),
    (("topic", "echo", "--once", "/words", *SLOW), "data: hello"),
    (("topic", "echo", "--once", "--field", "data", "/words", *SLOW), "hello"),
    (("topic", "echo", "--once", "--filter", "m.data == 'hello'", "/words", *SLOW), "data: hello"),
    (("topic", "echo", "--once", "--raw", "/words", *SLOW), r"b'\x00\x01\x00\x00\x06\x00\x00\x00hello\x00\x00\x00'"),
    (("service", "list", "-t", *SLOW), "/go [std_srvs/srv/Trigger]"),
    (("service", "call", "/go", "std_srvs/srv/Trigger"), "std_srvs.srv.Trigger_Response(success=True, message='went')"),
    (("action", "list", "-t", *SLOW), "/count [example_interfaces/action/Fibonacci]"),
    (("action", "info", "/count", *SLOW), "    /worker"),
    (("topic", "list", "-v", *SLOW), " * /words [std_msgs/msg/String] 1 publisher"),
    (("action", "send_goal", "-f", "/count", "example_interfaces/action/Fibonacci", "{order: 3}"),
     "Goal finished with status: SUCCEEDED"),
    (("param", "list", "worker", *SLOW), "  gain"),
    (("param", "get", "worker", "gain"), "Double value is: 1.5"),
    (("param", "describe", "worker", "gain"), "  Description: a gain"),
    (("lifecycle", "nodes", *SLOW), "/worker"),
    (("lifecycle", "get", "/worker"), "unconfigured [1]"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "line"), SHOWN, ids=[" ".join(words[:3]) for words, _ in SHOWN])
def test_a_verb_shows_what_is_on_the_graph(ros2, words, line):
    result = ros2(*words)
    assert line in result.stdout.splitlines(), result.stdout + result.stderr
    assert result.returncode == 0


BAD_INPUT = [
    (("topic", "echo", "/word"), "topic '/word' is not there"),
    (("topic", "echo", "--filter", "m.dat ==", "/words", *SLOW), "is not a Python expression"),
    (("topic", "echo", "--filter", "m.dat", "/words", *SLOW), "has no attribute 'dat'"),
    (("topic", "echo", "--raw", "--csv", "/words", *SLOW), "it goes without --field, --filter and --csv"),
    (("topic", "pub", "--once", "/x", "std_msgs/msg/Strin", "{}"), "nearest: String"),
    (("topic", "pub", "--once", "/x", "std_msgs/msg/String", "{dat: x}"), "nearest: data"),
    (("topic", "pub", "--once", "/x", "std_msgs/msg/String", "{data: ["), "is not valid YAML"),
    (("topic", "pub", "-r", "0", "/x", "std_msgs/msg/String"), "--rate must be > 0"),
    (("service", "call", "/go", "std_srvs/srv/Triger"), "nearest: Trigger"),
    (("node", "info", "workr", *SLOW), "node '/workr' not found (did you mean: /worker"),
    (("param", "get", "worker", "gian"), "has no parameter 'gian' (did you mean: gain?)"),
    (("param", "set", "worker", "gain", "text"), "Setting parameter failed"),
    (("lifecycle", "set", "worker", "configur"), "did you mean: configure?"),
]


@pytest.mark.parametrize(("words", "message"), BAD_INPUT, ids=[" ".join(words[:4]) for words, _ in BAD_INPUT])
def test_bad_input_gets_one_sentence_and_a_code(ros2, words, message):
    result = ros2(*words)
    assert result.returncode != 0
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_pub_reaches_echo(ros2):
    command = [sys.executable, "-m", "ros2cli", "topic", "echo", "--once", "/said", "std_msgs/msg/String"]
    listener = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    result = ros2("topic", "pub", "--once", "/said", "std_msgs/msg/String", "{data: hi}")
    assert "publishing #1: std_msgs.msg.String(data='hi')" in result.stdout.splitlines()
    assert listener.communicate()[0] == "data: hi\n---\n"


def test_an_interrupt_ends_a_verb_that_a_script_put_into_the_background(worker):
    ignored = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    program = f"{ignored}; from ros2cli.main import main; sys.exit(main())"
    command = [sys.executable, "-u", "-c", program, "topic", "echo", "/words"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "data: hello\n"
    process.send_signal(signal.SIGINT)
    assert (process.stderr.read(), process.wait()) == ("", signal.SIGINT)
    process.stdout.close()
    process.stderr.close()


def test_hz_waits_for_a_topic_that_is_not_there_yet(worker):
    command = [sys.executable, "-m", "ros2cli", "topic", "hz", "/later"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "WARNING: topic [/later] does not appear to be published yet\n"
    process.send_signal(signal.SIGINT)
    assert (process.stderr.read(), process.wait()) == ("", signal.SIGINT)
    process.stdout.close()
    process.stderr.close()
