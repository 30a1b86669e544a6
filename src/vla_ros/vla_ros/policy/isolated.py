# SPDX-License-Identifier: Apache-2.0
"""A policy in a process of its own: its Python never holds the interpreter that dispatches, and a hung one is replaced.

The child is started fresh (``spawn``) and loads the policy itself; observations and predictions travel over a pipe
between the two, to nobody else. A call that overruns its deadline by ``GRACE_S`` ends the child; the next call finds a
new one.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from vla_ros.contract import Contract
from vla_ros.errors import PolicyError, VlaError
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.interface import Policy, PolicyResources
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.registry import backend, load_policy
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import Observation

__all__ = ["IsolatedPolicy", "IsolatedSource"]

LOAD_S = 300.0  # to import a library, read weights and compile; longer means that it hangs
GRACE_S = 2.0  # after a deadline: a slow answer is still worth having, a hung back end is not
LONGEST_S = 3600.0  # a deadline further away is none; the system's wait would overflow
STOP_S = 2.0


@dataclass(frozen=True, slots=True)
class IsolatedSource:
    """What the child loads: as ``PolicyResources``, in values that travel."""

    backend: str
    checkpoint: Path | None
    contract: Contract
    device: str
    seed: int
    options: dict[str, Any]

    def load(self) -> Policy:
        """Load the policy; its clock is the monotonic one of the process.

        Raises:
            VlaError: it cannot be loaded.
        """
        checkpoint = None if self.checkpoint is None else open_checkpoint(self.checkpoint)
        resources = PolicyResources(self.contract, time.monotonic_ns, self.device, self.seed, self.options)
        return load_policy(backend(self.backend), checkpoint, resources)


class IsolatedPolicy:
    """See :class:`vla_ros.policy.interface.Policy`."""

    def __init__(self, source: IsolatedSource, now_ns: Callable[[], int]) -> None:
        """Start the child and wait until it has loaded the policy.

        Raises:
            VlaError: what the child's loading raised, or that it died.
        """
        self._source, self._now_ns = source, now_ns
        self._process: Any = None
        self._connection: Connection
        self.specification: PolicySpecification = self._start()

    def infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, deadline_ns: int
    ) -> Prediction:
        """Return the child's prediction.

        Raises:
            PolicyError: the child refuses, hangs or died; then a new one is started.
        """
        remaining_ns = deadline_ns - self._now_ns()
        timeout_s = min(max(0.0, remaining_ns / 1e9), LONGEST_S) + GRACE_S
        return self._call("infer", (observation, instruction, context, remaining_ns), timeout_s)

    def reset(self) -> None:
        """Reset the child's policy."""
        self._call("reset", (), LOAD_S)

    def warm_up(self) -> None:
        """Warm the child's policy up."""
        self._call("warm_up", (), LOAD_S)

    def close(self) -> None:
        """End the child."""
        if self._process is None:
            return
        self._connection.close()  # its receive ends, and with it the child
        self._process.join(STOP_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process = None

    def _start(self) -> PolicySpecification:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._source), name="policy", daemon=True)
        self._process.start()
        theirs.close()
        return self._answer("load", LOAD_S)

    def _call(self, method: str, arguments: tuple[Any, ...], timeout_s: float) -> Any:
        if self._process is None:
            self._start()
        with suppress(OSError):  # it died; the answer says how
            self._connection.send((method, arguments))
        return self._answer(method, timeout_s)

    def _answer(self, method: str, timeout_s: float) -> Any:
        try:
            if not self._connection.poll(timeout_s):
                raise PolicyError(f"the policy's process did not answer '{method}' within {timeout_s:.1f} s")
            result, error = self._connection.recv()
        except (EOFError, OSError) as gone:
            self._process.join(STOP_S)
            code = self._process.exitcode
            self.close()
            raise PolicyError(f"the policy's process died during '{method}' (exit code {code})") from gone
        except PolicyError:
            self._process.kill()
            self.close()
            raise
        if error is not None:
            if method == "load":
                self.close()
            raise error
        return result


def _serve(connection: Connection, source: IsolatedSource) -> None:
    """Load the policy, then answer calls until the other end is closed."""
    child = _Child(source)
    with suppress(EOFError, OSError):
        connection.send(child.answer("load", ()))
        while True:
            connection.send(child.answer(*connection.recv()))


class _Child:
    """The policy in its process."""

    def __init__(self, source: IsolatedSource) -> None:
        self._source = source
        self._policy: Policy

    def answer(self, method: str, arguments: tuple[Any, ...]) -> tuple[Any, VlaError | None]:
        """Return the result of a call, or what it raised."""
        try:
            return getattr(self, f"_{method}")(*arguments), None
        except VlaError as refusal:
            return None, type(refusal)(str(refusal))
        except Exception as defect:  # the other end decides what a defect means; it must not end the child silently
            return None, PolicyError(f"the policy raised {type(defect).__name__}: {defect}")

    def _load(self) -> PolicySpecification:
        self._policy = self._source.load()
        return self._policy.specification

    def _infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, remaining_ns: int
    ) -> Prediction:
        return self._policy.infer(observation, instruction, context, time.monotonic_ns() + remaining_ns)

    def _reset(self) -> None:
        self._policy.reset()

    def _warm_up(self) -> None:
        self._policy.warm_up()
