# SPDX-License-Identifier: Apache-2.0
"""The same tool task in pink and mink: inverse kinematics with limits and collision pairs, no stop behind it."""

from __future__ import annotations

from collections.abc import Callable

import mink
import mujoco
import numpy as np
import pink
import pinocchio
from pink.barriers import SelfCollisionBarrier
from pink.limits import AccelerationLimit, ConfigurationLimit, VelocityLimit
from pink.tasks import FrameTask, PostureTask

from benchmarks.safety_support.loop import HOME
from benchmarks.safety_support.oracle import Oracle
from vla_safety import SafetyConfig

Step = Callable[[np.ndarray, np.ndarray], None]
PAIRS = 20  # that pink's barrier watches: the nearest of all


def pink_geometry(config: SafetyConfig, model: pinocchio.Model) -> pinocchio.GeometryModel:
    """Return capsules and their pairs as pinocchio's geometry."""
    import coal

    geometry = pinocchio.GeometryModel()
    ids = {}
    for capsule in config.collision.capsules:
        frame = model.frames[model.getFrameId(capsule.link)]
        start, end = np.array(capsule.start_m), np.array(capsule.end_m)
        along = (end - start) / np.linalg.norm(end - start)
        turn = pinocchio.Quaternion.FromTwoVectors(np.array([0.0, 0.0, 1.0]), along).toRotationMatrix()
        place = frame.placement * pinocchio.SE3(turn, 0.5 * (start + end))
        shape = coal.Capsule(capsule.radius_m, float(np.linalg.norm(end - start)))
        item = pinocchio.GeometryObject(capsule.name, frame.parentJoint, place, shape)
        ids[capsule.name] = geometry.addGeometryObject(item)
    ignored = {frozenset(pair) for pair in config.collision.ignored_pairs}
    names = list(ids)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            if frozenset((one, other)) not in ignored:
                geometry.addCollisionPair(pinocchio.CollisionPair(ids[one], ids[other]))
    return geometry


def pink_step(config: SafetyConfig, urdf: str) -> Step:
    """Return a function that takes one step of the task in pink: velocity, acceleration, position limits, barrier."""
    whole = pinocchio.buildModelFromXML(urdf)
    model = pinocchio.buildReducedModel(whole, [8, 9], pinocchio.neutral(whole))
    geometry = pink_geometry(config, model)
    configuration = pink.Configuration(
        model,
        model.createData(),
        HOME.copy(),
        collision_model=geometry,
        collision_data=pinocchio.GeometryData(geometry),
    )
    task = FrameTask(config.tool.frame, position_cost=1.0, orientation_cost=1.0)
    posture = PostureTask(cost=1e-3)
    posture.set_target(HOME)
    limits = [
        ConfigurationLimit(model),
        VelocityLimit(model),
        AccelerationLimit(model, np.array(config.joints.acceleration_rad_s2)),
    ]
    count = min(PAIRS, len(geometry.collisionPairs))
    barrier = SelfCollisionBarrier(count, gain=20.0, safe_displacement_gain=1.0, d_min=config.collision.self_margin_m)
    dt = config.period_ns * 1e-9

    def step(rotation: np.ndarray, point: np.ndarray) -> None:
        task.set_target(pinocchio.SE3(rotation, point))
        velocity = pink.solve_ik(
            configuration, [task, posture], dt, solver="daqp", limits=limits, barriers=[barrier], safety_break=False
        )
        limits[2].set_last_integration(velocity, dt)
        configuration.integrate_inplace(velocity, dt)

    return step


def mink_step(config: SafetyConfig, urdf: str) -> Step:
    """Return a function that takes one step of the task in mink: velocity and position limits, collision avoidance."""
    model = Oracle.make(config, urdf).model
    configuration = mink.Configuration(model)
    start = np.zeros(model.nq)
    start[:7] = HOME
    configuration.update(start)
    task = mink.FrameTask("tool", "site", position_cost=1.0, orientation_cost=1.0)
    posture = mink.PostureTask(model, cost=1e-3)
    posture.set_target(start)
    ignored = {frozenset(pair) for pair in config.collision.ignored_pairs}
    names = [capsule.name for capsule in config.collision.capsules]
    pairs = [
        ([one], [other])
        for k, one in enumerate(names)
        for other in names[k + 1 :]
        if frozenset((one, other)) not in ignored
    ]
    pairs += [([name], [box.name]) for box in config.collision.boxes for name in names if name not in box.ignores]
    speed = dict(zip((f"panda_joint{k}" for k in range(1, 8)), config.joints.velocity_rad_s, strict=True))
    limits = [
        mink.ConfigurationLimit(model),
        mink.VelocityLimit(model, {name: np.array([value]) for name, value in speed.items()}),
        mink.CollisionAvoidanceLimit(model, pairs, minimum_distance_from_collisions=config.collision.self_margin_m),
    ]
    dt = config.period_ns * 1e-9

    def step(rotation: np.ndarray, point: np.ndarray) -> None:
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rotation, point
        task.set_target(mink.SE3.from_matrix(matrix))
        velocity = mink.solve_ik(configuration, [task, posture], dt, solver="daqp", limits=limits)
        configuration.integrate_inplace(velocity, dt)

    return step


def mujoco_version() -> str:
    """Return the version that mink runs on."""
    return str(mujoco.__version__)
