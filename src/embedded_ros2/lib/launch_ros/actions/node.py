# SPDX-License-Identifier: Apache-2.0
"""The action that runs a ROS node as a process."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.actions import ExecuteProcess
from launch.conditions.evaluate_condition_expression import truth
from launch.descriptions.executable import ResolvedExecutable
from launch.errors import LaunchError
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import substitute
from launch_ros.actions.push_ros_namespace import KEY as NAMESPACE_KEY
from launch_ros.actions.push_ros_namespace import check_namespace
from launch_ros.actions.set_parameter import global_parameters
from launch_ros.actions.set_remap import global_remaps
from launch_ros.parameter_descriptions import Parameter, ParameterFile
from launch_ros.substitutions.executable_in_package import ExecutableInPackage
from launch_ros.utilities.namespace_utils import make_namespace_absolute, prefix_namespace
from launch_ros.utilities.parameters import (
    check_parameter_file,
    evaluate_parameter_dict,
    expand_substitutions,
    write_parameter_file,
)

UNSPECIFIED_NODE_NAME = "<node_name_unspecified>"
UNSPECIFIED_NODE_NAMESPACE = "<node_namespace_unspecified>"


@dataclass(frozen=True)
class NodeDescription:
    """A node as the launch file gives it."""

    package: SomeSubstitutionsType | None
    executable: SomeSubstitutionsType
    name: SomeSubstitutionsType | None
    namespace: SomeSubstitutionsType | None
    parameters: list[Any]
    remappings: list[tuple[SomeSubstitutionsType, SomeSubstitutionsType]]
    ros_arguments: list[SomeSubstitutionsType]


class Node(ExecuteProcess):
    """Runs an executable of a package as a node.

    ``parameters`` holds dictionaries, paths of parameter files, ParameterFile and Parameter; what stands later wins.
    Options of ExecuteProcess are taken as well.
    """

    def __init__(
        self,
        *,
        executable: SomeSubstitutionsType,
        package: SomeSubstitutionsType | None = None,
        name: SomeSubstitutionsType | None = None,
        namespace: SomeSubstitutionsType | None = None,
        exec_name: SomeSubstitutionsType | None = None,
        parameters: Iterable[Any] | None = None,
        remappings: Iterable[tuple[SomeSubstitutionsType, SomeSubstitutionsType]] | None = None,
        ros_arguments: Iterable[SomeSubstitutionsType] | None = None,
        arguments: Iterable[SomeSubstitutionsType] | None = None,
        **kwargs: Any,
    ) -> None:
        program = executable if package is None else ExecutableInPackage(executable, package)
        super().__init__(cmd=[program, *_as_list(arguments, "arguments")], name=exec_name, **kwargs)
        self._node = NodeDescription(
            package,
            executable,
            name,
            namespace,
            _as_list(parameters, "parameters"),
            _check_remappings(remappings),
            _as_list(ros_arguments, "ros_arguments"),
        )
        self._expanded_name: str | None = None
        self._expanded_namespace: str | None = None

    @property
    def node_package(self) -> SomeSubstitutionsType | None:
        """Package as given."""
        return self._node.package

    @property
    def node_executable(self) -> SomeSubstitutionsType:
        """Executable as given."""
        return self._node.executable

    @property
    def node_name(self) -> str:
        """Full name, once the node has been executed; parts that the launch file leaves open are marked so."""
        if self._expanded_name is None:
            return UNSPECIFIED_NODE_NAME
        return f"{(self._expanded_namespace or '').rstrip('/')}/{self._expanded_name}"

    @property
    def expanded_node_namespace(self) -> str:
        """Namespace, once the node has been executed."""
        return self._expanded_namespace or UNSPECIFIED_NODE_NAMESPACE

    def is_node_name_fully_specified(self) -> bool:
        """Return whether the launch file gives a name."""
        return self._expanded_name is not None

    def describe(self) -> str:
        """Return one line for people."""
        node = self._node
        parts = [
            f"{key}={_text(getattr(node, key))}"
            for key in ("package", "executable", "name", "namespace")
            if getattr(node, key) is not None
        ]
        return f"{type(self).__name__}({', '.join(parts)})"

    def resolve(self, context: LaunchContext) -> ResolvedExecutable:
        """Return the program with its ROS arguments behind it."""
        self._expand_names(context)
        base = super().resolve(context)
        return dataclasses.replace(base, cmd=[*base.cmd, "--ros-args", *self._ros_arguments(context)])

    def _expand_names(self, context: LaunchContext) -> None:
        node = self._node
        if node.name is not None:
            self._expanded_name = substitute(context, node.name)
            if not (self._expanded_name.isidentifier() and self._expanded_name.isascii()):
                raise LaunchError(
                    f"node name '{self._expanded_name}' is not valid: letters, digits and underscores only; "
                    "a namespace has an argument of its own"
                )
        own = None if node.namespace is None else substitute(context, node.namespace)
        joined = prefix_namespace(context.launch_configurations.get(NAMESPACE_KEY), own or None)
        self._expanded_namespace = check_namespace(make_namespace_absolute(joined)) if joined else None

    def _ros_arguments(self, context: LaunchContext) -> list[str]:
        arguments = [substitute(context, argument) for argument in self._node.ros_arguments]
        if self._expanded_name is not None:
            arguments += ["-r", f"__node:={self._expanded_name}"]
        if self._expanded_namespace is not None:
            arguments += ["-r", f"__ns:={self._expanded_namespace}"]
        for file in self._parameter_files(context):
            arguments += ["--params-file", file]
        for source, target in [*global_remaps(context), *self._node.remappings]:
            arguments += ["-r", f"{substitute(context, source)}:={substitute(context, target)}"]
        return arguments

    def _parameter_files(self, context: LaunchContext) -> list[str]:
        files = [
            entry if isinstance(entry, str) else write_parameter_file(dict([entry]))
            for entry in global_parameters(context)
        ]
        return files + [_parameter_file(context, entry) for entry in self._node.parameters]


def _parameter_file(context: LaunchContext, entry: Any) -> str:
    if isinstance(entry, Mapping):
        return write_parameter_file(evaluate_parameter_dict(context, entry))
    if isinstance(entry, Parameter):
        return write_parameter_file(evaluate_parameter_dict(context, {substitute(context, entry.name): entry}))
    if isinstance(entry, ParameterFile):
        path = check_parameter_file(substitute(context, entry.param_file))
        expand = entry.allow_substs
        if not (expand if isinstance(expand, bool) else truth(substitute(context, expand))):
            return path
        expanded = write_parameter_file({})
        Path(expanded).write_text(expand_substitutions(context, Path(path).read_text("utf-8")), "utf-8")
        return check_parameter_file(expanded)
    if isinstance(entry, (str, Path, Substitution, list, tuple)):
        return check_parameter_file(substitute(context, entry))
    raise LaunchError(f"parameters of a Node are dictionaries and files, got {entry!r} ({type(entry).__name__})")


def _check_remappings(remappings: Any) -> list[tuple[SomeSubstitutionsType, SomeSubstitutionsType]]:
    pairs = _as_list(remappings, "remappings")
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise LaunchError(f"remappings are pairs (from, to), got {pair!r}")
    return pairs


def _as_list(values: Any, name: str) -> list[Any]:
    if isinstance(values, (str, Mapping, Substitution)):
        raise LaunchError(f"{name} of a Node must be a list, got {values!r}: put it in brackets")
    return list(values or [])


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " + ".join(_text(entry) for entry in value)
    return value.describe() if isinstance(value, Substitution) else str(value)
