# SPDX-License-Identifier: Apache-2.0
"""The transforms of geometry messages. Each takes a message and a ``TransformStamped`` and returns a new message."""

from __future__ import annotations

from typing import Any

import numpy as np
from geometry_msgs.msg import (
    Point32,
    PointStamped,
    PolygonStamped,
    Pose,
    PoseStamped,
    PoseWithCovarianceStamped,
    TransformStamped,
    Vector3Stamped,
    WrenchStamped,
)

from tf2_py.rigid import RigidTransform, compose, rotate
from tf2_ros.buffer_interface import TransformRegistration


def _rigid(transform: TransformStamped) -> RigidTransform:
    t, r = transform.transform.translation, transform.transform.rotation
    return RigidTransform((t.x, t.y, t.z), (r.x, r.y, r.z, r.w))


def _moved(rigid: RigidTransform, point: Any) -> tuple[float, float, float]:
    x, y, z = rotate(rigid.rotation, (point.x, point.y, point.z))
    dx, dy, dz = rigid.translation
    return x + dx, y + dy, z + dz


def do_transform_point(point: PointStamped, transform: TransformStamped) -> PointStamped:
    """Return a point in the transform's target frame."""
    result = PointStamped(header=transform.header)
    result.point.x, result.point.y, result.point.z = _moved(_rigid(transform), point.point)
    return result


def do_transform_vector3(vector3: Vector3Stamped, transform: TransformStamped) -> Vector3Stamped:
    """Return a free vector in the transform's target frame: rotated, not moved."""
    result = Vector3Stamped(header=transform.header)
    vector = vector3.vector
    result.vector.x, result.vector.y, result.vector.z = rotate(
        _rigid(transform).rotation, (vector.x, vector.y, vector.z)
    )
    return result


def do_transform_pose(pose: Pose, transform: TransformStamped) -> Pose:
    """Return a pose in the transform's target frame."""
    p, q = pose.position, pose.orientation
    moved = compose(_rigid(transform), RigidTransform((p.x, p.y, p.z), (q.x, q.y, q.z, q.w)))
    result = Pose()
    result.position.x, result.position.y, result.position.z = moved.translation
    result.orientation.x, result.orientation.y, result.orientation.z, result.orientation.w = moved.rotation
    return result


def do_transform_pose_stamped(pose: PoseStamped, transform: TransformStamped) -> PoseStamped:
    """Return a stamped pose in the transform's target frame."""
    return PoseStamped(header=transform.header, pose=do_transform_pose(pose.pose, transform))


def do_transform_pose_with_covariance_stamped(
    pose: PoseWithCovarianceStamped, transform: TransformStamped
) -> PoseWithCovarianceStamped:
    """Return a pose with covariance ``C`` in the target frame: ``blkdiag(R, R) C blkdiag(R, R)ᵀ``."""
    rotation = _rigid(transform).rotation
    columns = [rotate(rotation, axis) for axis in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))]
    adjoint = np.kron(np.eye(2), np.array(columns).T)
    covariance = np.asarray(pose.pose.covariance, dtype=float).reshape(6, 6)
    result = PoseWithCovarianceStamped(header=transform.header)
    result.pose.pose = do_transform_pose(pose.pose.pose, transform)
    result.pose.covariance = (adjoint @ covariance @ adjoint.T).ravel()
    return result


def do_transform_polygon_stamped(polygon: PolygonStamped, transform: TransformStamped) -> PolygonStamped:
    """Return a polygon in the transform's target frame."""
    rigid = _rigid(transform)
    result = PolygonStamped(header=transform.header)
    corners = [_moved(rigid, point) for point in polygon.polygon.points]
    result.polygon.points = [Point32(x=x, y=y, z=z) for x, y, z in corners]
    return result


def do_transform_wrench(wrench: WrenchStamped, transform: TransformStamped) -> WrenchStamped:
    """Return a wrench with force and torque rotated to the target frame; its point of action stays."""
    rotation = _rigid(transform).rotation
    result = WrenchStamped(header=transform.header)
    for part in ("force", "torque"):
        vector, out = getattr(wrench.wrench, part), getattr(result.wrench, part)
        out.x, out.y, out.z = rotate(rotation, (vector.x, vector.y, vector.z))
    return result


_registration = TransformRegistration()
for _type, _function in (
    (PointStamped, do_transform_point),
    (Vector3Stamped, do_transform_vector3),
    (PoseStamped, do_transform_pose_stamped),
    (PoseWithCovarianceStamped, do_transform_pose_with_covariance_stamped),
    (PolygonStamped, do_transform_polygon_stamped),
    (WrenchStamped, do_transform_wrench),
):
    _registration.add(_type, _function)
