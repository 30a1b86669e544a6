# SPDX-License-Identifier: Apache-2.0
"""Launch of processes from a description: the launch interface of the embedded ROS 2, on asyncio.

Here: descriptions, actions, events, substitutions, conditions and the service that runs them. Not here: anything that
knows ROS (``launch_ros``), the command line (``ros2cli``), XML and YAML launch files.
"""

from launch import logging
from launch.action import Action
from launch.condition import Condition
from launch.errors import InvalidLaunchFileError
from launch.event import Event
from launch.event_handler import BaseEventHandler, EventHandler
from launch.launch_context import LaunchContext
from launch.launch_description import LaunchDescription
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.launch_description_source import LaunchDescriptionSource
from launch.launch_introspector import LaunchIntrospector
from launch.some_actions_type import SomeActionsType, SomeActionsType_types_tuple
from launch.some_entities_type import SomeEntitiesType, SomeEntitiesType_types_tuple
from launch.some_substitutions_type import SomeSubstitutionsType, SomeSubstitutionsType_types_tuple
from launch.substitution import Substitution

from launch import actions, conditions, event_handlers, events, launch_description_sources, substitutions  # isort: skip
from launch.launch_service import LaunchService  # isort: skip

__all__ = [
    "Action",
    "BaseEventHandler",
    "Condition",
    "Event",
    "EventHandler",
    "InvalidLaunchFileError",
    "LaunchContext",
    "LaunchDescription",
    "LaunchDescriptionEntity",
    "LaunchDescriptionSource",
    "LaunchIntrospector",
    "LaunchService",
    "SomeActionsType",
    "SomeActionsType_types_tuple",
    "SomeEntitiesType",
    "SomeEntitiesType_types_tuple",
    "SomeSubstitutionsType",
    "SomeSubstitutionsType_types_tuple",
    "Substitution",
    "actions",
    "conditions",
    "event_handlers",
    "events",
    "launch_description_sources",
    "logging",
    "substitutions",
]
