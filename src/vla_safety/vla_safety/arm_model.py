# SPDX-License-Identifier: Apache-2.0
"""From a robot description and a configuration to the arrays that the compiled kernels take. Built once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pinocchio

from vla_safety.config import CollisionConfig, JointConfig, SafetyConfig
from vla_safety.errors import ModelError
from vla_safety.kernels.arrays import ArmArrays, BoundArrays, ChainArrays, Floats, WorldArrays

URDF_TOLERANCE_RAD = 0.01  # sources of the FR3's position limits differ by up to 8 mrad


@dataclass(frozen=True, slots=True)
class ArmModel:
    """The arm, its limits and its surroundings as arrays."""

    chain: ChainArrays
    bounds: BoundArrays
    world: WorldArrays
    pair_names: tuple[tuple[str, str], ...]  # (P,), capsule and capsule or box

    @property
    def arrays(self) -> ArmArrays:
        """Return what the compiled kernels verify against."""
        return ArmArrays(self.chain, self.bounds, self.world)


def build_arm_model(config: SafetyConfig, urdf: str) -> ArmModel:
    """Return the arrays for ``config`` and the text of a robot description.

    Raises:
        ModelError: A joint or link is missing, the chain is not serial and revolute, or a limit of the configuration
            is wider than the description's.
    """
    try:
        whole = pinocchio.buildModelFromXML(urdf)
    except Exception as error:  # pinocchio raises several kinds for malformed text
        raise ModelError(f"the robot description cannot be read: {error}") from error
    naming = _Naming(config, {frame.name for frame in whole.frames})
    names = [naming.of(name) for name in config.joints.names]
    others = [k for k in range(1, whole.njoints) if whole.names[k] not in names]
    model = pinocchio.buildReducedModel(whole, others, pinocchio.neutral(whole))
    if list(model.names[1:]) != names or any(model.parents[k] != k - 1 for k in range(1, model.njoints)):
        raise ModelError(f"the joints {names} are not one serial chain in this order in the description")
    if not all(model.joints[k].shortname().startswith("JointModelR") for k in range(1, model.njoints)):
        raise ModelError(f"every joint of {names} must be revolute")
    _check_limits(config.joints, model)
    chain = _chain(config, model, naming)
    world, pair_names = _world(config.collision, model, naming, chain)
    return ArmModel(chain, _bounds(config, chain), world, pair_names)


class _Naming:
    """Names of the configuration as the description spells them."""

    def __init__(self, config: SafetyConfig, known: set[str]) -> None:
        self._config = config
        self._known = known

    def of(self, name: str) -> str:
        """Return ``name`` or its twin with the description's prefix."""
        twin = name.replace(f"{self._config.robot}_", f"{self._config.urdf_prefix}_", 1)
        for candidate in (name, twin):
            if candidate in self._known:
                return candidate
        raise ModelError(f"{name!r} is not in the robot description, which has {sorted(self._known)}")


def _check_limits(joints: JointConfig, model: pinocchio.Model) -> None:
    """Refuse limits that are wider than those of the description, which is another robot's or stale then."""
    if joints.names[0].split("_")[0] != model.names[1].split("_")[0]:
        return  # kinematics borrowed from a sister robot: its limits say nothing about this one
    for k, name in enumerate(joints.names):
        low, high = model.lowerPositionLimit[k], model.upperPositionLimit[k]
        if joints.lower_rad[k] < low - URDF_TOLERANCE_RAD or joints.upper_rad[k] > high + URDF_TOLERANCE_RAD:
            given = f"[{joints.lower_rad[k]}, {joints.upper_rad[k]}] rad"
            raise ModelError(f"{name}: {given} is wider than the description's [{low}, {high}]")
        if joints.velocity_rad_s[k] > model.velocityLimit[k] * 1.001:
            raise ModelError(
                f"{name}: {joints.velocity_rad_s[k]} rad/s exceeds the description's {model.velocityLimit[k]}"
            )


def _chain(config: SafetyConfig, model: pinocchio.Model, naming: _Naming) -> ChainArrays:
    joints = range(1, model.njoints)
    data = model.createData()
    axes = np.array([_axis(model, data, k) for k in joints])
    tool = model.frames[model.getFrameId(naming.of(config.tool.frame))]
    if _parent_joint(tool) != model.njoints - 1:
        raise ModelError(f"{config.tool.frame} must be fixed to the last joint")
    inertias = [model.inertias[k] for k in joints]
    return ChainArrays(
        rotation=np.array([model.jointPlacements[k].rotation for k in joints]),
        translation=np.array([model.jointPlacements[k].translation for k in joints]),
        axis=axes,
        mass=np.array([inertia.mass for inertia in inertias]),
        center=np.array([inertia.lever for inertia in inertias]),
        inertia=np.array([inertia.inertia for inertia in inertias]),
        tool_rotation=np.ascontiguousarray(tool.placement.rotation),
        tool_translation=np.array(tool.placement.translation),
        gravity=np.array(model.gravity.linear),
    )


def _parent_joint(frame: pinocchio.Frame) -> int:
    # pinocchio 2.7, the last for numpy 1.26, has it under its older name.
    return int(frame.parentJoint if hasattr(frame, "parentJoint") else frame.parent)


def _axis(model: pinocchio.Model, data: pinocchio.Data, joint: int) -> Floats:
    """Return the unit axis of a revolute joint in its own frame."""
    pinocchio.computeJointJacobians(model, data, np.zeros(model.nq))
    jacobian = pinocchio.getJointJacobian(model, data, joint, pinocchio.ReferenceFrame.LOCAL)
    return np.array(jacobian[3:, joint - 1])


def _bounds(config: SafetyConfig, chain: ChainArrays) -> BoundArrays:
    joints, tool = config.joints, config.tool
    envelope = np.full((5, len(joints.names)), np.nan)
    if config.envelope is not None:
        given = config.envelope
        envelope[0], envelope[1] = given.offset_rad_s, 2.0 * np.array(given.deceleration_rad_s2)
        envelope[2], envelope[3], envelope[4] = given.upper_rad, given.lower_rad, given.tolerance_rad_s
    cone = tool.cone
    limits = np.array([tool.speed_m_s, tool.angular_speed_rad_s, -1.0, np.pi, 0.0, 0.0, 1.0, 0.0])
    if cone is not None:
        limits[2:] = [np.cos(cone.angle_rad), cone.angle_rad, *cone.tool_axis, 1.0]
    return BoundArrays(
        position_lower=np.array(joints.lower_rad) + joints.margin_rad,
        position_upper=np.array(joints.upper_rad) - joints.margin_rad,
        velocity=np.array(joints.velocity_rad_s) * joints.velocity_share,
        acceleration=np.array(joints.acceleration_rad_s2) * joints.acceleration_share,
        jerk=np.array(joints.jerk_rad_s3) * joints.jerk_share,
        torque=np.array(joints.torque_n_m) * joints.torque_share,
        envelope=envelope,
        tool=limits,
        cone_axis=np.array(cone.base_axis if cone else (0.0, 0.0, 1.0), dtype=float),
        workspace=np.array([tool.workspace_lower_m, tool.workspace_upper_m]),
        reach=_reach(chain, len(joints.names) - 1, float(np.linalg.norm(chain.tool_translation))),
    )


def _reach(chain: ChainArrays, joint: int, extent_m: float) -> Floats:
    """Return for each joint a bound of the distance from its axis to points within ``extent_m`` of frame ``joint``."""
    out = np.zeros(len(chain.axis))
    reach = extent_m
    for k in range(joint, -1, -1):
        out[k] = reach
        reach += float(np.linalg.norm(chain.translation[k]))
    return out


def _world(
    collision: CollisionConfig, model: pinocchio.Model, naming: _Naming, chain: ChainArrays
) -> tuple[WorldArrays, tuple[tuple[str, str], ...]]:
    count = len(collision.capsules)
    joint, start, end = np.zeros(count, dtype=np.int64), np.zeros((count, 3)), np.zeros((count, 3))
    for k, capsule in enumerate(collision.capsules):
        frame = model.frames[model.getFrameId(naming.of(capsule.link))]
        joint[k] = _parent_joint(frame) - 1
        start[k] = frame.placement.act(np.array(capsule.start_m))
        end[k] = frame.placement.act(np.array(capsule.end_m))
    radius = np.array([capsule.radius_m for capsule in collision.capsules])
    extent = np.maximum(np.linalg.norm(start, axis=1), np.linalg.norm(end, axis=1)) + radius
    reach = np.array([_reach(chain, int(joint[k]), float(extent[k])) for k in range(count)])
    names = [capsule.name for capsule in collision.capsules]
    ignored = {frozenset(pair) for pair in collision.ignored_pairs}
    pairs, margins, levers, labels = [], [], [], []
    for a, b in combinations(range(count), 2):
        if joint[a] == joint[b] or {names[a], names[b]} in ignored:
            continue
        far, near = (a, b) if joint[a] > joint[b] else (b, a)
        pairs.append((a, b))
        margins.append(collision.margin_m(names[a], names[b]))
        levers.append(np.where(np.arange(len(chain.axis)) > joint[near], reach[far], 0.0))
        labels.append((names[a], names[b]))
    for index, box in enumerate(collision.boxes):
        for a in range(count):
            if names[a] not in box.ignores and joint[a] >= 0:
                pairs.append((a, -1 - index))
                margins.append(box.margin_m)
                levers.append(reach[a])
                labels.append((names[a], box.name))
    corners = np.array([(box.lower_m, box.upper_m) for box in collision.boxes]).reshape(-1, 2, 3)
    world = WorldArrays(
        capsule_joint=joint,
        capsule_start=start,
        capsule_end=end,
        capsule_radius=radius,
        capsule_ball=radius + 0.5 * np.linalg.norm(end - start, axis=1),
        pair=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        pair_margin=np.array(margins),
        pair_reach=np.array(levers).reshape(-1, len(chain.axis)),
        box_center=corners.mean(axis=1),
        box_half=np.ascontiguousarray(0.5 * (corners[:, 1] - corners[:, 0])),
    )
    return world, tuple(labels)
