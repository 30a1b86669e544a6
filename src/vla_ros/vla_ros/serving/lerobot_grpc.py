# SPDX-License-Identifier: Apache-2.0
"""LeRobot's gRPC service from the client's side, with deadlines; its pickles may ask for four names and no others."""

from __future__ import annotations

import importlib
import io
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError

if TYPE_CHECKING:
    from vla_ros.serving.lerobot_bridge import BridgeConfig

__all__ = ["GrpcServer", "permitted_load"]

# What an answer is made of: a list of these objects with tensors in them. Names are module and attribute.
PERMITTED = {
    ("lerobot.async_inference.helpers", "TimedAction"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("collections", "OrderedDict"),
}
STORAGE = ("torch.storage", "_load_from_bytes")


class GrpcServer:
    """See :class:`vla_ros.serving.lerobot_bridge.PolicyServer`."""

    def __init__(self, config: BridgeConfig) -> None:
        """Prepare; it connects at the first call.

        Raises:
            PolicyError: this environment has no LeRobot with gRPC.
        """
        try:
            grpc = importlib.import_module("grpc")  # by name: a type checker of the suite's environment knows no grpc
            from lerobot.transport import services_pb2, services_pb2_grpc
        except ImportError as error:
            raise PolicyError(f"LeRobot's gRPC client cannot be used from this environment: {error}") from error
        self._config, self._messages, self._rpc_error = config, services_pb2, grpc.RpcError
        self._stub = services_pb2_grpc.AsyncInferenceStub(grpc.insecure_channel(config.endpoint.authority))

    def set_up(self, features: Mapping[str, Any]) -> None:
        """See :class:`PolicyServer`."""
        from lerobot.async_inference.helpers import RemotePolicyConfig

        config = self._config
        wanted = RemotePolicyConfig(config.policy_type, config.checkpoint, dict(features), config.rows, config.device)
        self.forget()
        setup = self._messages.PolicySetup(data=pickle.dumps(wanted))
        self._call("load the checkpoint", self._stub.SendPolicyInstructions, setup, config.load_timeout_s)

    def forget(self) -> None:
        """See :class:`PolicyServer`."""
        self._call("answer", self._stub.Ready, self._messages.Empty(), self._config.timeout_s)

    def ask(self, step: int, observation: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        """See :class:`PolicyServer`."""
        from lerobot.async_inference.helpers import TimedObservation
        from lerobot.transport.utils import send_bytes_in_chunks

        until_s = time.monotonic() + self._config.timeout_s
        # must_go: their filter would drop what differs by less than 1 in joint units, which is all of it in radians.
        sent = TimedObservation(timestamp=time.time(), timestep=step, observation=dict(observation), must_go=True)
        pieces = send_bytes_in_chunks(pickle.dumps(sent), self._messages.Observation)
        self._call("take the observation", self._stub.SendObservations, pieces, self._config.timeout_s)
        while True:
            left_s = until_s - time.monotonic()
            answer = self._call("give actions", self._stub.GetActions, self._messages.Empty(), max(left_s, 1e-3))
            if not answer.data:  # nothing queued any more: its inference failed
                raise PolicyError("LeRobot's server gave no actions for the observation; its log says why")
            actions = permitted_load(answer.data)
            if actions and actions[0].get_timestep() == step:  # else: of an earlier question that took too long
                return _rows(actions)

    def _call(self, what: str, method: Callable[..., Any], message: Any, timeout_s: float) -> Any:
        try:
            return method(message, timeout=timeout_s)
        except self._rpc_error as error:
            raise PolicyError(f"LeRobot's server at {self._config.endpoint} did not {what}: {error.code()}") from error


class _Permitted(pickle.Unpickler):
    """Finds nothing but what an answer is made of."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == STORAGE:
            return _storage
        if (module, name) not in PERMITTED:
            raise PolicyError(f"LeRobot's server sent a pickle that asks for {module}.{name}, which is not permitted")
        return super().find_class(module, name)


def permitted_load(data: bytes) -> Any:
    """Return the object of a pickle that needs the permitted names only.

    Raises:
        PolicyError: it needs another one, or is damaged.
    """
    try:
        return _Permitted(io.BytesIO(data)).load()
    except PolicyError:
        raise
    except Exception as error:  # a damaged pickle raises nearly anything
        raise PolicyError(f"LeRobot's server sent a damaged pickle ({type(error).__name__})") from error


def _storage(data: bytes) -> Any:
    """Return a tensor's storage; torch's own function for this would unpickle without limits."""
    import torch

    return torch.load(io.BytesIO(data), weights_only=True)


def _rows(actions: Sequence[Any]) -> npt.NDArray[np.float32]:
    return np.stack([np.asarray(action.get_action().float().cpu().numpy()) for action in actions])
