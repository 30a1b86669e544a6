# SPDX-License-Identifier: Apache-2.0
"""Two processes: a server in one, a client in the other, and the end by a signal."""

import signal
import subprocess
import sys

import pytest
from example_interfaces.srv import AddTwoInts
from std_msgs.msg import String

SERVER = """
import signal

import rclpy
from example_interfaces.srv import AddTwoInts
from rclpy.executors import ExternalShutdownException
from std_msgs.msg import String

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what is in its background without it
rclpy.init()
node = rclpy.create_node("server")
publisher = node.create_publisher(String, "chatter", 10)
node.create_timer(0.01, lambda: publisher.publish(String(data="hello")))


def add(request, response):
    response.sum = request.a + request.b
    return response


node.create_service(AddTwoInts, "add", add)
try:
    rclpy.spin(node)
except KeyboardInterrupt:
    print("interrupted")
except ExternalShutdownException:
    print("terminated")
else:  # the signal came between two rounds
    print("terminated")
"""


@pytest.fixture
def server():
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize(("number", "word"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_another_process_is_heard_called_and_ended(ros, server, number, word):
    node, got = ros.node(), []
    node.create_subscription(String, "chatter", got.append, 10)
    client = node.create_client(AddTwoInts, "add")
    assert client.wait_for_service(timeout_sec=60)
    future = client.call_async(AddTwoInts.Request(a=20, b=3))
    ros.spin_until(lambda: future.done() and got)
    assert (future.result().sum, got[0].data) == (23, "hello")
    assert node.wait_for_node("/server", 20)
    server.send_signal(number)
    output, _ = server.communicate(timeout=60)
    assert output.strip() == word
    ros.spin_until(lambda: "server" not in node.get_node_names())
    ros.spin_until(lambda: not client.service_is_ready())
