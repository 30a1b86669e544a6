# SPDX-License-Identifier: Apache-2.0
"""The embedded runtime beside a real ROS 2, in both directions.

``VLA_ROS2_SETUP`` names the real one's setup script, e.g. ``/opt/ros/jazzy/setup.bash``; it needs rmw_cyclonedds_cpp.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SETUP_VARIABLE = "VLA_ROS2_SETUP"
HERE = Path(__file__).parent
SERVICES_OF_A_NODE = (
    "describe_parameters",
    "get_parameter_types",
    "get_parameters",
    "get_type_description",
    "list_parameters",
    "set_parameters",
    "set_parameters_atomically",
)
# The hash that a rosidl build of Jazzy gives sensor_msgs/msg/JointState.
JOINT_STATE_HASH = "RIHS01_a13ee3a330e346c9d87b5aa18d24e11690752bd33a0350f11c5882bc9179260e"

pytestmark = pytest.mark.skipif(
    SETUP_VARIABLE not in os.environ or "ROS_DISTRO" in os.environ,
    reason=f"{SETUP_VARIABLE} names no setup script of a real ROS 2 beside the embedded one",
)


def start(program: str, *, real: bool) -> subprocess.Popen[str]:
    """Start a program of this folder under the real or the embedded runtime."""
    path = str(HERE / f"{program}.py")
    environment = {**os.environ, "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    command = [sys.executable, "-u", path]
    if real:
        keep = ("HOME", "ROS_DOMAIN_ID", "ROS_AUTOMATIC_DISCOVERY_RANGE")
        environment = {key: environment[key] for key in keep if key in environment}
        environment |= {"PATH": "/usr/local/bin:/usr/bin:/bin", "RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}
        script = f"source {shlex.quote(os.environ[SETUP_VARIABLE])} && exec python3 -u {shlex.quote(path)}"
        command = ["bash", "-c", script]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def peer() -> Iterator[Callable[..., None]]:
    """Return a function that starts the serving side; it is ended by an interrupt and must end without a word."""
    started = []

    def serve(*, real: bool) -> None:
        process = start("peer", real=real)
        started.append(process)
        assert process.stdout.readline() == "ready\n", process.stderr.read()

    yield serve
    for process in started:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert "Traceback" not in errors


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("peer_is_real", "probe_is_real"),
    [(True, True), (True, False), (False, True), (False, False)],
    ids=["real-real", "real-embedded", "embedded-real", "embedded-embedded"],
)
def test_all_that_a_node_offers_is_there_for_the_other(peer, peer_is_real, probe_is_real):
    peer(real=peer_is_real)
    probe = start("probe", real=probe_is_real)
    output, errors = probe.communicate(timeout=150)
    assert output, errors
    answers = json.loads(output.splitlines()[-1])
    services = {f"/interop/peer/{name}" for name in SERVICES_OF_A_NODE} | {"/interop/add"}
    assert set(answers["graph"].pop("services")) == services
    assert answers == {
        "topics": {
            "latched": "kept",
            "joints": [0.5, -1e-9],
            "image": True,
            "echo": "hello ö",
            "rosout": ["interop.peer", 30, "heard hello ö"],
        },
        "service": {"sum": 2**40 - 1},
        "action": {
            "feedback": True,
            "result": [True, [0, 1, 1, 2, 3, 5]],
            "rejected": True,
            "canceling": 1,
            "cancelled": True,
        },
        "parameters": {
            "set": [True, False, False],
            "names": ["arm.joints", "fixed", "gain", "start_type_description_service", "use_sim_time"],
            "values": [0.75, ["a", "b"]],
            "read_only": True,
        },
        "lifecycle": {"states": ["inactive", "active"]},
        "graph": {
            "endpoint": ["peer", "/interop", "sensor_msgs/msg/JointState", JOINT_STATE_HASH],
            "qos": ["BEST_EFFORT", "VOLATILE"],
            "topics": [
                *("/clock", "/interop/count/_action/feedback", "/interop/count/_action/status", "/interop/echo"),
                *("/interop/image", "/interop/joints", "/interop/latched", "/parameter_events", "/rosout"),
                "/tf_static",
            ],
        },
        "transforms": {"x": 0.25},
        "sim_time": 1234,
    }
