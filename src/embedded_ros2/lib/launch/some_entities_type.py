# SPDX-License-Identifier: Apache-2.0
"""Type of an argument that may be one launch entity or a sequence of them."""

from __future__ import annotations

from collections.abc import Iterable

from launch.launch_description_entity import LaunchDescriptionEntity

SomeEntitiesType = LaunchDescriptionEntity | Iterable[LaunchDescriptionEntity]
SomeEntitiesType_types_tuple = (LaunchDescriptionEntity, Iterable)
