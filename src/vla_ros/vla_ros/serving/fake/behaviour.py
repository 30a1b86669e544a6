# SPDX-License-Identifier: Apache-2.0
"""What a fake server does with a request: actions, delay, and what goes wrong. No protocol, no socket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["BEHAVIOURS", "Answer", "Behaviour", "FakeConfig", "FakePolicy"]

Float32 = npt.NDArray[np.float32]

HOUR_S = 3600.0


class Behaviour(Enum):
    """Ways of a fake server."""

    CONSTANT = "constant"  # every number is the configured value
    SINE = "sine"  # a slow sine in every column
    REPLAY = "replay"  # chunks (N, T, A) of an .npy file, one after the other
    SLOW = "slow"  # the right answer after the delay, every time
    HANGING = "hanging"  # the request is taken and never answered
    DROPPING = "dropping"  # the connection is cut in the middle of the answer
    LATE = "late"  # the first answer comes after the delay, the others at once
    MALFORMED = "malformed"  # the right framing around random bytes
    HUGE = "huge"  # more bytes than any client should take
    NON_FINITE = "non_finite"  # the right shape, with a NaN in it
    WRONG_SHAPE = "wrong_shape"  # one column too many
    ERROR = "error"  # the protocol's own way to say that the policy failed


BEHAVIOURS = tuple(behaviour.value for behaviour in Behaviour)


class Damage(Enum):
    """What happens to an answer on its way."""

    NONE = "none"
    CUT = "cut"
    GARBAGE = "garbage"
    HUGE = "huge"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: actions ``(T, A)``, after how long, and what is done to them."""

    actions: Float32
    delay_s: float = 0.0
    damage: Damage = Damage.NONE


@dataclass(frozen=True, slots=True)
class FakeConfig:
    """A fake server.

    Attributes:
        behaviour: What it does.
        rows: ``T`` of an answer.
        columns: ``A`` of an answer.
        keys: Names and widths of the arrays that the columns are split into, for GR00T.
        value: Of every number of ``constant``; LATE answers the n-th request with ``n * value``.
        delay_s: Of ``slow`` and ``late`` [s].
        file: Of ``replay``.
        huge_bytes: Size of a huge answer.
        seed: Of the garbage.
    """

    behaviour: Behaviour = Behaviour.CONSTANT
    rows: int = 10
    columns: int = 8
    keys: tuple[tuple[str, int], ...] = ()
    value: float = 0.0
    delay_s: float = 1.0
    file: str = ""
    huge_bytes: int = (64 << 20) + 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1 or self.delay_s < 0.0:
            raise ConfigError("a fake server needs rows >= 1, columns >= 1 and delay_s >= 0")
        if self.behaviour is Behaviour.REPLAY and not self.file:
            raise ConfigError("the behaviour 'replay' needs a file of chunks (N, T, A)")

    @staticmethod
    def behaviour_named(name: str) -> Behaviour:
        """Return the behaviour called ``name``.

        Raises:
            ConfigError: there is none.
        """
        if name not in BEHAVIOURS:
            raise ConfigError(unknown_name("behaviour", name, BEHAVIOURS))
        return Behaviour(name)


class FakePolicy:
    """Answers requests one after the other; the n-th answer depends on n and the configuration alone."""

    def __init__(self, config: FakeConfig) -> None:
        """Prepare.

        Raises:
            ConfigError: the file of a replay cannot be read or holds something else.
        """
        self.config = config
        self.requests = 0
        self.resets = 0
        self._chunks = _chunks(config) if config.behaviour is Behaviour.REPLAY else None

    def answer(self) -> Answer:
        """Return what the next request gets."""
        self.requests += 1
        config, behaviour = self.config, self.config.behaviour
        damage = _DAMAGES.get(behaviour, Damage.NONE)
        delay_s = 0.0
        if behaviour is Behaviour.HANGING:
            delay_s = HOUR_S
        elif behaviour is Behaviour.SLOW or (behaviour is Behaviour.LATE and self.requests == 1):
            delay_s = config.delay_s
        return Answer(self._actions(), delay_s, damage)

    def reset(self) -> None:
        """Count a reset."""
        self.resets += 1

    def garbage(self) -> bytes:
        """Return random bytes, others for every request."""
        return np.random.default_rng((self.config.seed, self.requests)).bytes(256)

    def _actions(self) -> Float32:
        config, behaviour = self.config, self.config.behaviour
        shape = (config.rows, config.columns + (behaviour is Behaviour.WRONG_SHAPE))
        if self._chunks is not None:
            return self._chunks[(self.requests - 1) % len(self._chunks)]
        if behaviour is Behaviour.SINE:
            steps = np.arange(config.rows)[:, None] + (self.requests - 1) * config.rows
            return np.broadcast_to(0.1 * np.sin(0.05 * steps), shape).astype(np.float32)
        factor = self.requests if behaviour is Behaviour.LATE else 1
        actions = np.full(shape, config.value * factor, np.float32)
        if behaviour is Behaviour.NON_FINITE:
            actions[-1, 0] = np.nan
        return actions


_DAMAGES = {
    Behaviour.DROPPING: Damage.CUT,
    Behaviour.MALFORMED: Damage.GARBAGE,
    Behaviour.HUGE: Damage.HUGE,
    Behaviour.ERROR: Damage.ERROR,
}


def _chunks(config: FakeConfig) -> Float32:
    try:
        chunks = np.load(Path(config.file), allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"the chunks cannot be read from {config.file}: {error}") from error
    if chunks.ndim != 3 or not len(chunks) or chunks.dtype.kind not in "fiu":
        raise ConfigError(f"{config.file} holds {chunks.dtype} {chunks.shape}, expected numbers (N, T, A)")
    return np.asarray(chunks, np.float32)
