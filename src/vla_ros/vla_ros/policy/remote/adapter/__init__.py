# SPDX-License-Identifier: Apache-2.0
"""Between one robot and one checkpoint's wire keys, as data: images, state, gripper, rotations, action space."""
