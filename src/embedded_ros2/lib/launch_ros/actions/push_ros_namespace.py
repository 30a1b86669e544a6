# SPDX-License-Identifier: Apache-2.0
"""A namespace for all nodes that follow in the scope."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.errors import LaunchError
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import normalize_to_list_of_substitutions, substitute
from launch_ros.utilities.namespace_utils import make_namespace_absolute, prefix_namespace

KEY = "ros_namespace"


class PushRosNamespace(Action):
    """Puts the nodes that follow in the scope below a namespace; an empty one changes nothing."""

    def __init__(self, namespace: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._namespace = normalize_to_list_of_substitutions(namespace)

    @property
    def namespace(self) -> list[Any]:
        """Namespace, as substitutions."""
        return self._namespace

    def describe(self) -> str:
        """Return one line for people."""
        return f"PushRosNamespace({' + '.join(sub.describe() for sub in self._namespace)})"

    def execute(self, context: LaunchContext) -> None:
        """Push it.

        Raises:
            LaunchError: it is not a valid namespace.
        """
        pushed = substitute(context, self._namespace)
        joined = prefix_namespace(context.launch_configurations.get(KEY), pushed)
        if joined:
            context.launch_configurations[KEY] = check_namespace(make_namespace_absolute(joined))


PushROSNamespace = PushRosNamespace


def check_namespace(namespace: str) -> str:
    """Return an absolute namespace.

    Raises:
        LaunchError: a part of it is empty, begins with a digit or holds other than letters, digits and underscores.
    """
    for part in namespace.split("/")[1:] if namespace != "/" else []:
        if not (part.isidentifier() and part.isascii()):
            raise LaunchError(
                f"namespace '{namespace}' is not valid: '{part}' must be letters, digits and underscores, "
                "and not begin with a digit"
            )
    return namespace
