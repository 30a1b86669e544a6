# SPDX-License-Identifier: Apache-2.0
"""What the client of a policy server costs over the bare round trip, for two cameras of 224 x 224.

The server answers at once. "Bare" is a raw TCP exchange of as many bytes with an echo of as many as the answer has, in
the same process pair and interleaved with the client's exchanges, so that a busy machine slows both. Where
VLA_ROS_OPENPI_PYTHON names an interpreter with ``openpi-client``, that package asks the same server beside it.
"""

import contextlib
import json
import multiprocessing
import os
import socket
import subprocess
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import numpy as np

from vla_ros.policy.remote import Link, PolicyClient, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving import ServingConfig, serving

ROUNDS, QUICK_ROUNDS, WARM_UP, BLOCKS = 3000, 300, 20, 4
SECOND_NS = 1_000_000_000
ANSWER = {"actions": np.zeros((15, 8), np.float32)}
OTHER_CLIENT = """
import json, sys, time
import numpy as np
from openpi_client.websocket_client_policy import WebsocketClientPolicy
client = WebsocketClientPolicy("127.0.0.1", int(sys.argv[1]))
image = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
payload = {"observation/exterior_image_1_left": image, "observation/wrist_image_left": image,
           "observation/joint_position": np.zeros(7, np.float32), "observation/gripper_position": np.zeros(1,
           np.float32), "prompt": "put the red cube in the left bin"}
times = []
for _ in range(int(sys.argv[2])):
    begun = time.perf_counter_ns()
    client.infer(payload)
    times.append(time.perf_counter_ns() - begun)
print(json.dumps(times))
"""


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


@dataclass(slots=True)
class Samples:
    """Durations and processor times [ns] of the client's and of the bare exchanges."""

    ours: list[int] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)
    ours_cpu: list[int] = field(default_factory=list)
    bare_cpu: list[int] = field(default_factory=list)

    def add(self, marks: list[tuple[int, int]]) -> None:
        """Add one round: marks of wall clock and processor time before, between and after."""
        (begin, begin_cpu), (middle, middle_cpu), (end, end_cpu) = marks
        self.ours.append(middle - begin)
        self.bare.append(end - middle)
        self.ours_cpu.append(middle_cpu - begin_cpu)
        self.bare_cpu.append(end_cpu - middle_cpu)


def _serve(pipe: Connection) -> None:
    """Serve the policy until the pipe says so; in a process of its own."""
    with serving(lambda observation: ANSWER, ServingConfig(port=0)) as port:
        pipe.send(port)
        pipe.recv()


def _echo(pipe: Connection, request_bytes: int, answer_bytes: int) -> None:
    """Answer bytes with bytes; in a process of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    pipe.send(listener.getsockname()[1])
    with contextlib.suppress(OSError):
        peer, _ = listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while _receive(peer, request_bytes):
            peer.sendall(bytes(answer_bytes))


def _receive(peer: socket.socket, size: int) -> bool:
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        count = peer.recv_into(view)
        if not count:
            return False
        view = view[count:]
    return True


def _measure(port: int, bare_port: int, sizes: tuple[int, int], rounds: int) -> Samples:
    """Return the durations of the client's and of the bare exchanges, taken in turns, and their processor times."""
    protocol = PROTOCOLS["openpi"].make()
    client = PolicyClient(protocol, Link(endpoint_of(f"ws://127.0.0.1:{port}", protocol.schemes)))
    request, observation = bytes(sizes[0]), payload()
    samples = Samples()
    with socket.create_connection(("127.0.0.1", bare_port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(rounds + WARM_UP):
            marks = [(time.perf_counter_ns(), time.thread_time_ns())]
            client.infer(observation, time.monotonic_ns() + 30 * SECOND_NS)
            marks.append((time.perf_counter_ns(), time.thread_time_ns()))
            line.sendall(request)
            _receive(line, sizes[1])
            marks.append((time.perf_counter_ns(), time.thread_time_ns()))
            samples.add(marks)
    client.close()
    return samples


def _plain(port: int, rounds: int) -> list[int]:
    """Return durations [ns] of the client's exchanges alone."""
    protocol = PROTOCOLS["openpi"].make()
    client = PolicyClient(protocol, Link(endpoint_of(f"ws://127.0.0.1:{port}", protocol.schemes)))
    observation, times = payload(), []
    for _ in range(rounds + WARM_UP):
        begun_ns = time.perf_counter_ns()
        client.infer(observation, time.monotonic_ns() + 30 * SECOND_NS)
        times.append(time.perf_counter_ns() - begun_ns)
    client.close()
    return times[WARM_UP:]


def _own_work(rounds: int) -> list[int]:
    """Return durations [ns] of what the client itself does: packing, checking and decoding, without any socket."""
    from vla_ros.policy.remote.protocols.protocol import Session
    from vla_ros.policy.remote.transports.transport import Message
    from vla_ros.serving.fake.answers import actions_frame
    from vla_ros.serving.fake.behaviour import FakeConfig

    protocol, observation, session = PROTOCOLS["openpi"].make(), payload(), Session("s")
    answer = Message(actions_frame("openpi", ANSWER["actions"], FakeConfig()))
    times = []
    for _ in range(rounds):
        begun_ns = time.perf_counter_ns()
        protocol.request(observation, session)
        protocol.reply(answer)
        times.append(time.perf_counter_ns() - begun_ns)
    return times


def _others(port: int, rounds: int) -> list[int]:
    """Return durations [ns] of openpi-client's exchanges; empty where it is not there."""
    python = os.environ.get("VLA_ROS_OPENPI_PYTHON", "")
    if not python:
        return []
    command = [python, "-c", OTHER_CLIENT, str(port), str(rounds + WARM_UP)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return list(json.loads(done.stdout))[WARM_UP:]


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 - the interface of benchmarks
    """Return the client's round trips beside the bare ones and those of openpi-client."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    from vla_ros.policy.remote.codecs import openpi_msgpack

    sizes = (len(openpi_msgpack.pack(payload())), len(openpi_msgpack.pack(ANSWER)))
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    bare = context.Process(target=_echo, args=(there, *sizes), daemon=True)
    bare.start()
    bare_port = here.recv()
    others, block = [], rounds // BLOCKS
    samples = _measure(port, bare_port, sizes, rounds)
    plain: list[int] = []
    for _ in range(BLOCKS):  # in turns with openpi-client, and like it without anything between two requests
        plain += _plain(port, block)
        others += _others(port, block)
    here.send("end")
    server.join(10.0)
    return figures(samples, plain, others, _own_work(rounds))


def figures(samples: Samples, plain: list[int], others: list[int], own: list[int]) -> dict[str, float]:
    """Return the figures [ms] of durations [ns]: overhead is the client's percentile less the bare one."""
    found = {}
    for name, percentile in (("p50", 50), ("p99", 99)):
        values = (samples.ours, samples.bare, samples.ours_cpu, samples.bare_cpu, own, plain, others)
        ours, bare, ours_cpu, bare_cpu, work, alone, other = (_percentile(column, percentile) for column in values)
        found |= {f"client_{name}_ms": ours, f"bare_{name}_ms": bare, f"overhead_{name}_ms": ours - bare}
        found |= {f"overhead_cpu_{name}_ms": ours_cpu - bare_cpu, f"own_work_{name}_ms": work}
        if others:
            found |= {f"client_beside_{name}_ms": alone, f"openpi_client_{name}_ms": other}
    if others:
        found["ratio_p50"] = found["openpi_client_p50_ms"] / found["client_beside_p50_ms"]
    return found


def _percentile(values: list[int], percentile: float) -> float:
    return float(np.percentile(values, percentile)) / 1e6 if values else 0.0
