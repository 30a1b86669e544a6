# SPDX-License-Identifier: Apache-2.0
"""Stands between the suite and LeRobot's asynchronous policy server, in LeRobot's environment and in its own process.

``python -m vla_ros.serving.lerobot_bridge TYPE CHECKPOINT``. That server speaks gRPC with pickled Python objects, which
the suite never reads: whoever can write them runs any code in the reader. The bridge reads them with a list of the four
names that an answer needs, and speaks the WebSocket protocol of every other server to the suite.

Requests have the keys of :mod:`vla_ros.serving.lerobot_worker`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError, PolicyError, VlaError
from vla_ros.policy.remote.endpoint import Endpoint, endpoint_of
from vla_ros.serving.lerobot_grpc import GrpcServer
from vla_ros.serving.own_environment import enter_lerobot_environment
from vla_ros.serving.server import ServingConfig, serve

__all__ = ["BridgeConfig", "BridgedPolicy", "PolicyServer", "main", "robot_observation"]

IMAGES, STATE, TASK = "observation.images.", "observation.state", "task"


@dataclass(frozen=True, slots=True)
class BridgeConfig:
    """Where LeRobot's server is and what it is to run.

    Attributes:
        endpoint: Its address.
        policy_type: LeRobot's name of the kind of policy (``act``, ``smolvla`` …).
        checkpoint: Folder, as the server sees it.
        rows: Longest chunk that is asked for.
        device: ``cpu`` or ``cuda``, on the server.
        timeout_s: Longest inference [s].
        load_timeout_s: Longest time to load the checkpoint [s].
    """

    endpoint: Endpoint
    policy_type: str
    checkpoint: str
    rows: int = 100
    device: str = "cpu"
    timeout_s: float = 10.0
    load_timeout_s: float = 300.0

    def __post_init__(self) -> None:
        if self.rows < 1 or not (self.timeout_s > 0.0 and self.load_timeout_s > 0.0):
            raise ConfigError("a bridge needs rows >= 1 and time-outs > 0")


class PolicyServer(Protocol):
    """LeRobot's server; a stand-in takes its place in tests."""

    def set_up(self, features: Mapping[str, Any]) -> None:
        """Make it load the checkpoint for observations of these features."""

    def forget(self) -> None:
        """Make it drop what it has queued."""

    def ask(self, step: int, observation: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        """Return the actions ``(T, A)`` for this observation and no other."""


class BridgedPolicy:
    """A policy of that server behind :func:`vla_ros.serving.serve`. The checkpoint is loaded at the first request."""

    def __init__(self, server: PolicyServer) -> None:
        """Talk to ``server``."""
        self._server = server
        self._features: Mapping[str, Any] = {}
        self._step = 0

    def __call__(self, observation: dict[str, Any]) -> dict[str, Any]:
        """Return the actions for an observation.

        Raises:
            PolicyError: the server does not answer, or the observation has other features than the first one.
        """
        features, values = robot_observation(observation)
        if not self._features:
            self._server.set_up(features)
            self._features = features
        if features != self._features:
            raise PolicyError(f"the request has {', '.join(features)}; the first one had {', '.join(self._features)}")
        self._step += 1
        return {"actions": self._server.ask(self._step, values)}

    def reset(self) -> None:
        """Begin a new run; what the policy itself remembers, that server cannot be told to forget."""
        if self._features:
            self._server.forget()


def robot_observation(observation: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return LeRobot's description of an observation, and the observation as a robot of LeRobot would give it.

    Raises:
        PolicyError: it has no state, or a key that LeRobot's server has no place for.
    """
    state = np.asarray(observation.get(STATE, ()), np.float32)
    if state.ndim != 1 or not state.size:
        raise PolicyError(f"the request lacks '{STATE}', a vector")
    strange = [key for key in observation if not key.startswith(IMAGES) and key not in (STATE, TASK, "seed")]
    if strange:
        raise PolicyError(f"LeRobot's server has no place for '{strange[0]}'")
    names = [f"state_{index}" for index in range(state.size)]
    features: dict[str, Any] = {STATE: {"dtype": "float32", "shape": state.shape, "names": names}}
    values: dict[str, Any] = dict(zip(names, state.tolist(), strict=True))
    for key in (key for key in observation if key.startswith(IMAGES)):
        pixels = np.array(observation[key])
        features[key] = {"dtype": "image", "shape": pixels.shape, "names": ["height", "width", "channels"]}
        values[key.removeprefix(IMAGES)] = pixels
    if TASK in observation:
        values[TASK] = observation[TASK]
    return features, values


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="lerobot_bridge", description="Let the suite use a policy of LeRobot's asynchronous policy server."
    )
    parser.add_argument("policy_type", metavar="TYPE", help="kind of policy: act, diffusion, smolvla, pi0 …")
    parser.add_argument("checkpoint", help="folder of the checkpoint, as LeRobot's server sees it")
    parser.add_argument("--server", default="127.0.0.1:8080", help="LeRobot's server (default: 127.0.0.1:8080)")
    parser.add_argument("--tunnel", action="store_true", help="that address, off this machine, is the end of a tunnel")
    parser.add_argument("--port", type=int, default=8000, help="TCP port for the suite (default: 8000)")
    parser.add_argument("--rows", type=int, default=100, help="longest chunk that is asked for (default: 100)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda, on LeRobot's server (default: cpu)")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="S", help="for an inference [s] (default: 10)")
    return parser.parse_args(words)


def main(args: Sequence[str] | None = None) -> int:
    """Serve until interrupted and return the exit code."""
    options = _parse(args)
    enter_lerobot_environment("vla_ros.serving.lerobot_bridge", args)
    try:
        endpoint = endpoint_of(f"tcp://{options.server}", ("tcp",), tunnel=options.tunnel)
        config = BridgeConfig(
            endpoint, options.policy_type, options.checkpoint, options.rows, options.device, options.timeout
        )
        serve(BridgedPolicy(GrpcServer(config)), ServingConfig(port=options.port))
    except VlaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
