# SPDX-License-Identifier: Apache-2.0
"""A launched graph and an observer of it. Judges by the simulation's ground truth. No test, no figure."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, String
from vla_msgs.msg import GroundTruth, SafetyState, TaskState
from vla_msgs.srv import ResetScene

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import qos_profile_sensor_data
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos

MARK = "VLA_END_TO_END"  # in the environment of everything that is started
AT_REST_RAD_S = 0.01
BIN_HALF_M = 0.09


class Launch:
    """A running ``ros2 launch`` whose processes can be found again, whoever started them."""

    def __init__(self, *arguments: str, folder: Path, file: str = "franka.launch.py") -> None:
        self._token = uuid.uuid4().hex
        self._log = folder / "launch.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["ros2", "launch", "vla_bringup", file, f"output:={folder}", *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, MARK: self._token, "PYTHONUNBUFFERED": "1"},
                cwd=folder,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """Return what it printed so far."""
        return self._log.read_text(errors="replace")

    def wait(self, timeout_s: float) -> int:
        """Return its exit code."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the launch did not end within {timeout_s:g} s:\n{self.output[-4000:]}") from None

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self.wait(40.0)

    def close(self) -> None:
        """End it by force where it still runs."""
        if self._process.poll() is None:
            self.interrupt()
        for process_id in self.process_ids():
            os.kill(process_id, signal.SIGKILL)

    def process_ids(self, program: str = "") -> list[int]:
        """Return the processes that came out of this launch, those of one program where it is named."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and self._is_mine(folder, program):
                found.append(int(folder.name))
        return found

    def cpu_s(self) -> float:
        """Return the processor time of everything that it started and that still runs [s]."""
        total = 0.0
        for process_id in self.process_ids():
            with contextlib.suppress(OSError):  # gone meanwhile
                fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return total

    def memory_mb(self) -> float:
        """Return the memory of everything that it started [MB]; what processes share is counted once (Pss)."""
        total = 0
        for process_id in self.process_ids():
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total * 1024 / 1e6

    def _is_mine(self, folder: Path, program: str) -> bool:
        try:
            environment = (folder / "environ").read_bytes()
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:  # gone, or not ours
            return False
        named = not program or any(word.endswith(f"/{program}".encode()) for word in words)
        return f"{MARK}={self._token}".encode() in environment.split(b"\0") and named


class Observer:
    """Sees what the graph of a namespace publishes, from a process that has no part in it."""

    def __init__(self, namespace: str = "") -> None:
        self._context = Context()
        rclpy.init(context=self._context, args=[])
        self._node = rclpy.create_node("observer", namespace=namespace, context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self.ready = False
        self.speed_rad_s = 0.0
        self.position_rad = np.zeros(7)  # measured
        self.truth: GroundTruth | None = None
        self.states: list[TaskState] = []
        self.safety: SafetyState | None = None
        self._subscribe()
        self._instruct = self._node.create_publisher(
            String, interface("instruction").name, interface_qos("instruction")
        )
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop observing."""
        self._executor.shutdown()
        self._thread.join()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def wait_for(self, condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> float:
        """Wait until a condition holds; return how long it took [s]."""
        begin = time.monotonic()
        while not condition():
            assert time.monotonic() - begin < timeout_s, f"not within {timeout_s:g} s: {what}"
            time.sleep(0.01)
        return time.monotonic() - begin

    def wait_until(self, condition: Callable[[], object], timeout_s: float) -> bool:
        """Wait until a condition holds; return whether it came to hold in time."""
        end = time.monotonic() + timeout_s
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)
        return bool(condition())

    def instruct(self, text: str) -> None:
        """Publish an instruction; states of earlier tasks are forgotten."""
        self.wait_for(lambda: self._instruct.get_subscription_count() > 0, "an executor that listens")
        self.states.clear()
        self._instruct.publish(String(data=text))

    def reset_scene(self, seed: int) -> None:
        """Put the simulation back to the start of a scene, once safety sends nothing: the arm is put elsewhere."""
        self.wait_for(self.holds, "safety holds the arm at rest")
        answer = self.call(ResetScene, "sim/reset_scene", seed=seed)
        assert answer.success, answer.message

    def state(self) -> int:
        """Return the state of the newest task."""
        return self.states[-1].state if self.states else TaskState.IDLE

    def moves(self) -> bool:
        """Whether the arm moves well beyond noise."""
        return self.speed_rad_s > 10.0 * AT_REST_RAD_S

    def rests(self) -> bool:
        """Whether the arm is at rest."""
        return self.speed_rad_s < AT_REST_RAD_S

    def holds(self) -> bool:
        """Whether the arm is at rest and safety has nothing more to send."""
        grade = SafetyState.INACTIVE if self.safety is None else self.safety.grade
        return self.rests() and grade in (SafetyState.HOLDING, SafetyState.ESTOPPED)

    def is_inside(self, name: str, bin_name: str, below_m: float = 0.06) -> bool:
        """Whether an object lies in a bin, with its middle below that height, and nobody holds it."""
        poses = {item.name: item.pose.position for item in self.truth.objects} if self.truth else {}
        if name not in poses or self.truth is None or self.truth.grasped:
            return False
        offset = np.array([poses[name].x - poses[bin_name].x, poses[name].y - poses[bin_name].y])
        return bool(np.abs(offset).max() < BIN_HALF_M) and poses[name].z < below_m

    def call(self, kind: Any, name: str, **request: Any) -> Any:
        """Call a service and return its answer."""
        client = self._node.create_client(kind, name)
        self.wait_for(client.service_is_ready, f"the service {name}")
        future = client.call_async(kind.Request(**request))
        self.wait_for(future.done, f"the answer of {name}")
        self._node.destroy_client(client)
        return future.result()

    def listen(self, kind: Any, topic: str, callback: Callable[[Any], None], **options: Any) -> None:
        """Subscribe for good; without options as to a sensor."""
        self._node.create_subscription(kind, topic, callback, **{"qos_profile": qos_profile_sensor_data, **options})

    def _subscribe(self) -> None:
        node, state, safety = self._node, interface("task_state"), interface("safety_state")
        ready = interface("ready")
        self.listen(JointState, "joint_states", self._on_joints)
        node.create_subscription(
            GroundTruth, "sim/ground_truth", partial(setattr, self, "truth"), qos_profile_sensor_data
        )
        node.create_subscription(TaskState, state.name, self.states.append, interface_qos(state.key))
        node.create_subscription(SafetyState, safety.name, partial(setattr, self, "safety"), interface_qos(safety.key))
        keep = partial(setattr, self, "ready")
        node.create_subscription(Bool, ready.name, lambda message: keep(message.data), interface_qos(ready.key))

    def _on_joints(self, message: JointState) -> None:
        self.position_rad = np.asarray(message.position)[:7]
        self.speed_rad_s = float(np.abs(np.asarray(message.velocity)[:7]).max())
