# SPDX-License-Identifier: Apache-2.0
"""Rotations and homogeneous matrices, named as in ``tf_transformations``.

Quaternions are (x, y, z, w), angles are in [rad].
"""

from tf_transformations.matrices import (
    compose_matrix,
    concatenate_matrices,
    decompose_matrix,
    identity_matrix,
    inverse_matrix,
    rotation_from_matrix,
    rotation_matrix,
    translation_from_matrix,
    translation_matrix,
    unit_vector,
    vector_norm,
)
from tf_transformations.rotations import (
    euler_from_matrix,
    euler_from_quaternion,
    euler_matrix,
    quaternion_about_axis,
    quaternion_conjugate,
    quaternion_from_euler,
    quaternion_from_matrix,
    quaternion_inverse,
    quaternion_matrix,
    quaternion_multiply,
    quaternion_slerp,
    random_quaternion,
    random_rotation_matrix,
)

__all__ = [
    "compose_matrix",
    "concatenate_matrices",
    "decompose_matrix",
    "euler_from_matrix",
    "euler_from_quaternion",
    "euler_matrix",
    "identity_matrix",
    "inverse_matrix",
    "quaternion_about_axis",
    "quaternion_conjugate",
    "quaternion_from_euler",
    "quaternion_from_matrix",
    "quaternion_inverse",
    "quaternion_matrix",
    "quaternion_multiply",
    "quaternion_slerp",
    "random_quaternion",
    "random_rotation_matrix",
    "rotation_from_matrix",
    "rotation_matrix",
    "translation_from_matrix",
    "translation_matrix",
    "unit_vector",
    "vector_norm",
]
