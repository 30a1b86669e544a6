# SPDX-License-Identifier: Apache-2.0
"""The safety filter: one step in, one verified motion that ends at rest out. No ROS, no clock, no threads.

Invariant: the filter always holds a verified stop and accepts a new step only with a verified stop behind it; otherwise
it executes the one that it holds. Whatever fails (reference, search, verification), the held one is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_safety.acceptance import LastAccepted, order_refusal, refusal, start_refusal
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_safety.config import Bending, SafetyConfig
from vla_safety.errors import SafetyError
from vla_safety.follower import (
    AT_REST,
    LEAST_SCALE,
    Advance,
    Followed,
    advance,
    distance_to,
    follow,
    is_on,
    nearest_time,
    pace_along,
)
from vla_safety.gripper import width_at
from vla_safety.held_stop import HeldStop
from vla_safety.kernels.advance import stop_now
from vla_safety.kernels.arrays import Floats, knot_room
from vla_safety.latch import Latch
from vla_safety.limits import bending_limits
from vla_safety.projection import RowBender
from vla_safety.recovery import is_back, relaxed
from vla_safety.reference_sampler import ReferenceSampler, SampledReference
from vla_safety.rotations import DegenerateRotationError
from vla_safety.types import Grade, Limit, Reference, RobotState, SafetyOutput, SafetyReport

UNCHANGED_RAD = 1e-6  # a command within it of the reference is the reference
ROOM_KNOTS = 64  # of step and stop: at most 26 on a path, 22 off it


@dataclass(slots=True)
class _Following:
    """What the filter follows; the newest reference waits in ``pending`` until a join to it is verified."""

    current: Followed | None = None
    pending: SampledReference | None = None
    taken: Reference | None = None  # the object last looked at: a reference is examined once
    refused: str = ""


def _grade(followed: Followed, result: Advance, end_ns: int) -> tuple[Grade, str]:
    """Return how the end of a step, at ``end_ns``, compares with what the reference asks for then."""
    if followed.sampled.bent:
        return Grade.PROJECTED, "bent"
    off = float(np.max(np.abs(followed.sampled.position(end_ns) - result.held.states[1, 0])))
    if off <= UNCHANGED_RAD:
        return Grade.UNCHANGED, ""
    if result.scalar[0] < followed.meets_at:
        return Grade.PROJECTED, "joining"
    return Grade.SLOWED, "late"


def _scalar(held: HeldStop, sampled: SampledReference, now_ns: int) -> Floats:
    """Return path time, s and ds/dt now; for an arm off its path, those of the reference's own time."""
    if held.on_path:
        return held.path_scalar(now_ns)
    return np.array([sampled.seconds(now_ns), 1.0, 0.0])


class SafetyFilter:
    """Turns references into verified trajectories, one control period at a time.

    One instance belongs to one thread. ``now_ns`` is the time at which the returned motion takes effect, from one
    steady clock; it need not be on a grid, and a missed tick means only that the stop was executed for so long.
    """

    def __init__(self, config: SafetyConfig, model: ArmModel) -> None:
        self.config = config
        self.model = model
        self._limits = model  # what holds once the arm is inside; `model` is wider while it is not
        self.latch = Latch()
        bender = RowBender(model, bending_limits(config)) if config.bending is not Bending.NONE else None
        self._sampler = ReferenceSampler(model, config.tool, bender)
        self._dt = config.period_ns * 1e-9
        self._knots = knot_room(ROOM_KNOTS, len(config.joints.names))
        self._held: HeldStop | None = None
        self._before: tuple[HeldStop, ArmModel] | None = None  # held, and by which limits, before the latest step
        self._following = _Following()
        self._last: dict[str, LastAccepted] = {}

    @classmethod
    def from_config(cls, config: SafetyConfig, urdf: str) -> SafetyFilter:
        """Return a filter for ``config`` and the text of a robot description.

        Raises:
            ModelError: They do not fit together.
        """
        return cls(config, build_arm_model(config, urdf))

    @property
    def held(self) -> HeldStop:
        """Return the motion that is being executed.

        Raises:
            SafetyError: `reset` was never called.
        """
        if self._held is None:
            raise SafetyError("the filter has no state yet: call reset first")
        return self._held

    @property
    def followed(self) -> Reference | None:
        """Return the reference that the arm is on, or on its way to; None: it rests, or comes to rest."""
        current = self._following.current
        return current.sampled.reference if current is not None else None

    @property
    def is_recovering(self) -> bool:
        """Return whether the arm started outside its limits and is not back yet."""
        return self.model is not self._limits

    def reset(self, now_ns: int, state: RobotState) -> None:
        """Begin at rest at the measured position; references, epochs and latch are kept or cleared by their owners.

        Raises:
            SafetyError: The state is not finite, the arm moves, or it is too far outside its limits.
        """
        if not (np.isfinite(state.q).all() and np.isfinite(state.v).all()):
            raise SafetyError(f"the measured state is not finite: q {state.q}, v {state.v}")
        if np.abs(state.v).max() > self.config.tracking.max_rest_speed_rad_s:
            raise SafetyError(f"the arm moves at {np.abs(state.v).max():.3f} rad/s: a reset needs it at rest")
        position = np.array(state.q, dtype=np.float64)
        self.model = relaxed(self._limits, position)
        self._before = None
        self._held = HeldStop.at_rest(now_ns, position)
        self._following = _Following()

    def step(self, now_ns: int, state: RobotState, reference: Reference | None) -> SafetyOutput:
        """Return the motion from ``now_ns`` on.

        Args:
            now_ns: When it takes effect.
            state: Newest measurement.
            reference: Newest reference of the source that holds the lease; the same object until there is a newer one.
                None: come to rest.
        """
        held = self.held
        self._before = held, self.model
        if now_ns < held.stamp_ns:
            return self._output(held.stamp_ns, Grade.BRAKING, Limit.NONE, "clock_went_back")
        command = held.command(now_ns)
        trouble = self.latch.watch(self.config.tracking, now_ns, state, command[0])
        if self.latch.is_latched:
            return self._stop(now_ns, command)
        if trouble:
            return self._keep(now_ns, command, trouble, Limit.NONE)
        if reference is None:
            self._following = _Following()
            return self._keep(now_ns, command, "no_reference", Limit.NONE)
        if reference is not self._following.taken:
            self._take(now_ns, reference, command)
        return self._follow(now_ns, command)

    def discard(self) -> None:
        """Take the latest step back, because its motion was not sent in time: what was held before goes on."""
        if self._before is not None:
            self._held, self.model = self._before
            self._before = None

    def _take(self, now_ns: int, reference: Reference, command: Floats) -> None:
        """Examine a new reference; it becomes pending, or the reason why not is kept."""
        following = self._following
        following.taken = reference
        why = refusal(reference, now_ns, command.shape[1], self.config.tracking.max_reference_rows)
        why = why or order_refusal(reference, self._last.get(reference.source))
        if not why:
            try:
                sampled = self._sampler.sample(reference, now_ns, command[0])
                why = start_refusal(sampled, now_ns, command[0], self.config.tracking.max_start_distance_rad)
            except DegenerateRotationError as error:
                why = f"rotation: {error}"
        following.refused = why
        if not why:
            following.pending = sampled
            self._last[reference.source] = LastAccepted(reference.epoch, reference.chunk_id, reference.stamp_ns)

    def _follow(self, now_ns: int, command: Floats) -> SafetyOutput:
        following = self._following
        if following.pending is not None:
            followed, result = self._join(now_ns, command, following.pending)
            if isinstance(result, Advance):
                following.pending, following.refused = None, ""
                return self._accept(now_ns, followed, result)
            # Braked, not led on along what is no longer asked: from a lower speed a join is sooner found.
            following.refused = f"no_verified_join: {Limit(result).name.lower()}"
            return self._keep(now_ns, command, following.refused, Limit(result))
        if following.current is None:
            return self._keep(now_ns, command, following.refused or "no_reference", Limit.NONE)
        scalar = _scalar(self.held, following.current.sampled, now_ns)
        on_path = self.held.on_path and is_on(following.current.path, scalar, command[0], self._dt)
        if on_path and scalar[0] >= following.current.path.time[-1] and np.abs(command[1:]).max() < AT_REST:
            return self._keep(now_ns, command, "end_of_reference", Limit.NONE)
        if on_path:
            followed = following.current
            result = advance(self.model, followed.path, (now_ns, scalar, command), self._dt, self._knots)
        else:
            followed, result = self._join(now_ns, command, following.current.sampled)
        if isinstance(result, Advance):
            return self._accept(now_ns, followed, result)
        return self._keep(now_ns, command, Limit(result).name.lower(), Limit(result))

    def _join(self, now_ns: int, command: Floats, sampled: SampledReference) -> tuple[Followed, Advance | int]:
        """Return a path from the command to ``sampled`` with its first verified step, or what forbids that."""
        time, current = sampled.seconds(now_ns), self._following.current
        paces = []
        if current is not None and self.held.on_path:
            old = self.held.path_scalar(now_ns)
            late = current.sampled.seconds(now_ns) - old[0]
            earliest = max(time - late, float(sampled.path.time[0]))
            if late > AT_REST and earliest < time:
                nearest = nearest_time(sampled.path, earliest, time, command[0])
                if distance_to(sampled.path, nearest, command[0]) <= self.config.tracking.on_path_tolerance_rad:
                    time = nearest
            if LEAST_SCALE <= old[1] < 1.0:
                paces.append((float(old[1]), float(old[2])))
        own = pace_along(sampled.path, time, command)
        for carefully, (scale, change) in ((False, own), *((False, pace) for pace in paces), (True, own)):
            scalar = np.array([time, scale, change])
            followed, begin = follow(sampled, self.model, command, scalar, carefully=carefully)
            result = advance(self.model, followed.path, (now_ns, begin, command), self._dt, self._knots)
            if isinstance(result, Advance):
                break
        return followed, result

    def _accept(self, now_ns: int, followed: Followed, result: Advance) -> SafetyOutput:
        """Hold a verified step and its stop."""
        self._held = result.held
        self._following.current = followed
        if self.is_recovering and is_back(self._limits, result.held.knots(), len(result.held.times)):
            self.model = self._limits
        limit = Limit(result.blocked_by)
        grade, reason = Grade.RECOVERING, "outside_limits"
        if not self.is_recovering:
            grade, reason = _grade(followed, result, now_ns + self.config.period_ns)
        if limit is not Limit.NONE:
            reason = limit.name.lower()
        return self._output(now_ns, grade, limit, reason, scale=float(result.scalar[1]))

    def _keep(self, now_ns: int, command: Floats, reason: str, limit: Limit) -> SafetyOutput:
        """Execute the held motion."""
        resting = np.abs(command[1:]).max() < AT_REST and now_ns >= self.held.end_ns - self.config.period_ns
        if resting and now_ns >= self.held.end_ns:
            self._held = self.held.rested(now_ns)
        return self._output(now_ns, Grade.HOLDING if resting else Grade.BRAKING, limit, reason, scale=0.0)

    def _stop(self, now_ns: int, command: Floats) -> SafetyOutput:
        """Come to rest as fast as is verified, once; then stay."""
        held = self.held
        if np.abs(command[1:]).max() > AT_REST and held.on_path:
            count, _ = stop_now(self.model.arrays, command, self._knots)
            if count and now_ns + self._knots.time[count - 1] * 1e9 < held.end_ns:
                self._held = HeldStop.from_knots(now_ns, self._knots, count, np.zeros(3), on_path=False)
        self._following = _Following()
        return self._output(now_ns, Grade.ESTOPPED, Limit.NONE, self.latch.reason, scale=0.0)

    def _output(self, now_ns: int, grade: Grade, limit: Limit, reason: str, *, scale: float = 0.0) -> SafetyOutput:
        following, current, held = self._following, self.followed, self.held
        lag = 0
        if following.current is not None and held.on_path:
            late = following.current.sampled.seconds(now_ns) - held.path_scalar(now_ns)[0]
            lag = max(round(late * 1e9), 0)
        report = SafetyReport(
            grade=grade,
            active_limit=limit,
            reason=reason,
            scale=scale,
            stop_duration_ns=max(held.end_ns - now_ns - self.config.period_ns, 0),
            stop_distance_rad=held.stop_distance_rad(),
            lag_ns=lag,
            source=current.source if current else "",
            chunk_id=current.chunk_id if current else -1,
            epoch=current.epoch if current else -1,
            refused=following.refused,
        )
        width_m = width_at(current, now_ns) if current and not self.latch.is_latched else None
        asked = following.current.sampled.position(now_ns) if following.current else None
        return SafetyOutput(held.trajectory(now_ns, width_m), report, asked)
