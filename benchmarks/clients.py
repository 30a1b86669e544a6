# SPDX-License-Identifier: Apache-2.0
"""What the client of a policy server costs over the bare round trip, for two cameras of 224 x 224.

"Bare" is a raw TCP exchange of as many bytes; "client" the same exchange through the client, with a WebSocket stub
that answers as quickly as the bare peer. They take turns, so that a busy machine slows both. Where
VLA_ROS_OPENPI_PYTHON names an interpreter with ``openpi-client``, that package asks the same stub, in turns, too.
"served" is the client with the suite's own server, whose work counts as well.
"""

import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.clients_support.servers import ANSWER, bare_peer, receive_exactly, stub_server, suite_server
from vla_ros.policy.remote import Link, PolicyClient, endpoint_of
from vla_ros.policy.remote.codecs import openpi_msgpack
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.policy.remote.protocols.protocol import Session
from vla_ros.policy.remote.transports.transport import Message

ROUNDS, QUICK_ROUNDS, WARM_UP, BLOCKS = 4000, 400, 20, 4
SECOND_NS = 1_000_000_000
OTHER_CLIENT = """
import json, sys, time
import numpy as np
from openpi_client.websocket_client_policy import WebsocketClientPolicy
client = WebsocketClientPolicy("127.0.0.1", int(sys.argv[1]))
image = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
payload = {"observation/exterior_image_1_left": image, "observation/wrist_image_left": image.copy(),
           "observation/joint_position": np.zeros(7, np.float32), "observation/gripper_position": np.zeros(1,
           np.float32), "prompt": "put the red cube in the left bin"}
times = []
for _ in range(int(sys.argv[2])):
    begun = time.perf_counter_ns()
    client.infer(payload)
    times.append(time.perf_counter_ns() - begun)
print(json.dumps(times))
"""


@dataclass(slots=True)
class Samples:
    """Durations [ns] of exchanges; ``_cpu``: processor time of the asking thread."""

    client: list[int] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)
    client_cpu: list[int] = field(default_factory=list)
    bare_cpu: list[int] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    openpi_client: list[int] = field(default_factory=list)
    served: list[int] = field(default_factory=list)
    own_work: list[int] = field(default_factory=list)

    def add(self, marks: list[tuple[int, int]]) -> None:
        """Add one round: marks of wall clock and processor time before, between and after."""
        (begin, begin_cpu), (middle, middle_cpu), (end, end_cpu) = marks
        self.client.append(middle - begin)
        self.bare.append(end - middle)
        self.client_cpu.append(middle_cpu - begin_cpu)
        self.bare_cpu.append(end_cpu - middle_cpu)


def payload() -> dict[str, object]:
    """Return the request of the DROID preset: two images, joints, gripper, sentence."""
    image = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    return {
        "observation/exterior_image_1_left": image,
        "observation/wrist_image_left": image.copy(),
        "observation/joint_position": np.zeros(7, np.float32),
        "observation/gripper_position": np.zeros(1, np.float32),
        "prompt": "put the red cube in the left bin",
    }


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 - the interface of benchmarks
    """Return the client's round trips beside the bare ones and those of openpi-client."""
    block = (QUICK_ROUNDS if quick else ROUNDS) // BLOCKS
    sizes = (len(openpi_msgpack.pack(payload())), len(openpi_msgpack.pack(ANSWER)))
    samples = Samples(own_work=_own_work(block))
    with bare_peer(*sizes) as bare_port, stub_server() as port, suite_server() as suite_port:
        for _ in range(BLOCKS):
            _add_interleaved(samples, port, bare_port, sizes, block)
            samples.alone += _exchanges(port, block)  # like openpi-client, with nothing between two requests
            samples.openpi_client += _exchanges_of_openpi_client(port, block)
            samples.served += _exchanges(suite_port, block)
    return figures(samples)


def figures(samples: Samples) -> dict[str, float]:
    """Return the figures [ms] of durations [ns]: overhead is a percentile less the bare one."""
    found = {}
    for name, percentile in (("p50", 50), ("p99", 99)):
        of = {key: _percentile(getattr(samples, key), percentile) for key in Samples.__slots__ if getattr(samples, key)}
        found |= {f"{key}_{name}_ms": value for key, value in of.items() if not key.endswith("_cpu")}
        found[f"overhead_{name}_ms"] = of["client"] - of["bare"]
        found[f"overhead_cpu_{name}_ms"] = of["client_cpu"] - of["bare_cpu"]
    if samples.openpi_client:
        found["openpi_client_overhead_p50_ms"] = found["openpi_client_p50_ms"] - found["bare_p50_ms"]
        found["ratio_p50"] = found["openpi_client_p50_ms"] / found["alone_p50_ms"]
    return found


def _add_interleaved(samples: Samples, port: int, bare_port: int, sizes: tuple[int, int], rounds: int) -> None:
    """Add the client's and the bare exchanges, taken in turns."""
    client, request, observation = _client(port), bytes(sizes[0]), payload()
    with socket.create_connection(("127.0.0.1", bare_port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for count in range(rounds + WARM_UP):
            marks = [(time.perf_counter_ns(), time.thread_time_ns())]
            client.infer(observation, time.monotonic_ns() + 30 * SECOND_NS)
            marks.append((time.perf_counter_ns(), time.thread_time_ns()))
            line.sendall(request)
            receive_exactly(line, sizes[1])
            marks.append((time.perf_counter_ns(), time.thread_time_ns()))
            if count >= WARM_UP:
                samples.add(marks)
    client.close()


def _exchanges(port: int, rounds: int) -> list[int]:
    """Return durations [ns] of the client's exchanges alone."""
    client, observation, times = _client(port), payload(), []
    for _ in range(rounds + WARM_UP):
        begun_ns = time.perf_counter_ns()
        client.infer(observation, time.monotonic_ns() + 30 * SECOND_NS)
        times.append(time.perf_counter_ns() - begun_ns)
    client.close()
    return times[WARM_UP:]


def _exchanges_of_openpi_client(port: int, rounds: int) -> list[int]:
    """Return durations [ns] of openpi-client's exchanges; empty where it is not there."""
    python = os.environ.get("VLA_ROS_OPENPI_PYTHON", "")
    if not python:
        return []
    command = [python, "-c", OTHER_CLIENT, str(port), str(rounds + WARM_UP)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return list(json.loads(done.stdout))[WARM_UP:]


def _own_work(rounds: int) -> list[int]:
    """Return durations [ns] of packing, checking and decoding, without any socket."""
    protocol, observation, session = PROTOCOLS["openpi"].make(), payload(), Session("s")
    answer, times = Message(openpi_msgpack.pack(ANSWER)), []
    for _ in range(rounds):
        begun_ns = time.perf_counter_ns()
        protocol.request(observation, session)
        protocol.reply(answer)
        times.append(time.perf_counter_ns() - begun_ns)
    return times


def _client(port: int) -> PolicyClient:
    protocol = PROTOCOLS["openpi"].make()
    return PolicyClient(protocol, Link(endpoint_of(f"ws://127.0.0.1:{port}", protocol.schemes)))


def _percentile(values: list[int], percentile: float) -> float:
    return float(np.percentile(values, percentile)) / 1e6
