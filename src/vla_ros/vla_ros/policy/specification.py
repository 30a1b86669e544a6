# SPDX-License-Identifier: Apache-2.0
"""What a policy declares about itself: what it needs, what it gives, what it can be told. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vla_ros.errors import PolicyError
from vla_ros.types import ActionSpace

__all__ = ["Conditioning", "PolicySpecification"]

# A timeline joins rows of different observations; that needs rows that do not depend on where the arm was.
MERGEABLE = (ActionSpace.JOINT_POSITION, ActionSpace.JOINT_VELOCITY, ActionSpace.TOOL_POSE, ActionSpace.TOOL_TWIST)


class Conditioning(Enum):
    """What a model can be told about the actions that are already being executed."""

    NONE = "none"  # nothing
    GUIDED = "guided"  # guided by them through the model's vector-Jacobian product
    INPAINT = "inpaint"  # they overwrite the first rows while denoising
    TRAINED = "trained"  # the model was trained with a clean prefix of them
    FUTURE_STATE = "future state"  # the state on arrival replaces the observed one
    STREAMING = "streaming"  # its own buffer of rows, the noisier the later, goes on from one inference to the next


@dataclass(frozen=True, slots=True)
class PolicySpecification:
    """Declaration of a policy.

    Attributes:
        policy_id: Name under which its chunks are published.
        image_keys: Images that it looks at.
        state_names: State entries that it reads.
        rows: Rows ``T`` of a chunk.
        period_ns: Time between rows.
        first_row_ns: Due time of row 0 after the observation's stamp.
        space: Meaning of the rows that ``infer`` returns; absolute (see ``MERGEABLE``).
        names: ``(A,)`` columns.
        frame: Frame of tool actions; empty for joint actions.
        gripper: Whether an opening width comes with every row.
        history: Observations that it looks at, the newest included.
        text: Whether it follows a sentence.
        latent: Name of the latent space that it needs; empty: none.
        conditionings: What it can be told about running actions.
        largest_samples: Samples that it can draw at once.
    """

    policy_id: str
    rows: int
    period_ns: int
    space: ActionSpace
    names: tuple[str, ...]
    image_keys: tuple[str, ...] = ()
    state_names: tuple[str, ...] = ()
    first_row_ns: int = 0
    frame: str = ""
    gripper: bool = True
    history: int = 1
    text: bool = True
    latent: str = ""
    conditionings: frozenset[Conditioning] = frozenset({Conditioning.NONE})
    largest_samples: int = 1

    def __post_init__(self) -> None:
        for name in ("rows", "period_ns", "history", "largest_samples"):
            if getattr(self, name) < 1:
                raise PolicyError(f"{name} of the policy '{self.policy_id}' must be >= 1, got {getattr(self, name)}")
        if self.space not in MERGEABLE:
            known = ", ".join(space.name.lower() for space in MERGEABLE)
            raise PolicyError(
                f"the policy '{self.policy_id}' gives {self.space.name.lower()}; its transforms must give {known}"
            )
